package queue

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// letGoLocked has the spool copy of an uploaded entry removed, now that its success is durable. q.mu is held.
func (q *Queue) letGoLocked(e *entry) {
	if q.o.Keep || e.source != "" || e.loose {
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
		case <-stop:
			q.sweepFiles()
			return
		}
		q.sweepFiles()
	}
}

func (q *Queue) sweepFiles() {
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
		e, free := q.guardEntryLocked(e)
		// Opened again, replaced, or deleted meanwhile: then the file is not ours to remove.
		current := !e.gone && !e.loose && e.state == Success
		path := q.pathLocked(e)
		q.mu.Unlock()
		if current {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				q.o.Log.Error("the spool copy of an uploaded file could not be removed", "path", path, "error", err)
			}
			q.mu.Lock()
			q.emptiedLocked(path)
			q.mu.Unlock()
		}
		free()
	}
}

// emptiedLocked notes that a file left its folder, which may be empty now.
func (q *Queue) emptiedLocked(path string) {
	folder := filepath.Dir(path)
	if folder == q.o.Inbox || !strings.HasPrefix(folder, q.o.Inbox) {
		return
	}
	q.emptied[folder] = struct{}{}
	q.usedLocked(strings.TrimPrefix(path, q.o.Inbox+string(filepath.Separator)))
}

// usedLocked notes that something happened in the dropped tree to which name belongs.
func (q *Queue) usedLocked(name string) {
	if top, _, sub := strings.Cut(name, "/"); sub {
		q.used[top] = q.now()
	}
}

// sweepFolders removes emptied folders of trees that have been quiet. A folder that is not empty stays, and is not
// looked at again until an upload takes a file from it.
func (q *Queue) sweepFolders() {
	q.mu.Lock()
	now := q.now()
	var quiet []string
	for folder := range q.emptied {
		top, _, _ := strings.Cut(filepath.ToSlash(strings.TrimPrefix(folder, q.o.Inbox+string(filepath.Separator))), "/")
		if now.Sub(q.used[top]) >= folderRest {
			quiet = append(quiet, folder)
			delete(q.emptied, folder)
		}
	}
	for top, at := range q.used {
		if now.Sub(at) >= folderRest {
			delete(q.used, top)
		}
	}
	q.mu.Unlock()
	if len(quiet) == 0 {
		return
	}
	free := q.GuardAll()
	defer free()
	for _, folder := range quiet {
		for folder != q.o.Inbox && os.Remove(folder) == nil { // not empty, or gone: either way it is not for us
			folder = filepath.Dir(folder)
		}
	}
	q.mu.Lock()
	q.unsyncedLocked()
	q.mu.Unlock()
}
