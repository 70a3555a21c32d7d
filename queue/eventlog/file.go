package eventlog

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// file is what the log needs of an open file; *os.File in life, one with a faulty disk in tests.
type file interface {
	io.ReaderAt
	io.Writer // at the end, wherever that is by then: no hole where somebody has shortened the file
	io.Closer
	Stat() (os.FileInfo, error)
	Sync() error
	Truncate(size int64) error
}

// openFunc opens a file of the log, as os.OpenFile.
type openFunc func(path string, flag int, mode os.FileMode) (file, error)

func openFile(path string, flag int, mode os.FileMode) (file, error) {
	f, err := os.OpenFile(path, flag, mode)
	if err != nil {
		return nil, err // not f: a nil *os.File in an interface is not nil
	}
	return f, nil
}

// openRegular opens a file that must be a regular one, and says how long it is.
func openRegular(open openFunc, path string, flag int) (file, os.FileInfo, error) {
	f, err := open(path, flag, 0o600)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file; move it away", path)
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

// rotated is the name of the n-th newest rotated file.
func rotated(path string, n int) string { return path + "." + strconv.Itoa(n) }

// syncDir makes the names in path's directory survive a power loss.
func syncDir(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
