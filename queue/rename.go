package queue

import (
	"os"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/transfer"
)

// Renamed says that by had what was called old be called name: a file or a link, which has replaced what had the name,
// a whole folder, or something that is no drop. writers says how many writing handles are open on the file. It returns
// the id of the entry under the new name, to which those handles belong from now on; 0 when there is none.
func (q *Queue) Renamed(old, name string, writers int, by Who) transfer.ID {
	now := q.moved(name)
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case now.folder:
		q.relocateLocked(by, [2]string{old, name})
		q.adoptIfIgnoredLocked(old, name, by)
		return 0
	case now.other:
		q.removedLocked(old)
		q.removedLocked(name)
		return 0
	}
	return q.renameLocked(q.caughtUpLocked(old), name, now.spooled, writers, by)
}

// Exchanged says that by had two names swapped (RENAME_EXCHANGE).
func (q *Queue) Exchanged(a, b string, by Who) {
	atB, atA := q.moved(b), q.moved(a)
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
		q.relocateLocked(by, [2]string{a, aside}, [2]string{b, a}, [2]string{aside, b})
	case atB.folder:
		q.relocateLocked(by, [2]string{a, b})
	case atA.folder:
		q.relocateLocked(by, [2]string{b, a})
	}
	if atB.file() {
		q.renameLocked(fromA, b, atB.spooled, fromA.handles(), by)
	}
	if atA.file() {
		q.renameLocked(fromB, a, atA.spooled, fromB.handles(), by)
	}
	if e := q.fileLocked(b); e != nil { // what was called so may have ended behind it
		q.rememberGivenLocked(e, atB.spooled)
	}
	if atA.folder {
		q.adoptIfIgnoredLocked(b, a, by)
	}
	if atB.folder {
		q.adoptIfIgnoredLocked(a, b, by)
	}
}

// takeLocked takes the entry of a file out of the tree and returns it, or nil.
func (q *Queue) takeLocked(name string) *entry {
	e := q.caughtUpLocked(name)
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

// moved looks at what is called name now.
func (q *Queue) moved(name string) (k kind) {
	path := q.spoolPath(name)
	info, err := os.Lstat(path)
	switch {
	case err != nil: // gone again, behind us
	case info.IsDir():
		k.folder = true
	default:
		if k.spooled, k.other, err = q.spooledAt(path, info); err != nil {
			q.o.Log.Error("a renamed link cannot be read; it is looked at again at the next start", "link", path,
				"error", err)
		}
	}
	return k
}

// adoptIfIgnoredLocked adopts the files of a folder that was never uploaded under its old name, nor anything in it.
func (q *Queue) adoptIfIgnoredLocked(old, name string, by Who) {
	if q.o.Names.Class(old+"/") == names.Ignored {
		q.adoptLaterLocked(name, by)
	}
}

// renameLocked gives the file of e (nil: it had an ignored name) the name name, where it takes the place of a drop that
// waits there: same entry, new content. The zero now is a file that is gone again.
func (q *Queue) renameLocked(e *entry, name string, now spooled, writers int, by Who) transfer.ID {
	uploaded := e != nil && e.standing() == list.Success
	if e == nil && now.info == nil {
		return 0
	}
	if q.o.Names.Class(name) == names.Ignored {
		switch {
		case uploaded:
			q.bareLocked(e)
		case e != nil:
			q.dropLocked(e)
		}
		return 0
	}
	old, into := "", q.fileLocked(name)
	if into == e || into != nil && into.standing() == list.Success {
		into = nil
	}
	maker := e.madeBy(by)
	if e != nil && e.isBarred() {
		q.renameBarredLocked(e, name, into, writers, maker)
		return e.ID
	}
	switch {
	case into == nil && (e == nil || uploaded):
		into = q.newLocked(name)
	case into == nil:
		into, old = e, e.sentName()
		q.nameLocked(e, name)
	}
	q.receiveAnewLocked(into, old, e != nil && e.trusted && !q.wasFolderLocked(name))
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
	into.maker = maker
	q.followedLocked(into)
	q.settleUnlessOpenLocked(into)
	q.rememberGivenLocked(into, now)
	return into.ID
}

// renameBarredLocked gives an entry that is not to be uploaded another name: under which it is that still, also where
// that was the name of the drop into, and where it is open and nobody has written to it.
func (q *Queue) renameBarredLocked(e *entry, name string, into *entry, writers int, maker Who) {
	if into != nil {
		q.dropLocked(into)
	}
	old := e.sentName()
	e.maker, e.writers = maker, int32(writers)
	q.nameLocked(e, name)
	q.keepBarredLocked(e, old)
	if e.State == list.Receiving && writers == 0 {
		q.unchangedLocked(e)
	}
}

// keepBarredLocked is what another name means for an entry that is not to be uploaded. It was called old.
func (q *Queue) keepBarredLocked(e *entry, old string) {
	q.loseKeyLocked(e, old)
	if e.State != list.Receiving {
		_ = q.foreseeLocked(e) // an error shows when it is sealed
	}
	q.stageRowLocked(e)
	q.touchLocked()
}

// loseKeyLocked lets go of what was uploaded of a file that ended and has another name: the key follows the name, under
// which it comes last. It was called old.
func (q *Queue) loseKeyLocked(e *entry, old string) {
	q.calledOffLocked(e, old, e)
	q.abandonLocked(e)
	q.untargetLocked(e)
	e.sent = false
	q.unplaceLocked(e)
	q.list.Rank(e)
	if e.replaced() { // by what has the object of its old name
		e.problem = nil
	}
}

// receiveAnewLocked has a file received under another name. Its content is known, but nothing that was uploaded of it
// can be used. It was called old; "": it has the name that it had, and gets the file of another.
func (q *Queue) receiveAnewLocked(e *entry, old string, trusted bool) {
	q.cancelLocked(e)
	if old != "" {
		q.calledOffLocked(e, old, e)
		e.sent = false
	}
	q.abandonLocked(e)
	q.soilLocked(e)
	e.trusted = trusted
	if old != "" {
		q.wentAwayLocked(e, old)
	}
}

func (q *Queue) settleUnlessOpenLocked(e *entry) {
	if e.writers == 0 {
		q.settleLocked(e)
		return
	}
	q.list.Unwake(e)
	q.stageRowLocked(e)
}

// nameLocked gives an entry another name.
func (q *Queue) nameLocked(e *entry, name string) {
	old := e.name()
	q.tree.put(name, e)
	q.followedLocked(e)
	q.aloneLocked(old)
	q.movedMediumLocked(e, old)
}

// inheritLocked ends e (or, nil, a name that had none), whose file belongs to the entry into now.
func (q *Queue) inheritLocked(into, e *entry) {
	into.relay = false
	into.wrote("", nil)
	if into.labeled = e == nil || e.labeled; into.labeled { // of what nobody knew it may have one
		q.labelLaterLocked(into)
	}
	switch {
	case e == nil:
	case e.standing() == list.Success:
		q.tree.take(e)
		q.bareLocked(e)
	default:
		into.relay = e.relay
		into.wrote(e.doubt(), e.ending())
		if e.writing != nil {
			into.mayAwait(e.writing.busy)
		}
		q.cancelLocked(e)
		q.calledOffLocked(e, e.sentName(), into)
		e.sent = false
		q.forgetLocked(e)
		q.bequeathLocked(e, into)
		q.stageLocked(commit.Change{Batch: journal.Batch{Delete: []uint64{uint64(e.ID)},
			DropParts: []uint64{uint64(e.ID)}}})
	}
}
