package writer

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// watch leads to a process and, once it ended, to its exit code.
type watch struct {
	pid  uint32
	fd   int      // a pidfd
	file *os.File // the same; closes itself when nobody refers to it any more
}

// life is what a look at a process finds.
type life uint8

const (
	running life = iota
	dead
	untold // the kernel does not say: it is older than 6.15, or forbids to ask
)

// newWatch begins to watch a process, which must be alive; nil if that is not possible.
func newWatch(pid uint32) *watch {
	fd, err := unix.PidfdOpen(int(pid), unix.PIDFD_NONBLOCK)
	if err != nil {
		return nil // no descriptor is left, or the kernel is too old
	}
	return &watch{pid, fd, os.NewFile(uintptr(fd), "pidfd")}
}

// wait returns when the process ends, or the watch.
func (w *watch) wait() {
	raw, err := w.file.SyscallConn()
	if err == nil {
		err = raw.Read(func(uintptr) bool { return w.ended() })
	}
	_ = err // it was closed, or cannot be waited for: then whoever asks is told
}

// ended reports whether the process ended, be it that its parent does not know.
func (w *watch) ended() bool {
	fds := []unix.PollFd{{Fd: int32(w.fd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	runtime.KeepAlive(w.file)
	return err == nil && n > 0
}

// look reports whether the process ended, and if so its exit code as wait(2) gives it.
func (w *watch) look() (code uint32, state life) {
	if code, state = w.reaped(); state != running {
		return code, state
	}
	// One that ended has its code told here only when its parent has asked for it, which may take long.
	if !w.ended() {
		return 0, running
	}
	if stat, ok := readStat(w.pid); ok && stat.exiting {
		return stat.code, dead
	}
	return w.reaped() // just now
}

// reaped is look for a process that ended and whose parent knows: until then its number is given to no other.
func (w *watch) reaped() (code uint32, state life) {
	info := unix.PidfdInfo{Mask: unix.PIDFD_INFO_EXIT}
	err := unix.IoctlPidfdInfo(w.fd, &info)
	if err == unix.ESRCH { // it was reaped between the kernel's two looks at it: the code is there by now
		info = unix.PidfdInfo{Mask: unix.PIDFD_INFO_EXIT}
		err = unix.IoctlPidfdInfo(w.fd, &info)
	}
	runtime.KeepAlive(w.file)
	switch {
	case err != nil:
		return 0, untold
	case info.Mask&unix.PIDFD_INFO_EXIT == 0:
		return 0, running
	}
	return uint32(info.Exit_code), dead
}

func (w *watch) close() {
	_ = w.file.Close() // it only refers to a process
}

// processOf says to which process a thread belongs, which must be alive; 0 if that cannot be told.
func processOf(tid uint32) (pid uint32) {
	fd, err := unix.PidfdOpen(int(tid), unix.PIDFD_THREAD)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	info := unix.PidfdInfo{Mask: unix.PIDFD_INFO_PID}
	if err := unix.IoctlPidfdInfo(fd, &info); err != nil {
		return 0
	}
	return info.Tgid
}
