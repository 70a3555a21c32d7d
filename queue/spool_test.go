package queue

import (
	"errors"
	"os"
	"testing"
	"time"

	"inboxfs/queue/list"
)

// TestSweepLeavesNewContent opens an uploaded file again just before its copy is removed, as somebody who holds its
// name may.
func TestSweepLeavesNewContent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "content")
	u := r.up.next(t)
	unlock := r.Guard("a")
	u.succeed()
	r.until(func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.list.Of(list.Success).Entries == 1 && len(r.leaving) == 0
	}, func() string { return "nobody removes it" })
	id := r.Open("a", false)
	f, err := os.OpenFile(r.path("a"), os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if _, err := f.WriteString("other content"); err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	r.sweepFiles() // and who was at it is done
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	if u = r.up.next(t); u.job.Size != 13 {
		t.Errorf("%d bytes are uploaded", u.job.Size)
	}
	if _, err := os.Stat(r.path("a")); err != nil {
		t.Error(err)
	}
	u.succeed()
	r.gone("a")
}

// TestDeleteWaitsForTheName: who holds it may be about to open the file, or to put another in its place.
func TestDeleteWaitsForTheName(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	id := r.drop("a", "content")
	r.state("a", list.Ready)
	unlock := r.Guard("a")
	deleted := make(chan error, 1)
	go func() { deleted <- r.DoFile(t.Context(), Delete, id) }()
	select {
	case err := <-deleted:
		t.Errorf("it is deleted: %v", err)
		deleted <- err
	case <-time.After(50 * time.Millisecond):
	}
	unlock()
	if err := <-deleted; err != nil {
		t.Error(err)
	}
	r.gone("a")
}

// TestSweepFollowsNoLink has a link take the place of a folder just before a copy in it is removed.
func TestSweepFollowsNoLink(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := errors.Join(os.Mkdir(r.path("other"), 0o700), os.WriteFile(r.path("other/a"), []byte("another's"),
		0o600)); err != nil {
		t.Fatal(err)
	}
	id := r.drop("d/a", "content")
	u := r.up.next(t)
	unlock := r.Guard("d/a")
	u.succeed()
	r.state("d/a", list.Success)
	if err := errors.Join(os.Rename(r.path("d"), r.path("away")), os.Symlink("other", r.path("d"))); err != nil {
		t.Fatal(err)
	}
	unlock()
	r.until(func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.list.Get(id).bare },
		func() string { return "nobody looks for it" })
	if _, err := os.Stat(r.path("other/a")); err != nil {
		t.Error(err)
	}
}
