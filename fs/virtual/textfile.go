package virtual

import (
	"context"
	"syscall"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// textFile is a readable virtual file. Each open reads the snapshot made for it.
type textFile struct {
	node
	content rendering
}

var (
	_ = (fusefs.NodeGetattrer)((*textFile)(nil))
	_ = (fusefs.NodeOpener)((*textFile)(nil))
)

// Getattr tells of an open file also when its content is gone, such as the status of an entry that was deleted.
func (f *textFile) Getattr(_ context.Context, fh fusefs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	size, changed, err := f.content.attr()
	if s, open := fh.(*snapshot); open && err != nil {
		size, changed, err = s.length(), f.tree.mounted, nil
	}
	if err != nil {
		return f.tree.fail("getattr", f.Path(nil), err)
	}
	f.tree.attr(&out.Attr, 0o444, size, changed)
	return 0
}

// Open renders. Writers are refused here too: default_permissions does not bind root.
func (f *textFile) Open(_ context.Context, flags uint32) (fusefs.FileHandle, uint32, syscall.Errno) {
	if writes(flags) {
		return nil, 0, syscall.EACCES
	}
	s, err := f.tree.held.take(&f.content)
	if err != nil {
		return nil, 0, f.tree.fail("open", f.Path(nil), err)
	}
	return s, fuse.FOPEN_DIRECT_IO, 0
}
