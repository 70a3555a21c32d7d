package upload

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"inboxfs/queue/transfer"
)

const long = 4 * part // what is sent ahead goes in longer parts

// TestAhead sends the whole parts of a file that grows, and never completes it. What changes later goes again when the
// file is complete, and nothing else.
func TestAhead(t *testing.T) {
	t.Parallel()
	f, w := newFake(), &watcher{}
	u := New(f, small(1))
	job, data := file(t, 6*long-5)
	job.Ahead = true
	for _, c := range []struct {
		size int64
		want []string // requests
	}{
		{long - 1, nil},
		{2*long + 1, []string{"Initiate", "UploadPart 1", "UploadPart 2"}},
		{3*long - 1, nil},
		{5 * long, []string{"UploadPart 3", "UploadPart 4", "UploadPart 5"}},
	} {
		f.log = nil
		job.Size = c.size
		res, err := u.Upload(t.Context(), job, w)
		if err != nil || res != (transfer.Result{}) || !slices.Equal(f.log, c.want) {
			t.Fatalf("%d bytes: %+v, %v, requests %q", c.size, res, err, f.log)
		}
		job.Resume = w.resume()
	}

	changed := bytes.Clone(data)
	changed[long+7] ^= 1 // the writer goes back to part 2
	if err := os.WriteFile(job.Path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	f.log, job.Ahead, job.Size = nil, false, int64(len(data))
	job.Resume.Ahead = true
	u = New(f, small(1))
	if _, err := u.Upload(t.Context(), job, w); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(f.objects["clips/a.mp4"], changed) {
		t.Error("the object is not the file")
	}
	if want := []string{"ListParts", "UploadPart 2", "UploadPart 6", "Complete"}; !slices.Equal(slices.Compact(f.log),
		want) {
		t.Errorf("requests %q", f.log)
	}
}

// TestAheadOfAFileThatBecameSmall sends more than the file has in the end.
func TestAheadOfAFileThatBecameSmall(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 5, long, 2*long + 1} {
		f, w := newFake(), &watcher{}
		job, data := file(t, 4*long)
		job.Ahead = true
		if _, err := New(f, small(1)).Upload(t.Context(), job, w); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(job.Path, int64(size)); err != nil {
			t.Fatal(err)
		}
		job.Resume, job.Ahead, job.Size = w.resume(), false, int64(size)
		job.Resume.Ahead = true
		if _, err := New(f, small(1)).Upload(t.Context(), job, w); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(f.objects["clips/a.mp4"], data[:size]) || len(f.uploads) != 0 {
			t.Errorf("%d bytes: the object has %d, uploads are left: %v", size, len(f.objects["clips/a.mp4"]),
				f.uploads)
		}
	}
}
