package inbox

import (
	"os"
	"syscall"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"golang.org/x/sys/unix"

	"inboxfs/fs/errno"
)

// openInode opens n. ENOENT and ESTALE mean that it has no name that leads to it any more. tree must be held.
func (n *inboxNode) openInode(flags int) (int, *inode, error) {
	fd, st, err := n.openPath(flags)
	if err == nil {
		return fd, st, nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.last == nil {
		return -1, nil, err
	}
	if fd, err = reopen(int(n.last.Fd()), flags); err != nil {
		return -1, nil, err
	}
	if st, err = statFd(fd); err != nil {
		unix.Close(fd)
		return -1, nil, err
	}
	return fd, st, nil
}

// openPath is openInode for a file that has a name.
func (n *inboxNode) openPath(flags int) (int, *inode, error) {
	path, ok := n.path()
	if !ok {
		return -1, nil, syscall.ENOENT
	}
	wait := 0
	if flags&(pinFlags|unix.O_DIRECTORY) == 0 {
		wait = unix.O_NONBLOCK // should a fifo have taken the name, to open it must not wait for a writer
	}
	fd, err := openBelow(n.in.dir, path, flags|wait)
	if err != nil {
		return -1, nil, err
	}
	st, err := statFd(fd)
	if err == nil && n != n.in.root && n.in.stable(st) != n.StableAttr() {
		err = syscall.ESTALE
	}
	if err == nil && wait != 0 {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_SETFL, flags)
	}
	if err != nil {
		unix.Close(fd)
		return -1, nil, err
	}
	return fd, st, nil
}

// look calls fn with a descriptor of n, to see or change what is known about it. An open handle's is preferred, which
// lasts when the name is gone.
func (n *inboxNode) look(f fusefs.FileHandle, fn func(fd int) error) syscall.Errno {
	if h, ok := f.(*inboxDir); ok {
		return errno.Of(fn(h.fd))
	}
	h, ok := f.(*inboxFile)
	if !ok {
		h = n.anyHandle()
	}
	if h != nil {
		if err, ran := h.withFd(fn); ran {
			return errno.Of(err)
		} // it was released just now
	}
	n.in.tree.RLock()
	defer n.in.tree.RUnlock()
	fd, _, err := n.openInode(pinFlags)
	if err == syscall.ENOENT && !n.IsDir() {
		err = syscall.ESTALE // replaced or removed since the kernel looked the name up: it will do so again
	}
	if err != nil {
		return errno.Of(err)
	}
	defer unix.Close(fd)
	return errno.Of(fn(fd))
}

// enter opens the folder n for a call about a name in it, and says the path of that name. tree must be held.
func (n *inboxNode) enter(name string) (fd int, path string, err error) {
	path, ok := place{n, name}.path()
	if !ok {
		return -1, "", syscall.ENOENT
	}
	fd, _, err = n.openInode(pinFlags)
	return fd, path, err
}

// outlive keeps n, which may be nil, within reach when another file took its last name: a program that looked the name
// up and is about to open it would else find nothing, though the name was there all the time. The kernel forgets such a
// file as soon as nobody uses it, and then its blocks are freed. fd, which may be -1, leads to it, and belongs to
// outlive. Files that are removed are not kept so: who removes one may count on the space.
func (n *inboxNode) outlive(fd int) {
	if fd < 0 {
		return
	}
	st, err := statFd(fd)
	if n == nil || err != nil || st.Nlink > 0 || st.Mode&syscall.S_IFMT == syscall.S_IFDIR ||
		n.in.stable(st) != n.StableAttr() {
		unix.Close(fd)
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last = os.NewFile(uintptr(fd), "")
}

// outlived ends it.
func (n *inboxNode) outlived() {
	n.mu.Lock()
	last := n.last
	n.last = nil
	n.mu.Unlock()
	if last != nil {
		last.Close() // opened only to refer to the file
	}
}
