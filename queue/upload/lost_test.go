package upload

import (
	"bytes"
	"slices"
	"testing"

	"inboxfs/queue/transfer"
)

// The server loses parts that it had acknowledged: those go again, and nothing else; once.
func TestLostPartsGoAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		code  string
		loses int // so many times
		want  []string
	}{
		"once": {"InvalidPart", 1, []string{"Initiate", "UploadPart 1", "UploadPart 2", "UploadPart 3", "UploadPart 4",
			"Complete",
			"ListParts", "UploadPart 2", "Complete", "ListUploads"}},
		"once, by another name": {"FilePartNotExist", 1, []string{"Initiate", "UploadPart 1", "UploadPart 2",
			"UploadPart 3", "UploadPart 4", "Complete",
			"ListParts", "UploadPart 2", "Complete", "ListUploads"}},
		"twice: it starts over": {"InvalidPart", 2, []string{"Initiate", "UploadPart 1", "UploadPart 2", "UploadPart 3",
			"UploadPart 4", "Complete",
			"ListParts", "UploadPart 2", "Complete", "ListParts", "Abort",
			"Initiate", "UploadPart 1", "UploadPart 2", "UploadPart 3", "UploadPart 4", "Complete", "ListUploads"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, w := newFake(), &watcher{}
			lost := 0
			f.fault = func(op string, _, _ int) outcome {
				if op != "Complete" || lost == c.loses {
					return outcome{}
				}
				lost++
				f.mu.Lock()
				defer f.mu.Unlock()
				for _, parts := range f.uploads {
					delete(parts, 2)
				}
				return outcome{err: &transfer.Error{Kind: transfer.Resumable, Code: c.code}}
			}
			job, data := file(t, 4*part)
			res, err := New(f, small(1)).Upload(t.Context(), job, w)
			if err != nil || !bytes.Equal(f.objects[res.Key], data) {
				t.Fatalf("%+v, %v", res, err)
			}
			if !slices.Equal(slices.Compact(f.log), c.want) {
				t.Errorf("requests %q, want %q", f.log, c.want)
			}
			if len(f.uploads) != 0 {
				t.Errorf("left: %v", f.uploads)
			}
		})
	}
}
