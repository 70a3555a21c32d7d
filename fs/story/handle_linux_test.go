package story

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestHandlesOverARestart: what NFS servers name files by. That of the mount itself stays good over a restart, those of
// files do not, as the manual says.
func TestHandlesOverARestart(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("THIS STORY IS NOT TOLD: only root opens files by handles")
	}
	s := begin(t)
	s.sh("echo waits > $MNT/inbox/x.part")
	file := filepath.Join(s.mnt, "inbox/x.part")
	open := func(h unix.FileHandle) error {
		top, err := unix.Open(s.mnt, unix.O_RDONLY|unix.O_DIRECTORY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(top)
		fd, err := unix.OpenByHandleAt(top, h, unix.O_RDONLY)
		if err == nil {
			err = unix.Close(fd)
		}
		return err
	}
	var handles [2]unix.FileHandle
	for i, path := range []string{s.mnt, file} {
		var err error
		if handles[i], _, err = unix.NameToHandleAt(unix.AT_FDCWD, path, 0); err != nil {
			t.Fatal(err)
		}
		if err := open(handles[i]); err != nil {
			t.Errorf("%s by its handle: %v", path, err)
		}
	}
	s.stop()
	s.mount()
	if err := open(handles[0]); err != nil {
		t.Errorf("the mount by the handle of before: %v", err)
	}
	if err := open(handles[1]); !errors.Is(err, syscall.ESTALE) {
		t.Errorf("a file by the handle of before: %v; the manual says that it is stale", err)
	}
}
