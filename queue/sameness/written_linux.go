package sameness

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Written reports whether anybody has a file open for writing, or mapped to be written; f itself must be one that only
// reads. A mapping counts for as long as it lives, also when the descriptor it was made with is closed, and so does
// what the kernel writes to for a mount that passes writes through. It is known only where the file system has leases,
// and the file is ours or we may lease those of others (CAP_LEASE). On overlayfs a mapping whose descriptor is closed
// does not count.
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

// KnowsWriters reports whether Written knows of a mapping of any new file in a folder, whoever that will belong to. It
// asks of a file without a name.
func KnowsWriters(dir string) bool {
	f, err := os.OpenFile(dir, unix.O_TMPFILE|os.O_RDWR, 0o600)
	if err != nil {
		return false
	}
	const nobody = 65534
	_ = f.Chown(nobody, nobody) // who may not give files away has none of others
	reader, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", f.Fd()))
	if err != nil {
		_ = f.Close() // the file goes with it
		return false
	}
	defer reader.Close() // likewise
	const size = 1
	err = f.Truncate(size)
	var mem []byte
	if err == nil {
		mem, err = unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return false
	}
	written, known := Written(reader)
	return unix.Munmap(mem) == nil && written && known
}
