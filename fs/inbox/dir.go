package inbox

import (
	"context"
	"syscall"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"

	"inboxfs/fs/errno"
)

// dirReader is what the library's reader of real directories can do and we let through. Ioctls are not: they would be
// carried out with our rights, not the caller's.
type dirReader interface {
	fusefs.FileReaddirenter
	fusefs.FileSeekdirer
	fusefs.FileFsyncdirer
	fusefs.FileReleasedirer
}

// inboxDir is an open folder.
type inboxDir struct {
	dirReader
	node *inboxNode
	fd   int // the reader's, which closes it
}

var _ = (fusefs.NodeOpendirHandler)((*inboxNode)(nil))

func (n *inboxNode) OpendirHandle(ctx context.Context, flags uint32) (fusefs.FileHandle, uint32, syscall.Errno) {
	n.in.tree.RLock()
	defer n.in.tree.RUnlock()
	fd, _, err := n.openInode(unix.O_RDONLY | unix.O_DIRECTORY)
	if err != nil {
		return nil, 0, errno.Of(err)
	}
	if name, ok := n.path(); ok {
		n.used(ctx, itself(fd), name)
	}
	ds, no := fusefs.NewLoopbackDirStreamFd(fd)
	if no != 0 {
		unix.Close(fd)
		return nil, 0, no
	}
	r, ok := ds.(dirReader)
	if !ok {
		ds.Close()
		return nil, 0, syscall.ENOTSUP
	}
	return &inboxDir{r, n, fd}, 0, 0
}

var _ = (fusefs.FileLookuper)((*inboxDir)(nil))

// Lookup serves readdirplus, without opening the folder again for each name in it.
func (d *inboxDir) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	d.node.in.tree.RLock()
	defer d.node.in.tree.RUnlock()
	st, err := statAt(d.fd, name)
	if err != nil {
		return nil, errno.Of(err)
	}
	return d.node.adopt(ctx, d.fd, name, st, out)
}

var _ = (fusefs.NodeReadlinker)((*inboxNode)(nil))

func (n *inboxNode) Readlink(context.Context) ([]byte, syscall.Errno) { return n.target, 0 }
