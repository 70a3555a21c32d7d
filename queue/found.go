package queue

import (
	"io/fs"
	"time"

	"inboxfs/queue/names"
)

// holdHint is what a user can do with a held drop.
const holdHint = "write release to upload it all the same, or deleteFile"

// killedAround is how far before the last sign of life of a killed daemon a file must have changed last to be taken
// as finished: longer than the journal stays behind, and than the clocks of files may differ.
const killedAround = 2 * time.Second

// foundLocked says what a file in the spool is at the start, and returns its entry; nil when it is never uploaded.
func (q *Queue) foundLocked(name string, info fs.FileInfo, r *Recovered) *entry {
	if q.o.Names.Class(name) == names.Ignored {
		return nil
	}
	e := q.tree.get(name)
	same := e != nil && e.size == info.Size() && e.modTime == info.ModTime().UnixNano()
	switch {
	case e != nil && e.source != "":
		return q.newDropLocked(name, info, r) // the name belongs to a file elsewhere; this one is another
	case e == nil, e.state == Success && !same:
		return q.newDropLocked(name, info, r)
	case e.state == Success:
		q.letGoLocked(e)
	case e.state == Ready && !same:
		q.o.Log.Warn("a file changed in the spool while inboxfs was not running", "file", name)
		q.soilLocked(e)
		q.resizeLocked(e, info.Size())
		e.modTime = info.ModTime().UnixNano()
		q.settleLocked(e)
	default:
		q.resizeLocked(e, info.Size())
		e.modTime = info.ModTime().UnixNano()
	}
	return e
}

// newDropLocked makes an entry for a file that the journal does not know: put into the spool while inboxfs was away,
// or received just before it was killed. The latter may be half a file.
func (q *Queue) newDropLocked(name string, info fs.FileInfo, r *Recovered) *entry {
	e := q.newLocked(name)
	q.resizeLocked(e, info.Size())
	e.modTime = info.ModTime().UnixNano()
	if !r.meta.Clean && !r.last.IsZero() && changed(info).After(r.last.Add(-killedAround)) {
		q.holdLocked(e, "Interrupted", "inboxfs was killed about when this file was received, so it may be incomplete")
		return e
	}
	q.settleLocked(e)
	return e
}
