package journal

import (
	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// readAhead asks the kernel to read the file in order. bbolt maps it for random access, which turns read-ahead off,
// and a cold start would wait for the disk once per page.
func (j *Journal) readAhead() {
	_ = unix.Fadvise(int(j.file.Fd()), 0, 0, unix.FADV_WILLNEED) // a hint
}

// release gives back the mapped pages that a full read has touched. They are clean and stay in the page cache, but
// count as this process's memory as long as they are mapped: some hundred bytes for each entry ever loaded.
func (j *Journal) release() {
	_ = j.view(func(tx *bolt.Tx) error { // a hint
		// Inside a transaction the mapping stays where it is.
		_, _, errno := unix.Syscall(unix.SYS_MADVISE, j.db.Info().Data, uintptr(tx.Size()), unix.MADV_DONTNEED)
		if errno != 0 {
			return errno
		}
		return nil
	})
}
