package upload

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"inboxfs/queue/transfer"
)

// TestAttributesSetBetweenRuns sets an attribute of a file whose upload was interrupted. One that goes with Initiate
// begins it anew, and the old one is aborted; the ACL goes with Complete, and costs nothing; an upload of an older
// inboxfs goes on.
func TestAttributesSetBetweenRuns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		pairs []string
		older bool // the journal does not say what it was begun with
		anew  bool
	}{
		{name: "nothing"},
		{name: "acl", pairs: []string{"user.oss.acl", "private"}},
		{name: "class", pairs: []string{"user.oss.storage-class", "IA"}, anew: true},
		{name: "metadata", pairs: []string{"user.oss.meta.take", "8"}, anew: true},
		{name: "older", pairs: []string{"user.oss.meta.take", "8"}, older: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, w := newFake(), &watcher{}
			job, data := file(t, 4*part)
			mark(t, job, "user.oss.meta.take", "7")
			ctx, cancel := context.WithCancel(t.Context())
			w.onAck = func(transfer.Part) { cancel() }
			if _, err := New(f, small(1)).Upload(ctx, job, w); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			w.onAck = nil
			mark(t, job, c.pairs...)
			job.Resume = w.resume()
			if c.older {
				job.Resume.Header = 0
			}
			f.log = nil
			if _, err := New(f, small(1)).Upload(t.Context(), job, w); err != nil {
				t.Fatal(err)
			}
			if anew := slices.Contains(f.log, "Initiate"); anew != c.anew {
				t.Errorf("begun anew: %v; requests %q", anew, f.log)
			}
			if !bytes.Equal(f.objects["clips/a.mp4"], data) || len(f.uploads) != 0 {
				t.Errorf("the object is not the file, or uploads are left: %v", f.uploads)
			}
		})
	}
}

// TestAttributesSetWhileSentAhead sets one while the file is being written, and another before the run that completes
// it.
func TestAttributesSetWhileSentAhead(t *testing.T) {
	t.Parallel()
	f, w := newFake(), &watcher{}
	u := New(f, small(1))
	job, data := file(t, 6*long)
	ahead := func(parts int64, pairs ...string) {
		t.Helper()
		mark(t, job, pairs...)
		job.Ahead, job.Size, f.log = true, parts*long, nil
		if _, err := u.Upload(t.Context(), job, w); err != nil {
			t.Fatal(err)
		}
		if job.Resume = w.resume(); job.Resume != nil {
			job.Resume.Ahead = true
		}
	}
	ahead(2)
	ahead(3, "user.oss.meta.take", "7")
	if want := []string{"Abort"}; !slices.Equal(f.log, want) || job.Resume != nil {
		t.Errorf("what was sent before is left to %q, %+v", f.log, job.Resume)
	}
	ahead(4)
	if want := []string{"Initiate", "UploadPart 1", "UploadPart 2", "UploadPart 3", "UploadPart 4"}; !slices.Equal(
		f.log, want) {
		t.Errorf("anew: %q", f.log)
	}
	mark(t, job, "user.oss.meta.take", "8")
	job.Ahead, job.Size = false, int64(len(data))
	if _, err := u.Upload(t.Context(), job, w); err != nil {
		t.Fatal(err)
	}
	if got := f.headers[len(f.headers)-1]["X-Oss-Meta-take"]; got != "8" || !bytes.Equal(f.objects["clips/a.mp4"],
		data) || len(f.uploads) != 0 {
		t.Errorf("the object is begun with %q, uploads left: %v", got, f.uploads)
	}
}
