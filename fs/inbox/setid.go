package inbox

import (
	"context"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// A write by anybody but root takes the set-user-ID and set-group-ID bits from a file. The kernel leaves that to us
// (CAP_HANDLE_KILLPRIV_V2): to do it itself, it would ask us for an extended attribute before each write, also before
// those that it passes through. The file system below does not do it either, since there it is we who write.

const setIDBits = syscall.S_ISUID | syscall.S_ISGID

// noteMode remembers whether the file has such bits. A file that does is not passed through, since we must see its
// writes, and the kernel keeps none of its attributes, since they change without its knowing.
func (n *inboxNode) noteMode(st *inode) {
	n.setID.Store(st.regular() && st.Mode&setIDBits != 0)
}

// attrTimeout is how long the kernel may keep the attributes of n.
func (n *inboxNode) attrTimeout() time.Duration {
	if n.setID.Load() {
		return 0
	}
	return Cached
}

// takeSetGID takes the bit after the caller gave the file an access control list, by which he could otherwise keep a
// group's rights that he may not give: in which groups he is, only the kernel knows.
func (n *inboxNode) takeSetGID(ctx context.Context) syscall.Errno {
	if caller, ok := fuse.FromContext(ctx); !n.setID.Load() || ok && caller.Uid == 0 {
		return 0
	}
	return n.setxattr(func(fd int) error {
		st, err := statFd(fd)
		if err != nil || st.Mode&syscall.S_ISGID == 0 {
			return err
		}
		return chmodFd(fd, st.Mode&0o7777&^syscall.S_ISGID)
	})
}

// takeSetID takes the bits after the caller wrote through h or changed the size.
func (h *inboxFile) takeSetID(ctx context.Context) {
	n := h.node
	if !n.setID.Load() {
		return
	}
	if caller, ok := fuse.FromContext(ctx); ok && caller.Uid == 0 {
		return
	}
	err, _ := h.withFd(func(fd int) error {
		st, err := statFd(fd)
		if err != nil {
			return err
		}
		take := uint32(syscall.S_ISUID)
		if st.Mode&syscall.S_IXGRP != 0 { // else the bit once meant mandatory locks
			take |= syscall.S_ISGID
		}
		if st.Mode&take == 0 {
			return nil
		}
		_, st, err = n.quietly(fd, func() error { return chmodFd(fd, st.Mode&0o7777&^take) })
		if err == nil {
			n.noteMode(st)
		}
		return err
	})
	if err != nil {
		n.in.log.Error("the set-id bits of a file that was written to could not be taken", "err", err)
	}
}
