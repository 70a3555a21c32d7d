package spool

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// StartSync has the kernel begin to write a file's data, so that the syncs of a whole batch share one commit of the
// filesystem's own journal instead of forcing one each.
func StartSync(path string) {
	f, err := os.OpenFile(path, quietly, 0)
	if err != nil {
		return
	}
	_ = unix.SyncFileRange(int(f.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE) // the sync itself meets what goes wrong
	_ = f.Close()                                                         // nothing was written through it
}

// openQuietly opens a file so that to read it does not change its access time: that would make each file of a batch
// dirty again, and cost it a disk wait of its own. Files of others do not allow it.
func openQuietly(path string) (*os.File, error) {
	f, err := os.OpenFile(path, quietly|unix.O_NOATIME, 0)
	if errors.Is(err, unix.EPERM) {
		return os.OpenFile(path, quietly, 0)
	}
	return f, err
}
