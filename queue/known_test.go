package queue

import (
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// TestKnown follows the ids of a file through its life: who asks for them finds it as long as it goes on with them.
func TestKnown(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	asks := func(o *Options) { o.Uploader.(*fakeUploader).asks = true }
	for _, video := range []string{"4f1c5a6b", "4F1C5A6B"} { // a receipt packs the second one
		r := newRig(t, asks)
		known := func(when string, upload, asVideo bool) {
			t.Helper()
			if r.hasUpload("k", "U") != upload || r.hasVideo(video) != asVideo {
				t.Errorf("%s, upload %v and video %v are known", when, r.hasUpload("k", "U"), r.hasVideo(video))
			}
			for _, wrong := range r.inconsistent() {
				t.Errorf("%s: %s", when, wrong)
			}
		}
		known("at first", false, false)
		id := r.drop("a", "content")
		u := r.up.next(t)
		if err := u.watch.Created(u.ctx, transfer.Granted{VideoID: video}); err != nil {
			t.Fatal(err)
		}
		known("with a video", false, true)
		if err := u.watch.Initiated(u.ctx, transfer.Multipart{Bucket: "b", Key: "k", UploadID: "U", VideoID: video,
			PartSize: 4}); err != nil {
			t.Fatal(err)
		}
		known("with an upload", true, true)
		if r.hasUpload("another key", "U") {
			t.Error("the upload of another key is known")
		}
		r.close()
		r = openRig(t, r.dir, asks)
		known("after a restart in the middle", true, true)
		u = r.up.next(t)
		u.watch.Reset()
		known("when the server forgot it", false, true)
		u.end <- fakeEnd{res: transfer.Result{Bucket: "b", Key: "k", VideoID: video}}
		r.state("a", list.Success)
		known("uploaded", false, true)
		r.gone("a")
		r.close()
		r = openRig(t, r.dir, asks)
		known("after a restart", false, true)
		if err := r.DoFile(t.Context(), Delete, id); err != nil {
			t.Fatal(err)
		}
		known("deleted", false, false)
	}
}
