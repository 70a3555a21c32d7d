package queue

import (
	"time"

	"inboxfs/queue/journal"
	"inboxfs/queue/names"
)

// CheckName says whether a drop or a folder may have this name: nil, or an error that wraps ErrInvalid and says why
// not. Names that are never uploaded may be anything.
func (q *Queue) CheckName(name string) error {
	if q.o.Names.Class(name) == names.Ignored {
		return nil
	}
	_, err := q.o.Uploader.Key(name, 0)
	return err
}

// Renamed moves a file or a whole folder; a file that had the new name is replaced. writers says how many writing
// handles are open on the file. It returns the id of the entry under the new name, to which those handles belong from
// now on; 0 for a folder and for names that are never uploaded.
func (q *Queue) Renamed(old, name string, writers int) ID {
	q.mu.Lock()
	defer q.mu.Unlock()
	if d := q.tree.dir(old); d != nil && q.tree.get(old) == nil {
		q.renameDirLocked(old, name)
		return 0
	}
	e := q.tree.get(old)
	return q.renameLocked(e, name, writers)
}

// renameLocked gives the file of e (nil: it had an ignored name) the name name, where it takes the place of a drop that
// waits there: same entry, new content.
func (q *Queue) renameLocked(e *entry, name string, writers int) ID {
	q.unsyncedLocked()
	if q.o.Names.Class(name) == names.Ignored {
		if e != nil && e.state != Success {
			q.dropLocked(e)
		}
		return 0
	}
	into := q.tree.get(name)
	if into == e || into != nil && into.state == Success {
		into = nil
	}
	if into == nil && e != nil && e.state.ended() && e.state != Success && writers == 0 {
		e.target = nil // the key follows the name
		q.tree.put(name, e)
		q.stageRowLocked(e)
		q.touchLocked()
		return e.id
	}
	switch {
	case into == nil && (e == nil || e.state == Success):
		into = q.newLocked(name)
	case into == nil:
		into = e
		q.tree.put(name, e)
	}
	// The content is known, but nothing that was uploaded of it can be used: the key follows the name.
	q.receiveLocked(into)
	q.soilLocked(into)
	into.writers = int32(writers)
	if e != nil && e != into {
		q.resizeLocked(into, e.size)
		into.modTime, into.fault, into.relay = e.modTime, e.fault, e.relay
		if e.state == Success {
			q.tree.take(e)
		} else {
			q.forgetLocked(e)
			q.stageLocked(change{del: []ID{e.id}, dropParts: []ID{e.id}, lazy: true})
		}
	}
	if into.writers == 0 {
		q.settleLocked(into)
	} else {
		q.timers.remove(into)
		q.stageRowLocked(into)
	}
	return into.id
}

// renameDirLocked moves every entry below a folder. Ended entries only change their name; the others are received
// anew under their new one.
func (q *Queue) renameDirLocked(old, name string) {
	d := q.tree.moveDir(old, name)
	if d == nil {
		return
	}
	var below []*entry
	d.each(func(e *entry) { below = append(below, e) })
	rows := make([]journal.Record, 0, len(below))
	for _, e := range below {
		if e.state == Success {
			rows = append(rows, e.record())
			continue
		}
		q.renameLocked(e, e.name(), int(e.writers))
	}
	q.stageLocked(change{put: rows, lazy: true})
	q.touchLocked()
}

// Exchanged swaps two names (RENAME_EXCHANGE).
func (q *Queue) Exchanged(a, b string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.tree.dir(a) != nil || q.tree.dir(b) != nil {
		const aside = "\x00exchange" // no file can be called so
		q.renameDirLocked(a, aside)
		q.renameDirLocked(b, a)
		q.renameDirLocked(aside, b)
	}
	ea, eb := q.tree.get(a), q.tree.get(b)
	for _, e := range []*entry{ea, eb} {
		if e != nil {
			q.tree.take(e)
		}
	}
	if ea != nil {
		q.renameLocked(ea, b, int(ea.writers))
	}
	if eb != nil {
		q.renameLocked(eb, a, int(eb.writers))
	}
}

// Linked says that name became one more name of the file called old; it becomes a drop of its own.
func (q *Queue) Linked(old, name string, size int64, mtime time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.o.Names.Class(name) == names.Ignored {
		return
	}
	e := q.newLocked(name)
	q.resizeLocked(e, size)
	e.modTime = mtime.UnixNano()
	q.unsyncedLocked()
	if of := q.tree.get(old); of != nil && of.writers > 0 {
		e.fault = of.fault
	}
	q.settleLocked(e)
}

// Removed says that name was unlinked or removed by a user: deleteFile. An uploaded entry stays in the list.
func (q *Queue) Removed(name string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.unsyncedLocked()
	e := q.tree.get(name)
	if e == nil || e.state == Success {
		return
	}
	q.dropLocked(e)
}

// dropLocked deletes an entry because its file is gone.
func (q *Queue) dropLocked(e *entry) {
	ev := q.event("OnFileDeleted", e)
	q.forgetLocked(e)
	q.stageLocked(change{del: []ID{e.id}, dropParts: []ID{e.id}, event: ev})
	q.scheduleLocked()
}
