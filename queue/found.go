package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"inboxfs/queue/names"
)

// holdHint is what a user can do with a held drop.
const holdHint = "write release to upload it all the same, or deleteFile"

// killedAround is how far before the last sign of life of a killed daemon a file must have changed last to be taken
// as finished: longer than the journal stays behind, and than the clocks of files may differ.
const killedAround = 2 * time.Second

// spooled is a regular file below a folder of the spool.
type spooled struct {
	name string // below inbox
	info fs.FileInfo
}

// scan lists the regular files below a folder of the spool. blind are the folders, as names with a slash behind, that
// cannot be read: what is in them is neither known nor gone.
func (q *Queue) scan(folder string) (found []spooled, blind []string, err error) {
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil && path == folder:
			return fmt.Errorf("reading the spool: %w", err)
		case err != nil:
			q.o.Log.Error("a folder in the spool cannot be read; its files are left alone", "folder", path, "error", err)
			blind = append(blind, q.nameOf(path)+"/")
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the spool: %w", err)
		}
		found = append(found, spooled{q.nameOf(path), info})
		return nil
	})
	return found, blind, err
}

// foundLocked says what a file in the spool is at the start, and returns its entry; nil when it is never uploaded.
func (q *Queue) foundLocked(name string, info fs.FileInfo, r *Recovered) *entry {
	if q.o.Names.Class(name) == names.Ignored {
		return nil
	}
	e := q.fileLocked(name)
	same := e != nil && e.size == info.Size() && e.modTime == info.ModTime().UnixNano()
	switch {
	case e == nil, e.state == Success && !same:
		return q.newDropLocked(name, info, r)
	case e.state == Success:
		q.letGoLocked(e)
	case same:
	case e.state == Ready, e.state == Receiving, r.cutShort(info):
		q.o.Log.Warn("a file in the spool is not what it was when inboxfs ended", "file", name)
		q.soilLocked(e)
		q.arrivedUnseenLocked(e, info, r)
	default: // ended: it is looked at when it is tried again
		q.resizeLocked(e, info.Size())
		e.modTime, e.trusted = info.ModTime().UnixNano(), false
	}
	return e
}

// newDropLocked makes an entry for a file that the journal does not know.
func (q *Queue) newDropLocked(name string, info fs.FileInfo, r *Recovered) *entry {
	e := q.newLocked(name)
	q.arrivedUnseenLocked(e, info, r)
	return e
}

// arrivedUnseenLocked decides about content that the journal does not know: put into the spool while inboxfs was away,
// or received just before it was killed. The latter may be half a file.
func (q *Queue) arrivedUnseenLocked(e *entry, info fs.FileInfo, r *Recovered) {
	q.resizeLocked(e, info.Size())
	e.modTime = info.ModTime().UnixNano()
	if r.cutShort(info) {
		q.holdLocked(e, codeInterrupted, "inboxfs was killed about when this file was received, so it may be incomplete")
		return
	}
	q.settleLocked(e)
}

// cutShort says whether a file changed about when we were killed, so that its writer may have been, too.
func (r *Recovered) cutShort(info fs.FileInfo) bool {
	return !r.meta.Clean && !r.last.IsZero() && changed(info).After(r.last.Add(-killedAround))
}

// missingLocked drops the entries whose files are gone from the spool. seen are those whose files were found; of what is
// in blind folders nothing is known.
func (q *Queue) missingLocked(seen map[ID]bool, blind []string) {
	var gone []*entry
	q.eachLocked(func(e *entry) {
		hidden := false
		for _, folder := range blind {
			hidden = hidden || strings.HasPrefix(e.name(), folder)
		}
		switch {
		case e.source != "" || seen[e.id] || hidden:
		case e.state == Success:
			e.bare = true
		default:
			gone = append(gone, e)
		}
	})
	for _, e := range gone {
		q.o.Log.Warn("the file of an entry is gone from the spool", "file", e.name(), "state", e.state)
		q.dropLocked(e)
	}
}
