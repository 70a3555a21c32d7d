package inbox

import (
	"context"
	"syscall"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"

	"inboxfs/fs/errno"
	"inboxfs/fs/writer"
	"inboxfs/queue"
	"inboxfs/queue/killpoint"
)

var (
	_ = (fusefs.NodeCreater)((*inboxNode)(nil))
	_ = (fusefs.NodeMknoder)((*inboxNode)(nil))
	_ = (fusefs.NodeMkdirer)((*inboxNode)(nil))
	_ = (fusefs.NodeSymlinker)((*inboxNode)(nil))
	_ = (fusefs.NodeTmpfiler)((*inboxNode)(nil))
)

func (n *inboxNode) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (
	*fusefs.Inode, fusefs.FileHandle, uint32, syscall.Errno) {
	if n.in.handles.full() {
		return nil, nil, 0, syscall.EMFILE
	}
	by := writer.Opening(ctx)
	n.in.tree.RLock()
	defer n.in.tree.RUnlock()
	dir, path, no := n.begin(name)
	if no != 0 {
		return nil, nil, 0, no
	}
	defer unix.Close(dir)
	n.usedFor(ctx, dir, path)
	defer n.in.drops.Guard(path)()
	id := n.in.drops.Open(path, true)
	killpoint.At("create: announced")
	mark := n.in.opened.Making(path)
	fd, st, err := n.create(ctx, dir, name, int(flags), mode)
	if err != nil {
		mark.Close()
		n.in.drops.Close(id, queue.Closed{})
		// It is there, though the kernel knew of none; if that will do, let the kernel look again and open it.
		if err == syscall.EEXIST && flags&unix.O_EXCL == 0 {
			err = syscall.ESTALE
		}
		return nil, nil, 0, errno.Of(err)
	}
	killpoint.At("create: file made")
	mark.Made(st.dev, st.Ino)
	piece, marked := n.pieceOf(ctx, fd, id, int(flags))
	i, no := n.adopt(ctx, dir, name, st, out)
	if no != 0 { // only links can fail
		unix.Close(fd)
		mark.Close()
		n.in.drops.Close(id, queue.Closed{})
		return nil, nil, 0, no
	}
	n.put(ctx, dir)
	c := i.Operations().(*inboxNode)
	write := flags&unix.O_ACCMODE != unix.O_RDONLY
	c.piece.Store(piece)
	h := c.join(fd, st, write, true, int(flags), []*drop{c.announce(place{n, name}, id)})
	h.by = by
	h.worksAt(by, n)
	if piece && !marked {
		h.fault = unmarked
	}
	h.memory.begin(mark, by.TID, int(flags))
	return i, h, h.mode(flags), 0
}

// create makes a regular file that did not exist, and opens it.
func (n *inboxNode) create(ctx context.Context, dir int, name string, flags int, mode uint32) (int, *inode, error) {
	flags = flags&openFlags | unix.O_CREAT | unix.O_EXCL | unix.O_NOFOLLOW | unix.O_CLOEXEC
	fd, err := unix.Openat(dir, name, flags, mode)
	if err != nil {
		return -1, nil, err
	}
	st, err := n.in.give(ctx, dir, fd, mode)
	if err != nil {
		unix.Close(fd)
		n.undo(unix.Unlinkat(dir, name, 0), name)
		return -1, nil, err
	}
	return fd, st, nil
}

// Mknod makes regular files only. A device has no content to upload, a fifo or socket none that ends.
func (n *inboxNode) Mknod(ctx context.Context, name string, mode, dev uint32, out *fuse.EntryOut) (*fusefs.Inode,
	syscall.Errno) {
	if kind := mode & syscall.S_IFMT; kind != 0 && kind != syscall.S_IFREG {
		return nil, syscall.EPERM
	}
	i, h, _, no := n.Create(ctx, name, unix.O_WRONLY|unix.O_EXCL, mode&^syscall.S_IFMT, out)
	if no != 0 {
		return nil, no
	}
	if no := h.(*inboxFile).Release(ctx); no != 0 {
		n.in.log.Warn("closing a new file", "name", name, "err", no)
	}
	return i, 0
}

func (n *inboxNode) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fusefs.Inode,
	syscall.Errno) {
	do := func(dir int) error { return unix.Mkdirat(dir, name, mode) }
	i, no := n.makeOther(ctx, name, mode, unix.AT_REMOVEDIR, do, func(string) {}, out)
	if no == 0 {
		i.Operations().(*inboxNode).brought(ctx)
	}
	return i, no
}

// Symlink keeps the link as it is. Whether it leads to a file that is to be uploaded is for the queue to find out, in
// its own time: here nobody may wait for a disk far away.
func (n *inboxNode) Symlink(ctx context.Context, target, name string, out *fuse.EntryOut) (*fusefs.Inode,
	syscall.Errno) {
	do := func(dir int) error { return unix.Symlinkat(target, dir, name) }
	tell := func(path string) { n.in.drops.Symlinked(path, target, "", writer.Who(ctx)) }
	return n.makeOther(ctx, name, 0, 0, do, tell, out)
}

// makeOther calls do to make name, which is no file, in n, and tell to say its path to the queue. mode is 0 if it has
// none to ask for; remove are the flags of unlinkat(2) that undo it.
func (n *inboxNode) makeOther(ctx context.Context, name string, mode uint32, remove int, do func(dir int) error,
	tell func(path string),
	out *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	n.in.tree.RLock()
	defer n.in.tree.RUnlock()
	dir, path, no := n.begin(name)
	if no != 0 {
		return nil, no
	}
	defer unix.Close(dir)
	n.usedFor(ctx, dir, path)
	defer n.in.drops.Guard(path)()
	if err := do(dir); err != nil {
		return nil, errno.Of(err)
	}
	st, err := n.own(ctx, dir, name, mode)
	if err != nil {
		n.undo(unix.Unlinkat(dir, name, remove), name)
		return nil, errno.Of(err)
	}
	tell(path)
	if remove == 0 {
		n.put(ctx, dir)
	}
	return n.adopt(ctx, dir, name, st, out)
}

// own is give for what has no descriptor.
func (n *inboxNode) own(ctx context.Context, dir int, name string, mode uint32) (*inode, error) {
	fd, err := unix.Openat(dir, name, pinFlags|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	return n.in.give(ctx, dir, fd, mode)
}

// undo logs the error of taking back what was half made.
func (n *inboxNode) undo(err error, name string) {
	if err != nil {
		n.in.log.Error("a new file could be neither given to its owner nor removed", "name", name, "err", err)
	}
}

// begin opens the folder n for something new called name, if it may be called so. tree must be held.
func (n *inboxNode) begin(name string) (dir int, path string, no syscall.Errno) {
	dir, path, err := n.enter(name)
	if err != nil {
		return -1, "", errno.Of(err)
	}
	if no := n.in.check(path); no != 0 {
		unix.Close(dir)
		return -1, "", no
	}
	return dir, path, 0
}

// give makes what was made in dir, and fd leads to, the caller's, with the mode he asked for; 0 asks for none. With
// default_permissions the kernel grants access by these, so it matters that they are right.
func (in *inbox) give(ctx context.Context, dir, fd int, mode uint32) (*inode, error) {
	st, err := statFd(fd)
	if err != nil {
		return nil, err
	}
	again, err := in.giveAway(ctx, dir, fd, st)
	if err != nil {
		return nil, err
	}
	// Our own umask took bits that the caller's, which the kernel applied, did not; a change of owner takes the set-id
	// bits. Bits that are missing for another reason are so by the folder's default ACL.
	const setID = syscall.S_ISUID | syscall.S_ISGID
	if lost := mode & 0o7777 &^ st.Mode & (in.umask | setID); lost != 0 || again && mode&setID != 0 {
		if err := chmodFd(fd, st.Mode&0o7777|mode&0o7777&(in.umask|setID)); err != nil {
			return nil, err
		}
		again = true
	}
	if !again {
		return st, nil
	}
	return statFd(fd)
}

// giveAway makes what was made the caller's, and reports whether that changed anything.
func (in *inbox) giveAway(ctx context.Context, dir, fd int, st *inode) (bool, error) {
	caller, ok := fuse.FromContext(ctx)
	if !ok || !in.chown && (!in.notes || st.link()) {
		return false, nil
	}
	if !in.notes && caller.Uid == st.Uid && caller.Gid == st.Gid {
		return false, nil
	}
	up, err := statFd(dir)
	if err != nil {
		return false, err
	}
	gid := caller.Gid
	if up.Mode&syscall.S_ISGID != 0 {
		in.shown(dir, up)
		gid = up.Gid // it has the folder's group
	}
	if caller.Uid == st.Uid && gid == st.Gid {
		return false, nil
	}
	err = in.setOwner(fd, int(caller.Uid), int(gid))
	if in.notes && err == syscall.ENOTSUP { // the disk of the spool keeps no attributes
		return false, nil
	}
	return err == nil, err
}

// Tmpfile answers as a file system without O_TMPFILE: what has no name cannot become a drop.
func (n *inboxNode) Tmpfile(context.Context, uint32, uint32, *fuse.EntryOut) (*fusefs.Inode, fusefs.FileHandle, uint32,
	syscall.Errno) {
	return nil, nil, 0, syscall.ENOTSUP
}
