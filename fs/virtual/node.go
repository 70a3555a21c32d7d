package virtual

import (
	"context"
	"syscall"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// node is the part that all nodes outside inbox have in common: refusing changes of attributes.
type node struct {
	fusefs.Inode
	tree *Tree
}

var (
	_ = (fusefs.NodeStatfser)((*node)(nil))
	_ = (fusefs.NodeSetattrer)((*node)(nil))
	_ = (fusefs.NodeSetxattrer)((*node)(nil))
	_ = (fusefs.NodeRemovexattrer)((*node)(nil))
	_ = (fusefs.NodeFsyncer)((*node)(nil))
)

// Statfs tells the space of the disk that drops land on, wherever in the mount it is asked.
func (v *node) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	var s syscall.Statfs_t
	if err := syscall.Statfs(v.tree.Inbox, &s); err != nil {
		return v.tree.fail("statfs", v.tree.Inbox, err)
	}
	out.FromStatfsT(&s)
	return 0
}

// Setattr refuses; a change of size with the errno of an open for writing, as truncate(1) and root's shell expect.
func (v *node) Setattr(_ context.Context, _ fusefs.FileHandle, in *fuse.SetAttrIn, _ *fuse.AttrOut) syscall.Errno {
	if _, ok := in.GetSize(); ok {
		return syscall.EACCES
	}
	return syscall.EPERM
}

// Setxattr answers ENOTSUP, which cp -p, install and mv accept.
func (v *node) Setxattr(context.Context, string, []byte, uint32) syscall.Errno {
	return syscall.ENOTSUP
}

func (v *node) Removexattr(context.Context, string) syscall.Errno { return syscall.ENOTSUP }

// Fsync has nothing to do: what a virtual file shows is as durable as the queue made it.
func (v *node) Fsync(context.Context, fusefs.FileHandle, uint32) syscall.Errno { return 0 }

// writes reports whether an open with these flags means to change the file.
func writes(flags uint32) bool {
	return flags&syscall.O_ACCMODE != syscall.O_RDONLY || flags&syscall.O_TRUNC != 0
}
