package inbox

import (
	"bytes"
	"context"
	"fmt"
	"syscall"

	fusefs "github.com/hanwen/go-fuse/v2/fs"

	"inboxfs/queue/attribute"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// Extended attributes are those of the real files, with the limits of the file system they are on. Those that say
// something about the object must be ones that the object can have.
var (
	_ = (fusefs.NodeGetxattrer)((*inboxNode)(nil))
	_ = (fusefs.NodeListxattrer)((*inboxNode)(nil))
	_ = (fusefs.NodeSetxattrer)((*inboxNode)(nil))
	_ = (fusefs.NodeRemovexattrer)((*inboxNode)(nil))
)

// capability is what a program may do that runs a file. The kernel asks for it again and again; nobody runs files from
// here with rights that they had elsewhere.
const capability = "security.capability"

// acl is the access control list of a file, beside which a folder has one for what is made in it. The file system below
// keeps both; where the kernel checks modes it checks them, too.
const acl = "system.posix_acl_access"

func (n *inboxNode) Getxattr(ctx context.Context, attr string, dest []byte) (size uint32, no syscall.Errno) {
	if spool.Own(attr) || attr == capability {
		return 0, spool.NoAttribute
	}
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
		if err == nil && size > 0 {
			size, err = n.listOthers(fd, dest, size)
		}
		return err
	})
	return size, no
}

// listOthers takes our own names out of the list of so many bytes in dest. An empty dest asks how many there are.
func (n *inboxNode) listOthers(fd int, dest []byte, size uint32) (uint32, error) {
	list := dest
	if len(dest) == 0 {
		list = make([]byte, size)
		sz, err := listxattrFd(fd, list)
		if err != nil {
			return 0, err
		}
		size = uint32(sz)
	}
	var others []byte
	for attr := range bytes.SplitAfterSeq(list[:size], []byte{0}) {
		if !spool.Own(string(attr)) {
			others = append(others, attr...)
		}
	}
	copy(dest, others)
	return uint32(len(others)), nil
}

func (n *inboxNode) Setxattr(ctx context.Context, attr string, data []byte, flags uint32) syscall.Errno {
	if spool.Own(attr) || attr == capability {
		return syscall.ENOTSUP
	}
	n.usedItself(ctx)
	if _, ours := attribute.Name(attr); ours {
		if no := n.acceptable(attr, data); no != 0 {
			return no
		}
	}
	no := n.setxattr(func(fd int) error { return setxattrFd(fd, attr, data, int(flags)) })
	if no == 0 && attr == acl {
		no = n.takeSetGID(ctx)
	}
	return no
}

// acceptable asks whether the object can have what an attribute asks for. A refusal can be read in control.
func (n *inboxNode) acceptable(attr string, data []byte) syscall.Errno {
	var refusal error
	no := n.look(nil, func(fd int) error {
		refusal = attribute.Accept(attribute.Xattrs{
			List: func(dest []byte) (int, error) { return listxattrFd(fd, dest) },
			Get:  func(name string, dest []byte) (int, error) { return getxattrFd(fd, name, dest) },
		}, attr, data)
		return nil
	})
	if no != 0 || refusal == nil {
		return no
	}
	n.in.say(fmt.Errorf("%w: %w", transfer.ErrInvalid, refusal))
	return syscall.EINVAL
}

func (n *inboxNode) Removexattr(ctx context.Context, attr string) syscall.Errno {
	if spool.Own(attr) {
		return spool.NoAttribute
	}
	n.usedItself(ctx)
	return n.setxattr(func(fd int) error { return removexattrFd(fd, attr) })
}

func (n *inboxNode) setxattr(set func(fd int) error) syscall.Errno {
	var before, now *inode
	no := n.look(nil, func(fd int) (err error) {
		before, now, err = n.quietly(fd, func() error { return set(fd) })
		return err
	})
	if no == 0 {
		n.touched(before, now)
	}
	return no
}
