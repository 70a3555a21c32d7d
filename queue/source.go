package queue

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// openDrop opens a drop to be sent. No link that takes its place leads anywhere, and none that takes that of a folder
// on the way leads out of the inbox: we may be root, and who made it not.
func (q *Queue) openDrop(name string) (*os.File, error) {
	if err := q.apart(q.spoolPath(name)); err != nil {
		return nil, err
	}
	inbox, err := os.OpenRoot(q.o.Inbox)
	if err != nil {
		return nil, err
	}
	defer inbox.Close() // opened to start from
	// O_NONBLOCK: should it have become a fifo, opening it must not wait for a writer. O_NOFOLLOW means nothing to a
	// Root.
	f, err := inbox.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	opened, err := f.Stat()
	if err == nil {
		var named fs.FileInfo
		if named, err = inbox.Lstat(filepath.FromSlash(name)); err == nil && !os.SameFile(opened, named) {
			err = &fs.PathError{Op: "open", Path: q.spoolPath(name), Err: syscall.ELOOP}
		}
	}
	if err != nil {
		_ = f.Close() // err says what matters
		return nil, err
	}
	return f, nil
}
