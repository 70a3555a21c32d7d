package queue

import (
	"path"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/names"
)

// CheckName reports whether a drop or a folder may have this name: nil, or an error that wraps ErrInvalid and says why
// not. Names that are never uploaded may be anything, and so may the last part of one that waits to be renamed: that of
// rsync is longer than the final one.
func (q *Queue) CheckName(name string) error {
	switch q.o.Names.Class(name) {
	case names.Ignored:
		return nil
	case names.Waiting:
		folder, _ := split(name)
		name = path.Join(folder, "x")
	}
	_, _, err := q.o.Uploader.Key(name, 0)
	return err
}

// Linked says that name became one more name of the file called old; it becomes a drop of its own.
func (q *Queue) Linked(old, name string, size int64, mtime time.Time) {
	if q.o.Names.Class(name) == names.Ignored {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.newLocked(name)
	q.resizeLocked(e, size)
	e.modTime = mtime.UnixNano()
	if of := q.fileLocked(old); of != nil {
		e.trusted = of.trusted && !q.wasFolderLocked(name) // the content was released, and not the name
		e.wrote(of.doubt(), of.ending())
	}
	q.settleLocked(e)
}

// Symlinked says that by made name a symbolic link with this text, or one more name of the link called of, unless that
// is "": the file to which it leads is added by reference. That file is looked at when the link has settled, not here.
func (q *Queue) Symlinked(name, text, of string, by Who) {
	if q.o.Names.Class(name) == names.Ignored {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if of != "" {
		by = q.fileLocked(of).madeBy(by)
	}
	e := q.newLocked(name)
	e.link, e.maker = text, by
	q.settleLocked(e)
}

// doubt is why the entry's content cannot be trusted; "" when it can, or when that shows by itself as soon as it is
// looked at again, as what a link leads to does.
func (e *entry) doubt() string {
	if e.link != "" {
		return ""
	}
	if e.fault() == "" && e.State == list.Held && e.problem != nil && e.problem.Code != codeMedia &&
		e.problem.Code != codePiece {
		return e.problem.Message
	}
	return e.fault()
}

// Removed says that name was unlinked or removed by a user: deleteFile. An uploaded entry stays in the list.
func (q *Queue) Removed(name string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.removedLocked(name)
}

func (q *Queue) removedLocked(name string) {
	switch e := q.fileLocked(name); {
	case e == nil:
	case e.standing() == list.Success:
		q.bareLocked(e)
	default:
		q.dropLocked(e)
	}
}

// dropLocked deletes an entry because its file is gone.
func (q *Queue) dropLocked(e *entry) {
	q.goneLocked(e)
	q.scheduleLocked()
}

// goneLocked is dropLocked for several entries, after which the caller schedules.
func (q *Queue) goneLocked(e *entry) {
	ev, barred := q.event("OnFileDeleted", e), e.isBarred()
	q.forgetLocked(e)
	q.endedLocked(e)
	ch := commit.Change{Event: ev,
		Batch: journal.Batch{Delete: []uint64{uint64(e.ID)}, DropParts: []uint64{uint64(e.ID)}}}
	if barred {
		ch = q.unbarLocked(e, ch)
	}
	q.stageLocked(ch)
}
