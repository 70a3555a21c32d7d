package fs

import (
	"context"
	"log/slog"
	"os"
	"syscall"
	"time"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"inboxfs/fs/errno"
)

// tree is what the virtual nodes of one mount share. It does not change after newTree.
type tree struct {
	Options
	uid, gid uint32
	mounted  time.Time
	held     *held
}

func newTree(o Options) *tree {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	dir := o.Spool
	if dir == "" {
		dir = o.Inbox
	}
	return &tree{Options: o, uid: uint32(os.Geteuid()), gid: uint32(os.Getegid()), mounted: time.Now(), held: &held{dir: dir}}
}

// attr fills in everything but the type and the inode number, which go-fuse knows.
func (t *tree) attr(out *fuse.Attr, mode uint32, size int64, changed time.Time) {
	if changed.Unix() <= 0 {
		changed = t.mounted
	}
	out.Mode = mode
	out.Size = uint64(max(0, size))
	out.Nlink = 1 // also for folders: says "not counted" to find and Samba
	out.Owner = fuse.Owner{Uid: t.uid, Gid: t.gid}
	out.SetTimes(&changed, &changed, &changed)
}

// fail is errno for handlers: it logs what an EIO hides from the user.
func (t *tree) fail(op, name string, err error) syscall.Errno {
	no := errno.Of(err)
	if no == syscall.EIO {
		t.Log.Error("a file operation failed", "op", op, "name", name, "err", err)
	}
	return no
}

// virtual is the part that all nodes outside inbox have in common: refusing changes of attributes.
type virtual struct {
	fusefs.Inode
	tree *tree
}

var (
	_ = (fusefs.NodeStatfser)((*virtual)(nil))
	_ = (fusefs.NodeSetattrer)((*virtual)(nil))
	_ = (fusefs.NodeSetxattrer)((*virtual)(nil))
	_ = (fusefs.NodeRemovexattrer)((*virtual)(nil))
	_ = (fusefs.NodeFsyncer)((*virtual)(nil))
)

// Statfs tells the space of the disk that drops land on, wherever in the mount it is asked.
func (v *virtual) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	var s syscall.Statfs_t
	if err := syscall.Statfs(v.tree.Inbox, &s); err != nil {
		return v.tree.fail("statfs", v.tree.Inbox, err)
	}
	out.FromStatfsT(&s)
	return 0
}

// Setattr refuses; a change of size with the errno of an open for writing, as truncate(1) and root's shell expect.
func (v *virtual) Setattr(_ context.Context, _ fusefs.FileHandle, in *fuse.SetAttrIn, _ *fuse.AttrOut) syscall.Errno {
	if _, ok := in.GetSize(); ok {
		return syscall.EACCES
	}
	return syscall.EPERM
}

// Setxattr answers ENOTSUP, which cp -p, install and mv accept.
func (v *virtual) Setxattr(context.Context, string, []byte, uint32) syscall.Errno {
	return syscall.ENOTSUP
}

func (v *virtual) Removexattr(context.Context, string) syscall.Errno { return syscall.ENOTSUP }

// Fsync has nothing to do: what a virtual file shows is as durable as the queue made it.
func (v *virtual) Fsync(context.Context, fusefs.FileHandle, uint32) syscall.Errno { return 0 }

// writes says whether an open with these flags means to change the file.
func writes(flags uint32) bool {
	return flags&syscall.O_ACCMODE != syscall.O_RDONLY || flags&syscall.O_TRUNC != 0
}
