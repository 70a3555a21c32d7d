package inbox

import (
	"context"
	"fmt"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"

	"inboxfs/fs/writer"
	"inboxfs/queue"
	"inboxfs/queue/transfer"
)

// errLink is why another user's file gets no second name.
var errLink = fmt.Errorf("%w: a file gets a further name from who owns it, or may read and write it",
	transfer.ErrInvalid)

// runsAsGroup are the bits of a program that runs with the rights of its group.
const runsAsGroup = syscall.S_ISGID | syscall.S_IXGRP

// mayLink reports whether the caller may give a file another name, as the kernel has it where fs.protected_hardlinks is
// set: the file would be uploaded by that name, perhaps to another place, and outlast what its owner removes.
func mayLink(ctx context.Context, st *inode) bool {
	caller, ok := fuse.FromContext(ctx)
	switch {
	case !ok, caller.Uid == 0, caller.Uid == st.Uid, writer.Who(ctx) == queue.Owner:
		return true
	case !st.regular(), st.Mode&syscall.S_ISUID != 0, st.Mode&runsAsGroup == runsAsGroup:
		return st.Mode&syscall.S_IFMT == syscall.S_IFLNK // which nobody can read more of by that
	case caller.Gid == st.Gid:
		return st.Mode&0o060 == 0o060
	}
	return st.Mode&0o006 == 0o006
}
