package inbox

import (
	"context"
	"os"
	"strconv"
	"syscall"
	"time"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"

	"inboxfs/queue/sameness"
)

// pinFlags open an inode of any kind, whatever its mode, only to say which one is meant. Functions here that take a
// descriptor take one of these as well as that of an open file.
const pinFlags = unix.O_PATH | unix.O_NOFOLLOW

const (
	renameNoReplace = unix.RENAME_NOREPLACE
	renameExchange  = unix.RENAME_EXCHANGE
)

// openBelow opens name below dir, following no symbolic link.
func openBelow(dir *os.File, name string, flags int) (int, error) {
	if name == "" {
		name = "."
	}
	how := unix.OpenHow{
		Flags:   uint64(flags | unix.O_CLOEXEC | unix.O_NOFOLLOW),
		Resolve: unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_BENEATH,
	}
	for {
		fd, err := unix.Openat2(int(dir.Fd()), name, &how)
		if err == unix.ENOSYS { // before Linux 5.6
			fd, err = unix.Openat(int(dir.Fd()), name, int(how.Flags), 0)
		}
		switch err {
		default:
			return fd, err
		case unix.EINTR:
		case unix.EAGAIN: // a rename on the way, or a lease that its holder is about to give up
			time.Sleep(time.Millisecond)
		}
	}
}

// reopen opens the file behind fd once more.
func reopen(fd, flags int) (int, error) {
	if flags == pinFlags {
		return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	}
	return unix.Open(procPath(fd), flags|unix.O_CLOEXEC, 0)
}

const statMask = unix.STATX_BASIC_STATS | unix.STATX_BTIME

func statFd(fd int) (*inode, error) { return statx(fd, "", unix.AT_EMPTY_PATH) }

// statAt looks at name in the directory dir, and if it is a symbolic link at the link.
func statAt(dir int, name string) (*inode, error) { return statx(dir, name, unix.AT_SYMLINK_NOFOLLOW) }

func statx(dir int, name string, flags int) (*inode, error) {
	var st unix.Statx_t
	if err := unix.Statx(dir, name, flags, statMask, &st); err != nil {
		return nil, err
	}
	i := &inode{
		Attr: fuse.Attr{
			Ino: st.Ino, Size: st.Size, Blocks: st.Blocks,
			Atime: uint64(st.Atime.Sec), Mtime: uint64(st.Mtime.Sec), Ctime: uint64(st.Ctime.Sec),
			Atimensec: st.Atime.Nsec, Mtimensec: st.Mtime.Nsec, Ctimensec: st.Ctime.Nsec,
			Mode: uint32(st.Mode), Nlink: st.Nlink, Owner: fuse.Owner{Uid: st.Uid, Gid: st.Gid},
			Rdev: uint32(unix.Mkdev(st.Rdev_major, st.Rdev_minor)), Blksize: st.Blksize,
		},
		dev: unix.Mkdev(st.Dev_major, st.Dev_minor),
		gen: 1,
	}
	if st.Mask&unix.STATX_BTIME != 0 && (st.Btime.Sec != 0 || st.Btime.Nsec != 0) {
		i.gen = uint64(st.Btime.Sec)*1e9 + uint64(st.Btime.Nsec)
	}
	return i, nil
}

// procPath names the inode behind fd, also where a call takes no descriptor opened with O_PATH.
func procPath(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

func chmodFd(fd int, mode uint32) error { return unix.Chmod(procPath(fd), mode) }

// chownFd changes the owner; -1 leaves what it stands for as it is.
func chownFd(fd, uid, gid int) error { return unix.Fchownat(fd, "", uid, gid, unix.AT_EMPTY_PATH) }

// utimesFd sets the times that are not nil.
func utimesFd(fd int, atime, mtime *time.Time) error {
	ts := []unix.Timespec{{Nsec: unix.UTIME_OMIT}, {Nsec: unix.UTIME_OMIT}}
	for i, t := range []*time.Time{atime, mtime} {
		if t == nil {
			continue
		}
		var err error
		if ts[i], err = unix.TimeToTimespec(*t); err != nil {
			return err
		}
	}
	return unix.UtimesNanoAt(unix.AT_FDCWD, procPath(fd), ts, 0)
}

func getxattrFd(fd int, attr string, dest []byte) (int, error) {
	return unix.Getxattr(procPath(fd), attr, dest)
}

func setxattrFd(fd int, attr string, data []byte, flags int) error {
	return unix.Setxattr(procPath(fd), attr, data, flags)
}

func listxattrFd(fd int, dest []byte) (int, error) { return unix.Listxattr(procPath(fd), dest) }

func removexattrFd(fd int, attr string) error { return unix.Removexattr(procPath(fd), attr) }

func renameAt(fromDir int, from string, toDir int, to string, flags uint32) error {
	return unix.Renameat2(fromDir, from, toDir, to, uint(flags))
}

// Writev is Write of a request that lies in pieces in memory.
func (h *inboxFile) Writev(ctx context.Context, data [][]byte, off int64) (uint32, syscall.Errno) {
	h.arrived()
	n, no := h.LoopbackFile.Writev(ctx, data, off)
	h.wrote(off, int64(n))
	h.takeSetID(ctx)
	return n, h.note("write", no)
}

// writtenElsewhere returns what says, once fd is closed, whether its file is still open for writing or mapped to be,
// and if not, what it is like. The kernel grants a lease for reading only if not.
func writtenElsewhere(fd int) func() (*inode, bool) {
	reader, err := unix.Open(procPath(fd), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return func() (*inode, bool) { return nil, true } // it cannot be told
	}
	return func() (*inode, bool) {
		defer unix.Close(reader)
		// The kernel closes its own descriptor a moment after we are told.
		for wait := time.Millisecond; ; wait *= 2 {
			written, known := sameness.WrittenFd(reader)
			if known && !written {
				st, err := statFd(reader)
				return st, err != nil
			}
			if !known || wait > 16*time.Millisecond {
				return nil, true
			}
			time.Sleep(wait)
		}
	}
}

var _ = (fusefs.NodeStatxer)((*inboxNode)(nil))

// Statx is Getattr with the time of birth. The library's own for files forgets AT_EMPTY_PATH and finds nothing.
func (n *inboxNode) Statx(ctx context.Context, f fusefs.FileHandle, flags, mask uint32,
	out *fuse.StatxOut) syscall.Errno {
	return n.look(f, func(fd int) error {
		var st unix.Statx_t
		if err := unix.Statx(fd, "", int(flags)|unix.AT_EMPTY_PATH, int(mask), &st); err != nil {
			return err
		}
		i := &inode{Attr: fuse.Attr{Mode: uint32(st.Mode), Owner: fuse.Owner{Uid: st.Uid, Gid: st.Gid}}}
		n.in.shown(fd, i)
		st.Uid, st.Gid = i.Uid, i.Gid
		out.FromStatx(&st)
		out.SetTimeout(n.attrTimeout())
		return nil
	})
}

// KillPriv leaves it to us to take set-id bits; see noteMode.
const KillPriv = fuse.CAP_HANDLE_KILLPRIV_V2

// openDirect is the flag of open(2) with which a program asks to go past the page cache.
const openDirect = unix.O_DIRECT
