package virtual

import (
	"context"
	"errors"
	"io"
	"sync"
	"syscall"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// EventsIno is the number of all inodes of events: tail -F, which compares it, goes on with the one that it has.
const EventsIno = ControlIno - 1

// events is the event log as somebody sees it who looks it up in an epoch of the log. It only grows: tail -f, which
// polls size and time of a file on FUSE, goes on over rotations without seeing them, and who opens it later gets an
// inode that begins later.
type events struct {
	node
	from int64 // place in the log
}

var (
	_ = (fusefs.NodeGetattrer)((*events)(nil))
	_ = (fusefs.NodeOpener)((*events)(nil))
)

// EventsInode is the inode of events of now, below parent.
func (t *Tree) EventsInode(ctx context.Context, parent *fusefs.Inode) *fusefs.Inode {
	epoch, from := t.Events.Window()
	return parent.NewInode(ctx, &events{node{tree: t}, from}, fusefs.StableAttr{Mode: syscall.S_IFREG, Ino: EventsIno,
		Gen: epoch + 1})
}

func (e *events) Getattr(_ context.Context, _ fusefs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	e.tree.attr(&out.Attr, 0o444, e.tree.Events.End()-e.from, e.tree.Events.ModTime())
	return 0
}

func (e *events) Open(_ context.Context, flags uint32) (fusefs.FileHandle, uint32, syscall.Errno) {
	if writes(flags) {
		return nil, 0, syscall.EACCES
	}
	return &eventsReader{tree: e.tree, from: e.from}, fuse.FOPEN_DIRECT_IO, 0
}

// eventsReader is one open of events.
type eventsReader struct {
	tree *Tree
	from int64 // place of its first byte

	mu      sync.Mutex // guards skipped
	skipped int64      // bytes that were gone before it read them
}

var _ = (fusefs.FileReader)((*eventsReader)(nil))

// Read gives what is there by then, up to the end of a line. A reader to whom bytes are lost gets the next ones in
// their place.
func (r *eventsReader) Read(_ context.Context, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	r.mu.Lock()
	at := r.from + off + r.skipped
	r.mu.Unlock()
	read := 0
	for read < len(dest) {
		n, from, err := r.tree.Events.ReadFrom(dest[read:], at)
		if err != nil {
			if read == 0 && !errors.Is(err, io.EOF) {
				return nil, r.tree.fail("read", "events", err)
			}
			break
		}
		if from > at {
			r.skip(from - r.from - off - int64(read))
		}
		if n == 0 { // shortened by somebody, just now
			break
		}
		read, at = read+n, from+int64(n)
	}
	return fuse.ReadResultData(dest[:read]), 0
}

func (r *eventsReader) skip(bytes int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.skipped = max(r.skipped, bytes)
}
