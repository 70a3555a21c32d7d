package journal

import (
	"os"
	"syscall"
)

// allocate gives the first size bytes of a file blocks of the disk, where it has none yet, and makes it that long at
// least. What was written stays.
func allocate(f *os.File, size int64) error {
	for {
		if err := syscall.Fallocate(int(f.Fd()), 0, 0, size); err != syscall.EINTR {
			return err
		}
	}
}
