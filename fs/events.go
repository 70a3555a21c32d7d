package fs

import (
	"context"
	"errors"
	"io"
	"syscall"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// events is the event log. It has no handles: any number of readers read at any offset what is there by then, and
// tail -f, which polls size and time of a file on FUSE, finds both true.
type events struct{ virtual }

var (
	_ = (fusefs.NodeGetattrer)((*events)(nil))
	_ = (fusefs.NodeOpener)((*events)(nil))
	_ = (fusefs.NodeReader)((*events)(nil))
)

func (e *events) Getattr(_ context.Context, _ fusefs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	e.tree.attr(&out.Attr, 0o444, e.tree.Events.Size(), e.tree.Events.ModTime())
	return 0
}

func (e *events) Open(_ context.Context, flags uint32) (fusefs.FileHandle, uint32, syscall.Errno) {
	if writes(flags) {
		return nil, 0, syscall.EACCES
	}
	return nil, fuse.FOPEN_DIRECT_IO, 0
}

// Read stops at the size, so that nobody sees half of a line that is being appended.
func (e *events) Read(_ context.Context, _ fusefs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	left := e.tree.Events.Size() - off
	if off < 0 || left <= 0 {
		return fuse.ReadResultData(nil), 0
	}
	n, err := e.tree.Events.ReadAt(dest[:min(int64(len(dest)), left)], off)
	if n == 0 && err != nil && !errors.Is(err, io.EOF) {
		return nil, e.tree.fail("read", "events", err)
	}
	return fuse.ReadResultData(dest[:n]), 0
}
