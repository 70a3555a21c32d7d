package fs

import (
	"context"
	"syscall"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
)

// Extended attributes are those of the real files, with the limits of the file system they are on.
var (
	_ = (fusefs.NodeGetxattrer)((*inboxNode)(nil))
	_ = (fusefs.NodeListxattrer)((*inboxNode)(nil))
	_ = (fusefs.NodeSetxattrer)((*inboxNode)(nil))
	_ = (fusefs.NodeRemovexattrer)((*inboxNode)(nil))
)

func (n *inboxNode) Getxattr(ctx context.Context, attr string, dest []byte) (size uint32, no syscall.Errno) {
	no = n.look(nil, func(fd int) error {
		sz, err := getxattrFd(fd, attr, dest)
		size = uint32(max(sz, 0))
		return err
	})
	return size, no
}

func (n *inboxNode) Listxattr(ctx context.Context, dest []byte) (size uint32, no syscall.Errno) {
	no = n.look(nil, func(fd int) error {
		sz, err := listxattrFd(fd, dest)
		size = uint32(max(sz, 0))
		return err
	})
	return size, no
}

func (n *inboxNode) Setxattr(ctx context.Context, attr string, data []byte, flags uint32) syscall.Errno {
	return n.setxattr(func(fd int) error { return setxattrFd(fd, attr, data, int(flags)) })
}

func (n *inboxNode) Removexattr(ctx context.Context, attr string) syscall.Errno {
	return n.setxattr(func(fd int) error { return removexattrFd(fd, attr) })
}

func (n *inboxNode) setxattr(set func(fd int) error) syscall.Errno {
	var st *inode
	no := n.look(nil, func(fd int) (err error) {
		st, err = n.quietly(fd, func() error { return set(fd) })
		return err
	})
	if no == 0 {
		n.touched(st)
	}
	return no
}
