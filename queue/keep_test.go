package queue

import (
	"os"
	"testing"
	"time"

	"inboxfs/queue/list"
)

// TestKeptStaysKept: a copy that was kept stays when the next daemon is told to remove what it uploads, also when it is
// opened then; only one goes whose removal was pending, and none that the next daemon is told to keep.
func TestKeptStaysKept(t *testing.T) {
	t.Parallel()
	keep := func(o *Options) { o.Keep = true }
	r := newRig(t, keep)
	r.drop("kept", "content")
	r.uploadAll(1)
	r.state("kept", list.Success)
	r.close()
	r = openRig(t, r.dir)
	id := r.Open("kept", false)
	r.Close(id, Closed{Size: 7, ModTime: time.Unix(0, r.looks("kept").ModTime)})
	r.drop("other", "content")
	r.uploadAll(1)
	r.gone("other")
	if _, err := os.Lstat(r.path("kept")); err != nil {
		t.Fatal(err)
	}
	r.close()
	r = openRig(t, r.dir)
	r.drop("kept", "new content")
	r.uploadAll(1)
	r.gone("kept")
}

// TestPendingRemoval kills the daemon between an upload and the removal of its copy: it goes at the next start, unless
// that one keeps copies; then it stays for good.
func TestPendingRemoval(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "content")
	u := r.up.next(t)
	unlock := r.Guard("a") // it cannot go
	u.succeed()
	r.state("a", list.Success)
	dir, again := r.killed(), r.killed()
	unlock()
	r.close()
	r = openRig(t, again)
	r.gone("a")
	r.up.none(t) // nor is it uploaded again
	r = openRig(t, dir, func(o *Options) { o.Keep = true })
	r.close()
	r = openRig(t, dir)
	r.up.none(t)
	if _, err := os.Lstat(r.path("a")); err != nil {
		t.Error(err)
	}
}
