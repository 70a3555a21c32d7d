package inbox

import (
	"context"
	"syscall"
	"time"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"

	"inboxfs/fs/errno"
	"inboxfs/fs/writer"
	"inboxfs/queue/killpoint"
)

var (
	_ = (fusefs.NodeUnlinker)((*inboxNode)(nil))
	_ = (fusefs.NodeRmdirer)((*inboxNode)(nil))
	_ = (fusefs.NodeRenamer)((*inboxNode)(nil))
	_ = (fusefs.NodeLinker)((*inboxNode)(nil))
)

// Unlink removes a name. Handles on the file stay open, and are closed for an id that the queue forgot.
func (n *inboxNode) Unlink(ctx context.Context, name string) syscall.Errno {
	n.in.tree.RLock()
	dir, path, err := n.enter(name)
	if err != nil {
		n.in.tree.RUnlock()
		return errno.Of(err)
	}
	defer unix.Close(dir)
	n.usedFor(ctx, dir, path)
	c := n.child(name)
	// While this is open the file's blocks are not freed, which can take long, and must not with tree held.
	last, _ := unix.Openat(dir, name, pinFlags|unix.O_CLOEXEC, 0) // fails as Unlinkat does, which says it
	if last >= 0 {
		defer unix.Close(last)
	}
	free := n.in.drops.Guard(path)
	err = c.aside(last, func() error { return unix.Unlinkat(dir, name, 0) })
	if err == nil {
		killpoint.At("remove: done")
		n.in.drops.Removed(path)
		c.lose(place{n, name}, false)
		killpoint.At("remove: told")
	}
	free()
	n.in.tree.RUnlock()
	return errno.Of(err)
}

// aside runs op, which changes the time of change of the inode c but not its content. c may be nil, and fd -1.
func (c *inboxNode) aside(fd int, op func() error) error {
	if c == nil || fd < 0 {
		return op()
	}
	done := false
	_, _, err := c.quietly(fd, func() error {
		err := op()
		done = err == nil
		return err
	})
	if done {
		return nil
	}
	return err
}

// lose takes the name at from c, which may be nil. replaced: another file took it, and its entry with it.
func (c *inboxNode) lose(at place, replaced bool) {
	if c == nil {
		return
	}
	c.in.forget(c.StableAttr(), at)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.drops {
		if d.at == at {
			d.at, d.lost = place{}, replaced
		}
	}
}

func (n *inboxNode) Rmdir(ctx context.Context, name string) syscall.Errno {
	n.in.tree.RLock()
	defer n.in.tree.RUnlock()
	dir, path, err := n.enter(name)
	if err != nil {
		return errno.Of(err)
	}
	defer unix.Close(dir)
	n.usedFor(ctx, dir, path)
	if err = unix.Unlinkat(dir, name, unix.AT_REMOVEDIR); err == nil {
		n.in.drops.Vacated(path)
	}
	return errno.Of(err)
}

// Rename moves a name. Drops below a folder keep their ids, and so do two that are exchanged; a file that replaces
// another may take that one's.
func (n *inboxNode) Rename(ctx context.Context, name string, newParent fusefs.InodeEmbedder, newName string,
	flags uint32) syscall.Errno {
	to, ok := newParent.(*inboxNode)
	if !ok || to.in != n.in {
		return syscall.EPERM // EXDEV would make mv copy
	}
	if flags&^(renameNoReplace|renameExchange) != 0 {
		return syscall.EINVAL
	}
	old := to.child(newName)
	no, freed := n.rename(ctx, name, to, newName, flags)
	old.outlive(freed)
	return no
}

// rename does it; freed is a descriptor of the file that was replaced, or -1. While it is open the file's blocks are
// not freed.
func (n *inboxNode) rename(ctx context.Context, name string, to *inboxNode, newName string, flags uint32) (
	no syscall.Errno, freed int) {
	n.in.tree.Lock()
	defer n.in.tree.Unlock()
	freed = -1
	fromDir, oldPath, err := n.enter(name)
	if err != nil {
		return errno.Of(err), freed
	}
	defer unix.Close(fromDir)
	toDir, newPath, no := to.begin(newName)
	if no != 0 {
		return no, freed
	}
	defer unix.Close(toDir)

	from, dest := place{n, name}, place{to, newName}
	moving, _ := unix.Openat(fromDir, name, pinFlags|unix.O_CLOEXEC, 0) // fails as renameAt does, which says it
	if moving >= 0 {
		defer unix.Close(moving)
	}
	freed, _ = unix.Openat(toDir, newName, pinFlags|unix.O_CLOEXEC, 0) // -1 when there is none
	c, old := n.child(name), to.child(newName)
	n.usedFor(ctx, fromDir, oldPath)
	to.usedFor(ctx, toDir, newPath)
	if isFolder(moving) || isFolder(freed) {
		n.in.moved.Store(time.Now().UnixNano())
		c.usedFolder(ctx, childOf(fromDir, name), oldPath)
		old.usedFolder(ctx, childOf(toDir, newName), newPath)
		defer n.in.drops.GuardAll()()
	} else {
		defer n.in.drops.Guard(oldPath, newPath)()
	}
	err = c.aside(moving, func() error { return renameAt(fromDir, name, toDir, newName, flags) })
	switch {
	case err != nil:
		return errno.Of(err), freed
	case c != nil && c == old:
		return 0, freed // two names of one file: nothing happens, says POSIX
	case flags&renameExchange != 0:
		c.move(from, dest)
		old.move(dest, from)
		n.in.drops.Exchanged(oldPath, newPath, writer.Who(ctx))
		return 0, freed
	}
	killpoint.At("rename: done")
	if !isFolder(moving) {
		to.put(ctx, toDir)
	}
	old.move(dest, place{})
	old.lose(dest, true)
	d := c.move(from, dest)
	writers := 0
	if d != nil {
		writers = d.writers
	}
	id := n.in.drops.Renamed(oldPath, newPath, writers, writer.Who(ctx))
	if caller, ok := fuse.FromContext(ctx); ok && c != nil && !c.IsDir() {
		n.in.programs.Renamed(caller.Pid, c.StableAttr())
	}
	killpoint.At("rename: told")
	if d != nil {
		d.id = id
	}
	return 0, freed
}

// isFolder reports whether fd, which may be -1, leads to one.
func isFolder(fd int) bool {
	if fd < 0 {
		return false
	}
	st, err := statFd(fd)
	return err != nil || st.Mode&syscall.S_IFMT == syscall.S_IFDIR
}

// move gives c, which may be nil, another name, and returns the drop it has under it if it is open for writing. tree
// must be held for writing, which is also what lets the drop be changed.
func (c *inboxNode) move(from, to place) *drop {
	if c == nil {
		return nil
	}
	c.moved.Store(&move{from, to})
	c.in.linksMu.Lock()
	if names := c.in.links[c.StableAttr()]; names != nil && to.parent != nil {
		delete(names, from)
		names[to] = struct{}{}
	}
	c.in.linksMu.Unlock()
	if to.parent == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.drops {
		if d.at == from {
			d.at = to
			return d
		}
	}
	return nil
}

// Link gives a file one more name. Handles that are open for writing from now on write to both.
func (n *inboxNode) Link(ctx context.Context, target fusefs.InodeEmbedder, name string, out *fuse.EntryOut) (
	*fusefs.Inode, syscall.Errno) {
	t, ok := target.(*inboxNode)
	if !ok || t.in != n.in {
		return nil, syscall.EPERM
	}
	n.in.tree.Lock()
	defer n.in.tree.Unlock()
	at, ok := t.place()
	if !ok {
		return nil, syscall.ENOENT
	}
	oldDir, oldPath, err := at.parent.enter(at.name)
	if err != nil {
		return nil, errno.Of(err)
	}
	defer unix.Close(oldDir)
	dir, path, no := n.begin(name)
	if no != 0 {
		return nil, no
	}
	defer unix.Close(dir)
	n.usedFor(ctx, dir, path)
	defer n.in.drops.Guard(oldPath, path)()
	pin, was, err := t.openInode(pinFlags)
	if err != nil {
		return nil, errno.Of(err)
	}
	defer unix.Close(pin)
	n.in.shown(pin, was)
	if !mayLink(ctx, was) {
		n.in.say(errLink)
		return nil, syscall.EPERM
	}
	if err := t.aside(pin, func() error { return unix.Linkat(oldDir, at.name, dir, name, 0) }); err != nil {
		return nil, errno.Of(err)
	}
	st, err := statAt(dir, name)
	if err == nil && n.in.stable(st) != t.StableAttr() {
		err = syscall.ESTALE // the name led elsewhere, which cannot be while nobody but us changes the spool
	}
	if err != nil {
		n.undo(unix.Unlinkat(dir, name, 0), name)
		return nil, errno.Of(err)
	}
	t.moved.Store(nil)
	n.put(ctx, dir)
	n.in.remember(t.StableAttr(), at)
	if st.regular() {
		n.in.drops.Linked(oldPath, path, int64(st.Size), st.ModTime())
		t.extend(place{n, name}, path)
	} else if t.target != nil {
		n.in.drops.Symlinked(path, string(t.target), oldPath, writer.Who(ctx))
	}
	return n.adopt(ctx, dir, name, st, out)
}

// extend makes the handles of t that are open for writing count for one more name. tree must be held for writing.
func (t *inboxNode) extend(at place, path string) {
	t.mu.Lock()
	var writing []*inboxFile
	for _, h := range t.open {
		if h.writable || h.created {
			writing = append(writing, h)
		}
	}
	t.mu.Unlock()
	for _, h := range writing {
		d := t.announce(at, t.in.drops.Open(path, false))
		t.mu.Lock()
		h.drops = append(h.drops, d)
		t.mu.Unlock()
	}
}
