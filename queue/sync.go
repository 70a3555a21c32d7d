package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"inboxfs/queue/names"
	"inboxfs/queue/sameness"
)

// syncFile brings a file's content and attributes to stable storage and says what it is. look sees it while it is open;
// it is nil for a file that may be written meanwhile, which else is errWritten. From the sync on also a mapping that
// somebody makes moves the file's times when it is written.
func syncFile(path string, look func(io.ReaderAt, fs.FileInfo)) (fs.FileInfo, error) {
	f, err := openQuietly(path)
	if err != nil {
		return nil, err
	}
	if look != nil && sameness.IsWritten(f) {
		return nil, errors.Join(errWritten, f.Close())
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

// syncReceived brings what is received to stable storage, now that nobody writes any more: the journal is about to say
// that all was in order at the end, and the power may go after that. What could not be synced in time is held.
func (q *Queue) syncReceived(ctx context.Context) {
	q.mu.Lock()
	paths := make(map[*entry]string)
	q.eachLocked(func(e *entry) {
		if e.state == Receiving && e.inInbox() && e.link == "" && q.o.Names.Class(e.name()) == names.Final {
			paths[e] = q.spoolPath(e.name())
		}
	})
	q.mu.Unlock()
	for _, path := range paths {
		startSync(path)
	}
	folders := make(folderSync)
	for e, path := range paths {
		err := ctx.Err()
		if err == nil {
			_, err = syncFile(path, nil)
		}
		if err == nil {
			err = folders.to(filepath.Dir(path), filepath.Dir(q.o.Inbox))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			q.mu.Lock()
			q.holdLocked(e, codeSync, "the file could not be brought to stable storage: "+err.Error())
			q.mu.Unlock()
		}
	}
}

// folderSync brings names to stable storage, each folder once: what it knows is true for one batch only, since names
// may be made and removed at any time. To sync a folder of which nothing changed costs next to nothing.
type folderSync map[string]error

// to brings the names in a folder to stable storage, and those of the folders that lead to it from top, which is above
// it: the name of a folder stands in the one above.
func (done folderSync) to(folder, top string) error {
	for {
		err, ok := done[folder]
		if !ok {
			err = syncFolder(folder)
			done[folder] = err
		}
		if err != nil || folder == top || folder == filepath.Dir(folder) {
			return err
		}
		folder = filepath.Dir(folder)
	}
}

func syncFolder(path string) error {
	d, err := openFolder(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// quietly are the flags to open a file with that may have become anything meanwhile: an open of a fifo does not wait
// for who writes it, and no link that took its place leads anywhere. What was opened is to be looked at then.
const quietly = os.O_RDONLY | syscall.O_NONBLOCK | syscall.O_NOFOLLOW

// openFolder opens a folder, and nothing that took its place: to open a fifo would wait for who writes it.
func openFolder(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_DIRECTORY, 0)
}
