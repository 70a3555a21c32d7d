package queue

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"inboxfs/queue/killpoint"
	"inboxfs/queue/spool"
)

// letGoLocked has the spool copy of an uploaded entry removed, now that its success is durable. q.mu is held.
func (q *Queue) letGoLocked(e *entry) {
	if q.o.Keep || !e.inInbox() || e.isLoose() || e.bare {
		return
	}
	q.leaving = append(q.leaving, e)
	poke(q.sweepWake)
}

const (
	folderRest  = time.Minute      // how long nothing may have happened in a dropped tree before its emptied folders go
	folderSweep = 10 * time.Second // how often to look for them
)

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

// emptiedLocked notes that a file left its folder, which may be empty now.
func (q *Queue) emptiedLocked(path string) {
	folder := filepath.Dir(path)
	if folder == q.o.Inbox {
		return
	}
	q.emptied[folder] = struct{}{}
	q.usedLocked(q.nameOf(path))
}

// nameOf is the name below inbox of what is at path in the spool.
func (q *Queue) nameOf(path string) string {
	return filepath.ToSlash(strings.TrimPrefix(path, q.o.Inbox+string(filepath.Separator)))
}

// usedLocked notes that something happened in the dropped tree to which name belongs.
func (q *Queue) usedLocked(name string) {
	if top, _, sub := strings.Cut(name, "/"); sub {
		q.used[top] = q.now()
	}
}

// quietLocked says whether nothing has happened for a while in the dropped tree to which the folder belongs.
func (q *Queue) quietLocked(folder string) bool {
	top, _, _ := strings.Cut(q.nameOf(folder), "/")
	return q.now().Sub(q.used[top]) >= folderRest
}

// sweepFolders removes emptied folders of trees that have been quiet. A folder that is not empty stays, and is not
// looked at again until an upload takes a file from it.
func (q *Queue) sweepFolders() {
	q.mu.Lock()
	var quiet []string
	for folder := range q.emptied {
		if q.quietLocked(folder) {
			quiet = append(quiet, folder)
			delete(q.emptied, folder)
		}
	}
	q.mu.Unlock()
	for _, folder := range quiet {
		unlock := q.GuardAll() // anew for each: others have work to do
		q.mu.Lock()
		still := q.quietLocked(folder)
		if !still {
			q.emptied[folder] = struct{}{}
		}
		q.mu.Unlock()
		for still && folder != q.o.Inbox && spool.RemoveFolder(q.o.Inbox, q.nameOf(folder)) == nil { // not empty, or gone: either way it is not for us
			killpoint.At("folder: removed")
			folder = filepath.Dir(folder)
		}
		unlock()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	for top, at := range q.used {
		if now.Sub(at) >= folderRest {
			delete(q.used, top)
		}
	}
}
