package spool

import (
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// OpenFile opens the file called name below inbox to be read. No link leads it anywhere: we may be root, and who made
// the link not.
func OpenFile(inbox, name string) (*os.File, error) { return openFile(inbox, name, quietly) }

// LookAt is how what is called name below inbox looks, be it a link.
func LookAt(inbox, name string) (fs.FileInfo, error) {
	f, err := openFile(inbox, name, pinFile)
	if err != nil {
		return nil, err
	}
	defer f.Close() // it was opened to say which file is meant
	return f.Stat()
}

func openFile(inbox, name string, flags int) (*os.File, error) {
	path := filepath.Join(inbox, name)
	top, err := retry(func() (int, error) { return unix.Open(inbox, pin, 0) })
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: inbox, Err: err}
	}
	defer unix.Close(top) // it was opened to start from
	fd, err := beneath(top, name, flags)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}
