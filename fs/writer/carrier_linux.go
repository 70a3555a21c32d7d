package writer

import (
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"inboxfs/queue/spool"
)

// CarrierOf says which process a thread belongs to that waits for us, if that is a carrier.
func CarrierOf(tid uint32) (spool.Carrier, bool) {
	if !slices.Contains(Carriers, Name(tid)) {
		return spool.Carrier{}, false
	}
	return processIdentity(tid)
}

// IsCarrier reports whether a thread that waits for us belongs to c, or to a child of it that is the same program, as
// rsync has one.
func IsCarrier(c spool.Carrier, tid uint32) bool {
	p, ok := processIdentity(tid)
	if !ok || p == c {
		return ok
	}
	parent, comm := parentOf(p.PID), Name(p.PID)
	if parent != c.PID || comm == "" || comm != Name(parent) {
		return false
	}
	p, ok = identify(parent)
	return ok && p == c
}

// CarrierEnded reports whether the process of c has ended. Where that cannot be told it has not.
func CarrierEnded(c spool.Carrier) bool {
	fd, err := unix.PidfdOpen(int(c.PID), 0)
	if err == unix.ESRCH {
		return true
	}
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	if p, ok := identityOf(fd, c.PID); !ok || p != c {
		return ok // another has its number
	}
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0 // its parent has not asked for its end yet
}

// processIdentity says to which process a thread belongs, which must be alive.
func processIdentity(tid uint32) (spool.Carrier, bool) {
	if tid == 0 { // in another PID namespace
		return spool.Carrier{}, false
	}
	if p, ok := identify(tid); ok {
		return p, true
	}
	if pid := processOf(tid); pid != 0 {
		return identify(pid)
	}
	return spool.Carrier{}, false
}

// identify is processIdentity for a process, and fails for a thread that is not its first.
func identify(pid uint32) (spool.Carrier, bool) {
	fd, err := unix.PidfdOpen(int(pid), 0)
	if err != nil {
		return spool.Carrier{}, false
	}
	defer unix.Close(fd)
	return identityOf(fd, pid)
}

// identityOf tells a process by the inode of its pidfd, which is its own since Linux 6.9, where pidfds have a file
// system.
func identityOf(fd int, pid uint32) (spool.Carrier, bool) {
	if !pidfdsDiffer(fd) {
		return spool.Carrier{}, false
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return spool.Carrier{}, false
	}
	return spool.Carrier{PID: pid, Unique: st.Ino}, true
}

const pidfsMagic = 0x50494446

var (
	pidfsOnce  sync.Once
	pidfsFound bool
)

// pidfdsDiffer reports whether the inodes of pidfds tell processes apart.
func pidfdsDiffer(fd int) bool {
	pidfsOnce.Do(func() {
		var st unix.Statfs_t
		pidfsFound = unix.Fstatfs(fd, &st) == nil && st.Type == pidfsMagic
	})
	return pidfsFound
}

// parentOf is the parent of a process, 0 if that cannot be told.
func parentOf(pid uint32) uint32 {
	fd, err := unix.PidfdOpen(int(pid), 0)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	info := unix.PidfdInfo{Mask: unix.PIDFD_INFO_PID}
	if err := unix.IoctlPidfdInfo(fd, &info); err != nil {
		return 0
	}
	return info.Ppid
}
