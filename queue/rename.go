package queue

import (
	"cmp"
	"os"
	"slices"
	"time"

	"inboxfs/queue/journal"
	"inboxfs/queue/names"
)

// Renamed says that what was called old is called name now: a file or a link, which has replaced what had the name, a
// whole folder, or something that is no drop. writers says how many writing handles are open on the file. It returns the id of
// the entry under the new name, to which those handles belong from now on; 0 when there is none.
func (q *Queue) Renamed(old, name string, writers int) ID {
	now, found := q.moved(old, name)
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case now.folder:
		q.movedLocked(q.tree.moveDir(old, name))
		q.adoptLocked(found)
		return 0
	case now.other:
		q.removedLocked(old)
		q.removedLocked(name)
		return 0
	}
	return q.renameLocked(q.fileLocked(old), name, now.spooled, writers)
}

// Exchanged swaps two names (RENAME_EXCHANGE).
func (q *Queue) Exchanged(a, b string) {
	atB, foundB := q.moved(a, b)
	atA, foundA := q.moved(b, a)
	q.mu.Lock()
	defer q.mu.Unlock()
	var fromA, fromB *entry
	if atB.file() {
		fromA = q.takeLocked(a)
	}
	if atA.file() {
		fromB = q.takeLocked(b)
	}
	switch {
	case atB.folder && atA.folder:
		const aside = "\x00" // nothing can be called so
		q.tree.moveDir(a, aside)
		q.movedLocked(q.tree.moveDir(b, a))
		q.movedLocked(q.tree.moveDir(aside, b))
	case atB.folder:
		q.movedLocked(q.tree.moveDir(a, b))
	case atA.folder:
		q.movedLocked(q.tree.moveDir(b, a))
	}
	if atB.file() {
		q.renameLocked(fromA, b, atB.spooled, fromA.handles())
	}
	if atA.file() {
		q.renameLocked(fromB, a, atA.spooled, fromB.handles())
	}
	q.adoptLocked(foundA)
	q.adoptLocked(foundB)
}

// takeLocked takes the entry of a file out of the tree and returns it, or nil.
func (q *Queue) takeLocked(name string) *entry {
	e := q.fileLocked(name)
	if e != nil {
		q.tree.take(e)
	}
	return e
}

// handles is how many writing handles are open on the file; e may be nil.
func (e *entry) handles() int {
	if e == nil {
		return 0
	}
	return int(e.writers)
}

// kind is what stands under a name in the spool. The tree cannot tell: it knows nothing of empty folders and of files
// that are never uploaded, but knows names whose files were uploaded and are gone.
type kind struct {
	spooled            // of a regular file or a symbolic link
	folder, other bool // none of both: a file, or nothing any more
}

func (k kind) file() bool { return k.info != nil }

// moved looks at what is called name now, and was called old. Of a folder that was never uploaded, nor anything in it, it
// returns the files: nobody knows them yet.
func (q *Queue) moved(old, name string) (k kind, found []spooled) {
	path := q.spoolPath(name)
	info, err := os.Lstat(path)
	switch {
	case err != nil: // gone again, behind us
	case info.IsDir():
		k.folder = true
	default:
		if k.spooled, k.other, err = q.spooledAt(path, info); err != nil {
			q.o.Log.Error("a renamed link cannot be read; it is looked at again at the next start", "link", path, "error", err)
		}
	}
	if k.folder && q.o.Names.Class(old+"/") == names.Ignored {
		var blind []string
		if found, blind, err = q.scan(path); err != nil || len(blind) > 0 {
			q.o.Log.Error("not all of a renamed folder can be read; the rest is found at the next start", "folder", path, "error", err)
		}
	}
	return k, found
}

// adoptLocked makes drops of files that have no entry, in the order in which they changed last.
func (q *Queue) adoptLocked(found []spooled) {
	slices.SortStableFunc(found, func(a, b spooled) int { return changed(a.info).Compare(changed(b.info)) })
	for _, f := range found {
		if q.o.Names.Class(f.name) != names.Ignored && q.fileLocked(f.name) == nil {
			e := q.newLocked(f.name)
			q.becomeLocked(e, f)
			q.settleLocked(e)
		}
	}
}

// renameLocked gives the file of e (nil: it had an ignored name) the name name, where it takes the place of a drop that
// waits there: same entry, new content. The zero now is a file that is gone again.
func (q *Queue) renameLocked(e *entry, name string, now spooled, writers int) ID {
	uploaded := e != nil && e.standing() == Success
	if e == nil && now.info == nil {
		return 0
	}
	if q.o.Names.Class(name) == names.Ignored {
		switch {
		case uploaded:
			e.bare = true
		case e != nil:
			q.dropLocked(e)
		}
		return 0
	}
	into := q.fileLocked(name)
	if into == e || into != nil && into.standing() == Success {
		into = nil
	}
	if into == nil && e != nil && e.state.Ended() && !uploaded && writers == 0 {
		q.abandonLocked(e) // the key follows the name
		q.untargetLocked(e)
		e.sent, e.place = false, 0
		q.nameLocked(e, name)
		q.stageRowLocked(e)
		q.touchLocked()
		return e.id
	}
	switch {
	case into == nil && (e == nil || uploaded):
		into = q.newLocked(name)
	case into == nil:
		into = e
		q.nameLocked(e, name)
	}
	// The content is known, but nothing that was uploaded of it can be used: the key follows the name.
	trusted := e != nil && e.trusted
	q.cancelLocked(into)
	q.abandonLocked(into)
	q.soilLocked(into)
	into.trusted = trusted
	into.writers = int32(writers)
	if e != nil && e != into { // should it be gone again
		into.link, into.source = e.link, e.source
	}
	if e != into {
		q.inheritLocked(into, e)
	}
	if now.info != nil {
		q.becomeLocked(into, now)
	}
	if into.writers == 0 {
		q.settleLocked(into)
	} else {
		q.unwakeLocked(into)
		q.stageRowLocked(into)
	}
	return into.id
}

// nameLocked gives an entry another name.
func (q *Queue) nameLocked(e *entry, name string) {
	old := e.name()
	q.tree.put(name, e)
	q.aloneLocked(old)
}

// inheritLocked ends e (or, nil, a name that had none), whose file belongs to the entry into now.
func (q *Queue) inheritLocked(into, e *entry) {
	into.fault, into.relay, into.ending = "", false, nil
	switch {
	case e == nil:
	case e.standing() == Success:
		q.tree.take(e)
		e.bare = true
	default:
		into.fault, into.relay, into.ending = e.doubt(), e.relay, e.ending
		q.forgetLocked(e)
		q.bequeathLocked(e, into)
		q.stageLocked(change{del: []ID{e.id}, dropParts: []ID{e.id}})
	}
}

// byTurn sorts entries as they are or will be added: those that were, those on the way to stable storage, those that settle.
func byTurn(a, b *entry) int {
	return cmp.Or(cmp.Compare(orLast(a.order), orLast(b.order)), a.settles().Compare(b.settles()), cmp.Compare(a.id, b.id))
}

// settles is when the entry settles, or did; zero: it does not.
func (e *entry) settles() (at time.Time) {
	switch {
	case e.due != nil:
		return *e.due
	case e.seal != nil:
		return e.seal.joined
	}
	return at
}

// movedLocked handles every entry below a folder that has moved, or nil. Uploaded ones only change their name; the others
// are received anew under their new one, unless they ended.
func (q *Queue) movedLocked(d *dir) {
	if d == nil {
		return
	}
	var below []*entry
	d.each(func(e *entry) { below = append(below, e) })
	slices.SortFunc(below, byTurn)
	rows := make([]journal.Record, 0, len(below))
	for _, e := range below {
		if e.standing() == Success {
			rows = append(rows, e.record())
			continue
		}
		q.renameLocked(e, e.name(), spooled{}, int(e.writers))
	}
	q.stageLocked(change{put: rows})
	q.touchLocked()
}
