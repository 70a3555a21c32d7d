package inbox

import (
	"context"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"

	"inboxfs/fs/writer"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// A file that is made anew under a name whose copy went after its upload may be meant as more of the same: by who
// appends, as shells and loggers do, or writes at an offset, as resumed transfers do. It is marked as a piece
// (spool.Piece) from the moment in which it is made until somebody writes at its beginning or empties it, and served
// meanwhile: of what the kernel writes past us we would not know where it is. What is still marked in the end is held.

// unmarked is why a piece is held where the spool's file system has no extended attributes.
const unmarked = "its beginning was uploaded and removed before, and this is only what a program wrote to go on with it"

// wantsNew reports whether who makes a file asks for a new one, and does not only want it to be there. A relay always
// asks so, to know whether it was there; what its client wants is another matter.
func (in *inbox) wantsNew(ctx context.Context, flags int) bool {
	if flags&unix.O_EXCL == 0 {
		return flags&unix.O_TRUNC != 0
	}
	caller, ok := fuse.FromContext(ctx)
	if !ok {
		return true
	}
	return flags&unix.O_TRUNC != 0 || !in.programs.Named(writer.Name(caller.Pid)).Relay()
}

// pieceOf reports whether a file just made, of the entry id, may be a piece, and marks it. marked: it could be.
func (n *inboxNode) pieceOf(ctx context.Context, fd int, id transfer.ID, flags int) (piece, marked bool) {
	if n.in.wantsNew(ctx, flags) || !n.in.drops.Taken(id) {
		return false, false
	}
	err := setxattrFd(fd, spool.Piece, []byte{'1'}, 0)
	if err != nil {
		n.in.log.Warn("a file that may be a piece of an uploaded one cannot be marked as such; a restart forgets it",
			"err", err)
	}
	return true, err == nil
}

// isPiece reports whether the file behind fd is marked.
func isPiece(fd int) bool {
	_, err := getxattrFd(fd, spool.Piece, nil)
	return err == nil
}

// whole notes that the file has its beginning, or is empty.
func (h *inboxFile) whole() {
	if !h.node.piece.CompareAndSwap(true, false) {
		return
	}
	h.mu.Lock()
	if h.failed == 0 && h.fault == unmarked {
		h.fault = ""
	}
	h.mu.Unlock()
	if err, _ := h.withFd(func(fd int) error { return removexattrFd(fd, spool.Piece) }); err != nil &&
		err != spool.NoAttribute {
		h.node.in.log.Warn("a file that is whole stays marked as a piece, and will be held", "err", err)
	}
}
