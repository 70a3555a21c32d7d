package queue

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/spool"
)

// Aside is a file in the inbox that does not go on its way by itself.
type Aside struct {
	Why      string // ignored, temporary, companion, link, spool, synced, writer or playlist
	Size     int64  // bytes
	Modified time.Time
	Name     string // path below inbox
}

// Why a file is aside.
const (
	asideIgnored   = "ignored"   // its name is never uploaded
	asideTemporary = "temporary" // it waits to be renamed
	asideCompanion = "companion" // what says that it is not complete stands beside it
	asideLink      = "link"      // held, because the link leads to nothing that can be uploaded
	asideSpool     = "spool"     // held, because it belongs to the spool of an inboxfs
	asideWriter    = "writer"    // its writer works on beside it
	asideSynced    = "synced"    // held, because a sync program would remove the original, too
	asidePlaylist  = "playlist"  // it waits for a playlist that names it, or is one that waits for what it names
)

const (
	asideMost  = 10_000  // how many files are listed
	asideLooks = 200_000 // how many names are looked at
	asideBatch = 256     // names read from a folder at once
)

// Aside lists the files in the inbox that stay there until somebody does something, by name. It looks for them in the
// spool each time, since the queue knows nothing of the ignored ones; more: there were too many to look at them all.
func (q *Queue) Aside() (all []Aside, more bool, err error) {
	looks := 0
	for folders := []string{q.o.Inbox}; len(folders) > 0; {
		folder := folders[len(folders)-1]
		folders = folders[:len(folders)-1]
		err := eachBatch(folder, func(found []fs.DirEntry) bool {
			var inner []string
			all, inner = q.asideOf(all, folder, found)
			folders = append(folders, inner...)
			looks += len(found)
			more = len(all) > asideMost || looks > asideLooks
			return !more
		})
		switch {
		case errors.Is(err, fs.ErrNotExist): // swept, or renamed behind us
		case errors.Is(err, fs.ErrPermission) && folder != q.o.Inbox: // nobody can tell
		case err != nil:
			return nil, false, err
		}
		if more {
			break
		}
	}
	all = all[:min(len(all), asideMost)]
	slices.SortFunc(all, func(a, b Aside) int { return cmp.Compare(a.Name, b.Name) })
	return all, more, nil
}

// eachBatch calls fn for some names of a folder after the other, until it says that it has had enough.
func eachBatch(folder string, fn func([]fs.DirEntry) bool) error {
	d, err := spool.OpenFolder(folder)
	if err != nil {
		return err
	}
	defer d.Close()
	for {
		found, err := d.ReadDir(asideBatch)
		if !fn(found) || errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// asideOf adds what is aside of some names in a folder of the spool, and says which of them are folders.
func (q *Queue) asideOf(all []Aside, folder string, found []fs.DirEntry) (_ []Aside, folders []string) {
	whys := make([]string, len(found))
	for i, d := range found {
		switch path := filepath.Join(folder, d.Name()); q.o.Names.Class(q.nameOf(path)) {
		case names.Ignored:
			whys[i] = asideIgnored
		case names.Waiting:
			whys[i] = asideTemporary
		}
	}
	q.mu.Lock()
	for i, d := range found {
		if whys[i] == "" && !d.IsDir() {
			whys[i] = q.asideLocked(q.nameOf(filepath.Join(folder, d.Name())))
		}
	}
	q.mu.Unlock()
	for i, d := range found {
		path := filepath.Join(folder, d.Name())
		switch {
		case d.IsDir():
			folders = append(folders, path)
		case whys[i] != "":
			if info, err := d.Info(); err == nil { // else it is gone again
				all = append(all, Aside{whys[i], info.Size(), info.ModTime(), q.nameOf(path)})
			}
		}
	}
	return all, folders
}

// asideLocked says why a file whose name is a final one is aside; "" when it is not.
func (q *Queue) asideLocked(name string) string {
	e := q.fileLocked(name)
	switch {
	case e == nil:
		return ""
	case e.Parked:
		return asideCompanion
	case e.State == list.Held && e.problem != nil && e.problem.Code == codeSpool:
		return asideSpool
	case e.State == list.Held && e.problem != nil && e.problem.Code == codeSynced:
		return asideSynced
	case e.State == list.Held && e.link != "":
		return asideLink
	}
	if by, _ := e.awaited(); by != "" {
		return asideWriter
	}
	if why, _ := q.whyBackLocked(e); why != "" {
		return asidePlaylist
	}
	return ""
}
