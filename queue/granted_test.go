package queue

import (
	"errors"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// TestGranted gives two files one address, at the same time and one after the other, by its video or by bucket and key
// alone, and to others after a restart, and when the file that had it is gone.
func TestGranted(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct{ first, second transfer.Granted }{
		"the same": {transfer.Granted{VideoID: "V", Bucket: "b", Key: "k"},
			transfer.Granted{VideoID: "V", Bucket: "b", Key: "k"}},
		"of one video": {transfer.Granted{VideoID: "V", Bucket: "b", Key: "k"},
			transfer.Granted{VideoID: "V", Bucket: "b", Key: "l"}},
		"of one object": {transfer.Granted{VideoID: "V", Bucket: "b", Key: "k"},
			transfer.Granted{VideoID: "W", Bucket: "b", Key: "k"}},
		"without a video": {transfer.Granted{Bucket: "b", Key: "k"}, transfer.Granted{Bucket: "b", Key: "k"}},
		"the other has no": {transfer.Granted{VideoID: "V", Bucket: "b", Key: "k"},
			transfer.Granted{Bucket: "b", Key: "k"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asks := func(o *Options) { o.Files = 2; o.Uploader.(*fakeUploader).asks = true }
			r := newRig(t, asks)
			refused := func(when string, u *fakeUpload, g transfer.Granted) {
				t.Helper()
				var e *transfer.Error
				if err := u.watch.Created(u.ctx, g); !errors.As(err, &e) || e.Code != "UploadAddressInUse" ||
					e.Kind != transfer.Final {
					t.Errorf("%s: %v", when, err)
				}
				for _, wrong := range r.inconsistent() {
					t.Errorf("%s: %s", when, wrong)
				}
			}
			id := r.drop("a", "content")
			a := r.up.next(t)
			a.watch.Started("", "", "") // it is asked where
			if err := a.watch.Created(a.ctx, of.first); err != nil {
				t.Fatal(err)
			}
			other := r.drop("b", "content")
			b := r.up.next(t)
			refused("at the same time", b, of.second)
			if err := b.watch.Created(b.ctx, transfer.Granted{VideoID: "another", Bucket: "b",
				Key: "another"}); err != nil {
				t.Errorf("another: %v", err)
			}
			a.watch.Started("b", "k", "")
			refused("once it has begun", b, of.second)
			a.end <- fakeEnd{res: transfer.Result{Bucket: "b", Key: "k", VideoID: of.first.VideoID}}
			r.state("a", list.Success)
			refused("uploaded", b, of.second)
			if held, yes := r.Holder(other, of.second); !yes || held != "a" {
				t.Errorf("%q has it", held)
			}
			if _, yes := r.Holder(id, of.first); yes {
				t.Error("it is not its own")
			}
			r.gone("a")
			r.close()
			r = openRig(t, r.dir, asks)
			b = r.up.next(t)
			refused("after a restart", b, of.second)
			if err := r.DoFile(t.Context(), Delete, id); err != nil {
				t.Fatal(err)
			}
			if err := b.watch.Created(b.ctx, of.second); err != nil {
				t.Errorf("deleted: %v", err)
			}
			for _, wrong := range r.inconsistent() {
				t.Error(wrong)
			}
		})
	}
}
