package fs

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOpenWaitsForNoFifo puts fifos in the place of a file, below the mount, while that is opened through it: an open
// that waited for a writer would never end, and everything else in the inbox would wait behind it.
func TestOpenWaitsForNoFifo(t *testing.T) {
	t.Parallel()
	it := mountInbox(t, false)
	it.prepare(t, "cp $T/abc $M/inbox/f")
	at := func(name string) string { return it.spool("../" + name) }
	if err := errors.Join(os.Link(it.spool("f"), at("file")), unix.Mkfifo(at("fifo"), 0o644)); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan error, 1)
	go func() {
		var err error
		for turn := 0; err == nil; turn++ {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			kind := []string{"file", "fifo"}[turn%2]
			err = errors.Join(os.Link(at(kind), at("new")), os.Rename(at("new"), it.spool("f")),
				os.RemoveAll(at("new")))
		}
		stopped <- err
	}()
	out, code := it.sh(t, it.with(t, "timeout -s KILL 10 $EXE reopen $M/inbox/f"))
	close(stop)
	err := <-stopped
	f, opening := os.OpenFile(at("fifo"), os.O_RDWR, 0) // who waits for it may go on
	if err := errors.Join(err, opening, os.Rename(at("file"), it.spool("f")), f.Close()); err != nil {
		t.Error(err)
	}
	if code != 0 {
		t.Errorf("it ended with %d: %s", code, out)
	}
}
