package queue

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// TestAddOneNameTwice adds two files of one base name, which is their key: the second one would write over the first.
// It is refused as long as the first one is listed, whatever became of that, and the first one itself may go again.
func TestAddOneNameTwice(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var paths []string
	for range 2 {
		path := filepath.Join(t.TempDir(), "a.mp4")
		if err := os.WriteFile(path, []byte("content"), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	add := func(path string, want error) transfer.ID {
		t.Helper()
		id, err := r.Add(t.Context(), path)
		if !errors.Is(err, want) {
			t.Fatalf("%v, not %v", err, want)
		}
		return id
	}
	first := add(paths[0], nil)
	add(paths[1], transfer.ErrBusy)
	u := r.up.next(t)
	add(paths[1], transfer.ErrBusy)
	u.fail(transfer.Final, "AccessDenied")
	r.state("a.mp4", list.Failure)
	add(paths[1], transfer.ErrBusy)
	r.doTo(Cancel, first)
	r.state("a.mp4", list.Canceled)
	add(paths[1], transfer.ErrBusy)
	first = add(paths[0], nil) // that is what it was
	r.uploadAll(1)
	r.state("a.mp4", list.Success)
	add(paths[1], transfer.ErrBusy) // its copy would take the place of the object
	r.doTo(Delete, first)
	add(paths[1], nil)
	u = r.up.next(t)
	if u.job.Path != paths[1] {
		t.Errorf("sent is %s", u.job.Path)
	}
	u.succeed()
	r.state("a.mp4", list.Success)
}
