package sameness

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Written reports whether anybody has a file open for writing, or mapped to be written; f itself must be one that only reads. A
// mapping counts for as long as it lives, also when the descriptor it was made with is closed, and so does what the kernel writes to
// for a mount that passes writes through. It is known only where the file system has leases, and the file is ours or we may lease
// those of others (CAP_LEASE). On overlayfs a mapping whose descriptor is closed does not count.
func Written(f *os.File) (written, known bool) {
	on(f, func(fd int) { written, known = WrittenFd(fd) })
	return written, known
}

// WrittenFd is Written for a descriptor.
func WrittenFd(fd int) (written, known bool) {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_RDLCK)
	if err == nil {
		// Who opens the file for writing in this moment waits until we have given it back.
		_, err = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_UNLCK)
		return false, err == nil
	}
	return err == unix.EAGAIN, err == unix.EAGAIN
}

// KnowsWriters reports whether Written knows of any new file in a folder, whoever it will belong to. It asks of a file without a name.
func KnowsWriters(dir string) bool {
	f, err := os.OpenFile(dir, unix.O_TMPFILE|os.O_RDWR, 0o600)
	if err != nil {
		return false
	}
	defer f.Close() // with which it goes
	const nobody = 65534
	_ = f.Chown(nobody, nobody) // who may not give files away has none of others
	path := fmt.Sprintf("/proc/self/fd/%d", f.Fd())
	reader, err := os.Open(path)
	if err != nil {
		return false
	}
	defer reader.Close() // opened to be asked
	written, known := Written(reader)
	return written && known
}
