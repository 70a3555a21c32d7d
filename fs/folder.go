package fs

import (
	"context"
	"syscall"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// folder is a virtual directory that no user can change.
type folder struct {
	virtual
	mode uint32 // permission bits
}

var (
	_ = (fusefs.NodeGetattrer)((*folder)(nil))
	_ = (fusefs.NodeMkdirer)((*folder)(nil))
	_ = (fusefs.NodeMknoder)((*folder)(nil))
	_ = (fusefs.NodeCreater)((*folder)(nil))
	_ = (fusefs.NodeTmpfiler)((*folder)(nil))
	_ = (fusefs.NodeLinker)((*folder)(nil))
	_ = (fusefs.NodeSymlinker)((*folder)(nil))
	_ = (fusefs.NodeUnlinker)((*folder)(nil))
	_ = (fusefs.NodeRmdirer)((*folder)(nil))
	_ = (fusefs.NodeRenamer)((*folder)(nil))
)

func (f *folder) Getattr(_ context.Context, _ fusefs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	f.tree.attr(&out.Attr, f.mode, 0, f.tree.mounted)
	return 0
}

func (f *folder) Mkdir(context.Context, string, uint32, *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	return nil, syscall.EPERM
}

func (f *folder) Mknod(context.Context, string, uint32, uint32, *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	return nil, syscall.EPERM
}

func (f *folder) Create(context.Context, string, uint32, uint32, *fuse.EntryOut) (*fusefs.Inode, fusefs.FileHandle, uint32, syscall.Errno) {
	return nil, nil, 0, syscall.EPERM
}

// Tmpfile answers as a filesystem without O_TMPFILE, so that callers take a named file, in a folder that allows it.
func (f *folder) Tmpfile(context.Context, uint32, uint32, *fuse.EntryOut) (*fusefs.Inode, fusefs.FileHandle, uint32, syscall.Errno) {
	return nil, nil, 0, syscall.ENOTSUP
}

func (f *folder) Link(context.Context, fusefs.InodeEmbedder, string, *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	return nil, syscall.EPERM
}

func (f *folder) Symlink(context.Context, string, string, *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	return nil, syscall.EPERM
}

func (f *folder) Unlink(context.Context, string) syscall.Errno { return syscall.EPERM }

func (f *folder) Rmdir(context.Context, string) syscall.Errno { return syscall.EPERM }

func (f *folder) Rename(context.Context, string, fusefs.InodeEmbedder, string, uint32) syscall.Errno {
	return syscall.EPERM
}
