package queue

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"inboxfs/queue/killpoint"
)

// letGoLocked has the spool copy of an uploaded entry removed, now that its success is durable. q.mu is held.
func (q *Queue) letGoLocked(e *entry) {
	if q.o.Keep || !e.inInbox() || e.isLoose() || e.bare {
		return
	}
	q.leaving = append(q.leaving, e)
	poke(q.sweepWake)
}

// runSweeper removes what uploads leave behind: spool copies at once, emptied folders when the tree they belong to has
// been quiet for a while, since whoever copies a tree comes back to its folders.
func (q *Queue) runSweeper(stop <-chan struct{}) {
	tick := time.NewTicker(folderSweep)
	defer tick.Stop()
	for {
		select {
		case <-q.sweepWake:
		case <-tick.C:
			q.sweepFolders()
			q.sweepAgain()
		case <-stop:
			q.sweepFiles()
			return
		}
		q.sweepFiles()
	}
}

// sweepFiles removes the spool copies that are to go, and returns when all are gone.
func (q *Queue) sweepFiles() {
	q.sweeping.Lock()
	defer q.sweeping.Unlock()
	for {
		q.mu.Lock()
		if len(q.leaving) == 0 {
			q.leaving = nil
			q.mu.Unlock()
			return
		}
		e := q.leaving[0]
		q.leaving[0] = nil
		q.leaving = q.leaving[1:]
		unlock := q.guardEntryLocked(e)
		// Opened again, replaced, or deleted meanwhile: then the file is not ours to remove.
		current := !e.gone && !e.isLoose() && !e.bare && e.state == Success
		path := q.spoolPath(e.name())
		q.mu.Unlock()
		free := func() {}
		if current {
			killpoint.At("spool copy: to be removed")
			var err error
			free, err = q.remove(path)
			killpoint.At("spool copy: removed")
			q.mu.Lock()
			e.bare = err == nil
			if err != nil {
				q.staying = append(q.staying, e)
			}
			said := e.stays
			e.stays = err != nil
			q.emptiedLocked(path)
			q.mu.Unlock()
			if err != nil && !said {
				q.o.Log.Error("the spool copy of an uploaded file cannot be removed; trying again", "path", path, "error", err)
			}
		}
		unlock()
		free()
	}
}

// sweepAgain has the spool copies removed that could not be when their turn came, on a disk that is read-only for instance.
func (q *Queue) sweepAgain() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.leaving = append(q.leaving, q.staying...)
	q.staying = nil
}

// openDrop opens a drop to be sent. No link that takes its place leads anywhere, and none that takes that of a folder on the way
// leads out of the inbox: we may be root, and who made it not.
func (q *Queue) openDrop(name string) (*os.File, error) {
	if err := q.apart(q.spoolPath(name)); err != nil {
		return nil, err
	}
	inbox, err := os.OpenRoot(q.o.Inbox)
	if err != nil {
		return nil, err
	}
	defer inbox.Close() // opened to start from
	// O_NONBLOCK: should it have become a fifo, opening it must not wait for a writer. O_NOFOLLOW means nothing to a Root.
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
