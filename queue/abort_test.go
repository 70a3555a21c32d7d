package queue

import (
	"errors"
	"slices"
	"testing"
)

// TestAbortOfAVideo calls an upload of VOD off while the network is away. If the same video is uploaded again before the abort
// gets through, that would end it.
func TestAbortOfAVideo(t *testing.T) {
	t.Parallel()
	for again, over := range map[string]bool{"": false, "new": false, "and over": true} {
		r := newRig(t)
		r.up.abort = errors.New("the network is away")
		id := r.drop("a", "content")
		begin := func(uploadID string) *fakeUpload {
			u := r.up.next(t)
			if err := u.watch.Created(u.ctx, "video"); err != nil {
				t.Fatal(err)
			}
			if err := u.watch.Initiated(u.ctx, Multipart{Bucket: "b", Key: "k", UploadID: uploadID, VideoID: "video", PartSize: 4}); err != nil {
				t.Fatal(err)
			}
			return u
		}
		begin("old")
		if err := r.DoFile(t.Context(), Cancel, id); err != nil {
			t.Fatal(err)
		}
		if again != "" {
			if err := r.DoFile(t.Context(), Restore, id); err != nil {
				t.Fatal(err)
			}
			u := begin(again)
			if over {
				u.end <- fakeEnd{res: Result{Bucket: "b", Key: "k", VideoID: "video"}}
				r.state("a", Success)
			}
		}
		r.up.mu.Lock()
		r.up.abort = nil
		r.up.mu.Unlock()
		r.until(func() bool {
			rows, err := r.journal.Aborts()
			return err == nil && len(rows) == 0
		}, func() string { return "the abort is not over" })
		r.up.mu.Lock()
		if slices.Contains(r.up.aborted, "old") != (again == "") {
			t.Errorf("uploaded again: %q; aborted %q", again, r.up.aborted)
		}
		r.up.mu.Unlock()
	}
}
