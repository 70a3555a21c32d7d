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
)

var _ = (fusefs.NodeGetattrer)((*inboxNode)(nil))

func (n *inboxNode) Getattr(ctx context.Context, f fusefs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	return n.look(f, func(fd int) error {
		st, err := statFd(fd)
		if err != nil {
			return err
		}
		n.in.shown(fd, st)
		out.Attr = st.Attr
		n.noteMode(st)
		out.SetTimeout(n.attrTimeout())
		return nil
	})
}

var _ = (fusefs.NodeSetattrer)((*inboxNode)(nil))

// Setattr sets the size before the times, so that those asked for stay.
func (n *inboxNode) Setattr(ctx context.Context, f fusefs.FileHandle, in *fuse.SetAttrIn,
	out *fuse.AttrOut) syscall.Errno {
	n.usedItself(ctx)
	size, resize := in.GetSize()
	if resize {
		if err := n.truncate(ctx, f, size); err != nil {
			return errno.Of(err)
		}
	}
	const others = fuse.FATTR_MODE | fuse.FATTR_UID | fuse.FATTR_GID | fuse.FATTR_MTIME | fuse.FATTR_ATIME
	var before, st *inode
	no := n.look(f, func(fd int) (err error) {
		if in.Valid&others == 0 {
			st, err = statFd(fd)
		} else {
			before, st, err = n.quietly(fd, func() error { return n.in.setattr(fd, in) })
		}
		if err == nil {
			n.in.shown(fd, st)
		}
		return err
	})
	if no != 0 {
		return no
	}
	out.Attr = st.Attr
	n.noteMode(st)
	out.SetTimeout(n.attrTimeout())
	if in.Valid&others != 0 && !resize {
		n.touched(before, st)
	}
	return 0
}

// touched tells the queue that all but the content of n changed, which looked as in before, if that is not nil.
func (n *inboxNode) touched(before, now *inode) {
	if !now.regular() {
		return
	}
	if before == nil {
		before = now
	}
	n.in.tree.RLock()
	defer n.in.tree.RUnlock()
	for _, path := range paths(n.places()) {
		n.in.drops.Touched(path, before.print(), now.print())
	}
}

// setattr sets what is asked for but the size.
func (in *inbox) setattr(fd int, ask *fuse.SetAttrIn) error {
	uid, uok := ask.GetUID()
	gid, gok := ask.GetGID()
	if uok || gok {
		u, g := -1, -1
		if uok {
			u = int(uid)
		}
		if gok {
			g = int(gid)
		}
		if err := in.setOwner(fd, u, g); err != nil {
			return err
		}
	}
	if mode, ok := ask.GetMode(); ok { // after the owner, whose change takes the set-id bits away
		if err := chmodFd(fd, mode); err != nil {
			return err
		}
	}
	var atime, mtime *time.Time
	if t, ok := ask.GetATime(); ok {
		atime = &t
	}
	if t, ok := ask.GetMTime(); ok {
		mtime = &t
	}
	if atime == nil && mtime == nil {
		return nil
	}
	return utimesFd(fd, atime, mtime)
}

// truncate sets the size, through the handle f if there is one. Without, this may be the second half of an open with
// O_TRUNC, which the kernel sends in that way, or truncate(2).
func (n *inboxNode) truncate(ctx context.Context, f fusefs.FileHandle, size uint64) error {
	h, own := f.(*inboxFile)
	if !own {
		h = n.anyWriter()
	}
	if h != nil {
		if err, ran := h.truncate(size, own); ran {
			if err == nil {
				h.takeSetID(ctx)
				n.resized(h)
			}
			return err
		} // released just now
	}
	h, err := n.openHandle(writer.Opener{}, unix.O_WRONLY, true)
	if err != nil {
		return err
	}
	if err, _ = h.truncate(size, false); err == nil {
		h.takeSetID(ctx)
	}
	if no := h.Release(ctx); err == nil && no != 0 {
		err = no
	}
	return err
}

// resized tells the queue that the content of n changed while handles are open.
func (n *inboxNode) resized(h *inboxFile) {
	st, err := h.stat()
	if err != nil {
		return // released just now, which told more
	}
	n.in.tree.RLock()
	defer n.in.tree.RUnlock()
	places := n.places()
	for _, at := range places {
		if path, ok := at.path(); ok && (len(places) == 1 || n.leads(at)) {
			n.in.drops.Changed(path, int64(st.Size), st.ModTime())
		}
	}
}

var _ = (fusefs.NodeStatfser)((*inboxNode)(nil))

// Statfs shows the space of the spool as it is.
func (n *inboxNode) Statfs(ctx context.Context, out *fuse.StatfsOut) syscall.Errno {
	var st syscall.Statfs_t
	if err := fstatfs(n.in.dir, &st); err != nil {
		return errno.Of(err)
	}
	out.FromStatfsT(&st)
	return 0
}
