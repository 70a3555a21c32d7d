package spool

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"inboxfs/queue/sameness"
)

// ErrWritten: somebody has the file open for writing, or mapped, so nobody can tell yet what it is.
var ErrWritten = errors.New("it is open for writing, or mapped")

// Sync brings a file's content and attributes to stable storage and says what it is. look sees it while it is open;
// it is nil for a file that may be written meanwhile, which else is ErrWritten. From the sync on also a mapping that
// somebody makes moves the file's times when it is written.
func Sync(path string, look func(io.ReaderAt, fs.FileInfo)) (fs.FileInfo, error) {
	f, err := openQuietly(path)
	if err != nil {
		return nil, err
	}
	if look != nil && sameness.IsWritten(f) {
		return nil, errors.Join(ErrWritten, f.Close())
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil && look != nil {
		look(f, info)
	}
	return info, errors.Join(err, f.Close())
}

// FolderSync brings names to stable storage, each folder once: what it knows is true for one batch only, since names
// may be made and removed at any time. To sync a folder of which nothing changed costs next to nothing.
type FolderSync map[string]error

// To brings the names in a folder to stable storage, and those of the folders that lead to it from top, which is above
// it: the name of a folder stands in the one above.
func (done FolderSync) To(folder, top string) error {
	for {
		err, ok := done[folder]
		if !ok {
			err = SyncFolder(folder)
			done[folder] = err
		}
		if err != nil || folder == top || folder == filepath.Dir(folder) {
			return err
		}
		folder = filepath.Dir(folder)
	}
}

// SyncFolder brings the names in a folder to stable storage.
func SyncFolder(path string) error {
	d, err := OpenFolder(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// OpenFolder opens a folder, and nothing that took its place: to open a fifo would wait for who writes it.
func OpenFolder(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_DIRECTORY, 0)
}
