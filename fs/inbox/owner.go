package inbox

import (
	"fmt"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"inboxfs/queue/spool"
)

// An ordinary user cannot give files away. Where such a one mounts and lets others in, each file notes in an extended
// attribute who made it or was given it, and the kernel is shown that user and group. It checks modes and owners by
// what it is shown, so everybody has the rights that a disk would give. Links cannot note it, and are who mounted's.

const ownerAttr = spool.Prefix + "owner"

// notesOwners reports whether files note their owners.
func notesOwners(allowOther, root bool) bool { return runtime.GOOS == "linux" && allowOther && !root }

// shown has st, which is of fd, show the owner that is noted.
func (in *inbox) shown(fd int, st *inode) {
	if !in.notes || st.link() {
		return
	}
	var buf [32]byte
	if n, err := getxattrFd(fd, ownerAttr, buf[:]); err == nil {
		st.noted(buf[:n])
	}
}

// shownAt is shown for name in the directory dir.
func (in *inbox) shownAt(dir int, name string, st *inode) {
	if !in.notes || st.link() {
		return
	}
	var buf [32]byte
	if n, err := unix.Lgetxattr(procPath(dir)+"/"+name, ownerAttr, buf[:]); err == nil {
		st.noted(buf[:n])
	}
}

// noted takes the owner out of the attribute. One that cannot be read is none: then nobody has more rights by it.
func (i *inode) noted(text []byte) {
	var uid, gid uint32
	if n, err := fmt.Sscanf(string(text), "%d %d", &uid, &gid); n == 2 && err == nil {
		i.Uid, i.Gid = uid, gid
	}
}

func (i *inode) link() bool { return i.Mode&syscall.S_IFMT == syscall.S_IFLNK }

// setOwner makes what fd leads to another's; -1 leaves what it stands for as it is.
func (in *inbox) setOwner(fd, uid, gid int) error {
	if !in.notes {
		return chownFd(fd, uid, gid)
	}
	st, err := statFd(fd)
	if err != nil {
		return err
	}
	if st.link() {
		return chownFd(fd, uid, gid)
	}
	mode := st.Mode & 0o7777
	in.shown(fd, st)
	if uid >= 0 {
		st.Uid = uint32(uid)
	}
	if gid >= 0 {
		st.Gid = uint32(gid)
	}
	if err := in.note(fd, mode, fmt.Appendf(nil, "%d %d", st.Uid, st.Gid)); err != nil {
		return err
	}
	take := uint32(syscall.S_ISUID) // as chown(2) does
	if mode&syscall.S_IXGRP != 0 {
		take |= syscall.S_ISGID
	}
	if !st.regular() || mode&take == 0 {
		return nil
	}
	return chmodFd(fd, mode&^take)
}

// note writes the attribute, for which the mode must let us write.
func (in *inbox) note(fd int, mode uint32, text []byte) error {
	err := setxattrFd(fd, ownerAttr, text, 0)
	if err != syscall.EACCES {
		return err
	}
	if err := chmodFd(fd, mode|syscall.S_IWUSR); err != nil {
		return err
	}
	err = setxattrFd(fd, ownerAttr, text, 0)
	if back := chmodFd(fd, mode); err == nil {
		err = back
	}
	return err
}

// open gives inbox itself, which fd leads to, the group and the mode that are asked for. The group comes first, since
// who changes that may lose the set-id bit.
func (in *inbox) open(fd int, mode uint32, group *uint32) error {
	if group != nil {
		if err := in.setOwner(fd, -1, int(*group)); err != nil {
			return fmt.Errorf("giving the inbox to the group %d: %w", *group, err)
		}
	}
	if mode == 0 {
		return nil
	}
	if err := chmodFd(fd, mode); err != nil {
		return fmt.Errorf("setting the mode of the inbox to %04o: %w", mode, err)
	}
	return nil
}
