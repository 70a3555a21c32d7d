package virtual

import (
	"context"
	"syscall"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// Folder is a virtual directory that no user can change.
type Folder struct {
	node
	mode uint32 // permission bits
}

var (
	_ = (fusefs.NodeGetattrer)((*Folder)(nil))
	_ = (fusefs.NodeMkdirer)((*Folder)(nil))
	_ = (fusefs.NodeMknoder)((*Folder)(nil))
	_ = (fusefs.NodeCreater)((*Folder)(nil))
	_ = (fusefs.NodeTmpfiler)((*Folder)(nil))
	_ = (fusefs.NodeLinker)((*Folder)(nil))
	_ = (fusefs.NodeSymlinker)((*Folder)(nil))
	_ = (fusefs.NodeUnlinker)((*Folder)(nil))
	_ = (fusefs.NodeRmdirer)((*Folder)(nil))
	_ = (fusefs.NodeRenamer)((*Folder)(nil))
)

// Dots is what a listing of the folder begins with: programs expect it, and find their way up by its numbers.
func (f *Folder) Dots() []fuse.DirEntry {
	own := f.StableAttr().Ino
	above := own // of the root the kernel knows better
	if _, parent := f.Parent(); parent != nil {
		above = parent.StableAttr().Ino
	}
	return []fuse.DirEntry{{Name: ".", Mode: syscall.S_IFDIR, Ino: own},
		{Name: "..", Mode: syscall.S_IFDIR, Ino: above}}
}

func (f *Folder) Getattr(_ context.Context, _ fusefs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	f.tree.attr(&out.Attr, f.mode, 0, f.tree.mounted)
	return 0
}

func (f *Folder) Mkdir(context.Context, string, uint32, *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	return nil, syscall.EPERM
}

func (f *Folder) Mknod(context.Context, string, uint32, uint32, *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	return nil, syscall.EPERM
}

func (f *Folder) Create(context.Context, string, uint32, uint32, *fuse.EntryOut) (*fusefs.Inode, fusefs.FileHandle,
	uint32, syscall.Errno) {
	return nil, nil, 0, syscall.EPERM
}

// Tmpfile answers as a filesystem without O_TMPFILE, so that callers take a named file, in a folder that allows it.
func (f *Folder) Tmpfile(context.Context, uint32, uint32, *fuse.EntryOut) (*fusefs.Inode, fusefs.FileHandle, uint32,
	syscall.Errno) {
	return nil, nil, 0, syscall.ENOTSUP
}

func (f *Folder) Link(context.Context, fusefs.InodeEmbedder, string, *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	return nil, syscall.EPERM
}

func (f *Folder) Symlink(context.Context, string, string, *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	return nil, syscall.EPERM
}

func (f *Folder) Unlink(context.Context, string) syscall.Errno { return syscall.EPERM }

func (f *Folder) Rmdir(context.Context, string) syscall.Errno { return syscall.EPERM }

func (f *Folder) Rename(context.Context, string, fusefs.InodeEmbedder, string, uint32) syscall.Errno {
	return syscall.EPERM
}
