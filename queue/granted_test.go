package queue

import (
	"errors"
	"testing"
)

// TestGranted gives two files one address, at the same time and one after the other, by its video or by bucket and key
// alone, and to others after a restart, and when the file that had it is gone.
func TestGranted(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct{ first, second Granted }{
		"the same":         {Granted{"V", "b", "k"}, Granted{"V", "b", "k"}},
		"of one video":     {Granted{"V", "b", "k"}, Granted{"V", "b", "l"}},
		"of one object":    {Granted{"V", "b", "k"}, Granted{"W", "b", "k"}},
		"without a video":  {Granted{"", "b", "k"}, Granted{"", "b", "k"}},
		"the other has no": {Granted{"V", "b", "k"}, Granted{"", "b", "k"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asks := func(o *Options) { o.Files = 2; o.Uploader.(*fakeUploader).asks = true }
			r := newRig(t, asks)
			refused := func(when string, u *fakeUpload, g Granted) {
				t.Helper()
				var e *Error
				if err := u.watch.Created(u.ctx, g); !errors.As(err, &e) || e.Code != "UploadAddressInUse" || e.Kind != Final {
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
			if err := b.watch.Created(b.ctx, Granted{"another", "b", "another"}); err != nil {
				t.Errorf("another: %v", err)
			}
			a.watch.Started("b", "k", "")
			refused("once it has begun", b, of.second)
			a.end <- fakeEnd{res: Result{Bucket: "b", Key: "k", VideoID: of.first.VideoID}}
			r.state("a", Success)
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
