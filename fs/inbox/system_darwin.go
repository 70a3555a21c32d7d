package inbox

import (
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pinFlags open an inode only to say which one is meant. macOS wants the right to read it for that.
const pinFlags = unix.O_SYMLINK | unix.O_EVTONLY

const (
	renameNoReplace = 1
	renameExchange  = 2
)

// openBelow opens name below dir, following no symbolic link at its end.
func openBelow(dir *os.File, name string, flags int) (int, error) {
	if name == "" {
		name = "."
	}
	if flags&unix.O_SYMLINK == 0 {
		flags |= unix.O_NOFOLLOW
	}
	for {
		fd, err := unix.Openat(int(dir.Fd()), name, flags|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// reopen opens the file behind fd once more, though only to refer to it.
func reopen(fd, flags int) (int, error) {
	if flags != pinFlags {
		return -1, syscall.ESTALE
	}
	return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
}

func statFd(fd int) (*inode, error) {
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return nil, err
	}
	i := &inode{dev: uint64(st.Dev), gen: 1}
	i.FromStat(&st)
	if b := st.Birthtimespec; b.Sec != 0 || b.Nsec != 0 {
		i.gen = uint64(b.Sec)*1e9 + uint64(b.Nsec)
	}
	return i, nil
}

// statAt looks at name in the directory dir, and if it is a symbolic link at the link.
func statAt(dir int, name string) (*inode, error) {
	fd, err := unix.Openat(dir, name, pinFlags|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	return statFd(fd)
}

// procPath names the file behind fd.
func procPath(fd int) string { return "/dev/fd/" + strconv.Itoa(fd) }

func chmodFd(fd int, mode uint32) error { return unix.Fchmod(fd, mode) }

// chownFd changes the owner; -1 leaves what it stands for as it is.
func chownFd(fd, uid, gid int) error { return unix.Fchown(fd, uid, gid) }

// utimesFd sets the times that are not nil.
func utimesFd(fd int, atime, mtime *time.Time) error {
	i, err := statFd(fd)
	if err != nil {
		return err
	}
	tv := []unix.Timeval{
		{Sec: int64(i.Atime), Usec: int32(i.Atimensec / 1000)},
		{Sec: int64(i.Mtime), Usec: int32(i.Mtimensec / 1000)},
	}
	for i, t := range []*time.Time{atime, mtime} {
		if t != nil {
			tv[i] = unix.NsecToTimeval(t.UnixNano())
		}
	}
	return unix.Futimes(fd, tv)
}

func getxattrFd(fd int, attr string, dest []byte) (int, error) {
	return unix.Fgetxattr(fd, attr, dest)
}

// setxattrFd leaves out the flags that only the kernel may use: it sends XATTR_NOSECURITY with com.apple.quarantine,
// and refuses it in a call of ours.
func setxattrFd(fd int, attr string, data []byte, flags int) error {
	return unix.Fsetxattr(fd, attr, data, flags&(unix.XATTR_CREATE|unix.XATTR_REPLACE))
}

func listxattrFd(fd int, dest []byte) (int, error) { return unix.Flistxattr(fd, dest) }

func removexattrFd(fd int, attr string) error { return unix.Fremovexattr(fd, attr) }

func renameAt(fromDir int, from string, toDir int, to string, flags uint32) error {
	if flags != 0 {
		return syscall.ENOTSUP
	}
	return unix.Renameat(fromDir, from, toDir, to)
}

// writtenElsewhere returns what reports whether a file is still open for writing or mapped to be. It matters only where
// the kernel passes data through, which is on Linux.
func writtenElsewhere(int) func() (*inode, bool) {
	return func() (*inode, bool) { return nil, false }
}

// KillPriv does not exist here: the kernel takes set-id bits itself.
const KillPriv = 0

// openDirect does not exist here: programs use fcntl(F_NOCACHE), of which we never hear.
const openDirect = 0
