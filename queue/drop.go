package queue

import (
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/opened"
	"inboxfs/queue/sameness"
	"inboxfs/queue/transfer"
)

// fileLocked is the newest entry of a file in the inbox called name, or nil. A file that was added by reference is
// elsewhere, whatever it is called.
func (q *Queue) fileLocked(name string) *entry {
	if e := q.tree.get(name); e != nil && e.inInbox() {
		return e
	}
	return nil
}

// Open says that a handle that can write was asked for on name, before it is opened. An upload of it is withdrawn
// here and now. It returns the entry's id, 0 for names that are never uploaded. created: the file did not exist.
func (q *Queue) Open(name string, created bool) transfer.ID {
	if q.o.Names.Class(name) == names.Ignored {
		return 0
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.caughtUpLocked(name)
	switch {
	case e == nil:
		e = q.newLocked(name)
		e.fresh = true
	case e.standing() == list.Success:
		// Its copy is still there and may now get new content. Until it does, the uploaded entry stays what it is.
		prev := e
		e = q.newLocked(name)
		e.fresh, e.dirty, e.prev = true, created, prev
		if !created {
			e.modTime = prev.modTime
			q.resizeLocked(e, prev.Size)
		}
	default:
		q.receiveLocked(e)
		if created {
			e.source, e.link = "", ""
			q.soilLocked(e)
		}
	}
	if e.writers == 0 {
		e.faulty = false
	}
	e.writers++
	q.usedLocked(name)
	q.list.Unwake(e)
	q.stageRowLocked(e)
	return e.ID
}

// receiveLocked puts an entry whose file is open for writing, or changed, back to receiving. What it was is
// remembered, for the case that nothing was written.
func (q *Queue) receiveLocked(e *entry) {
	q.parkLocked(e, false)
	e.seal = nil
	if e.State == list.Receiving {
		return
	}
	q.keepKeyLocked(e)
	was := e.State
	if was == list.Uploading || was == list.Paused {
		was = list.Ready
	}
	q.cancelLocked(e)
	q.setLocked(e, list.Receiving)
	e.before = was
}

// unsettleLocked puts a drop back to receiving that was ready, and that somebody writes past us. What was sent of it
// counts where it equals what the file has when it has settled again.
func (q *Queue) unsettleLocked(e *entry) {
	q.receiveLocked(e)
	e.before, e.sealed, e.dirty = 0, false, true
	q.settleLocked(e)
}

// soilLocked says that the content is new: what was uploaded of the old one is worth nothing, but for what was sent
// ahead.
func (q *Queue) soilLocked(e *entry) {
	q.receiveLocked(e)
	q.renewLocked(e)
}

// renewLocked is soilLocked for an entry that is being received.
func (q *Queue) renewLocked(e *entry) {
	q.calledOffLocked(e, e.sentName(), nil)
	barred := e.before.Barred()
	e.gen++
	e.dirty, e.sealed, e.told, e.trusted, e.fresh, e.before, e.prev = true, false, false, false, false, 0, nil
	e.problem = nil
	if e.target == nil || !e.target.ahead {
		q.abandonLocked(e)
		q.untargetLocked(e)
		q.list.SetUploaded(e, 0)
	}
	e.started, e.finished, e.begun, e.sent = 0, 0, false, false
	q.unplaceLocked(e)
	e.sealTime, e.mark, e.changed = 0, 0, 0
	if e.labeled {
		q.labelLaterLocked(e)
	}
	q.unreadLocked(e)
	q.touchLocked()
	if barred {
		q.stageLocked(q.unbarLocked(e, commit.Change{Batch: journal.Batch{Put: []journal.Record{e.record()}}}))
	}
}

// Closed is what one writing handle did. The zero Closed is that of a handle that could not be opened.
type Closed struct {
	Changed  bool        // it was written, or its size is another
	Doubtful bool        // it may have been: nobody can tell
	Size     int64       // now
	ModTime  time.Time   // now
	Flushed  time.Time   // when the program closed it, of which the kernel tells a little later; zero: now
	Fault    string      // why the content cannot be trusted ("write answered no space left on device"); "" if it can
	Piece    bool        // the file goes on with an uploaded one whose copy is gone
	Relay    bool        // the writer is a relay such as smbd: settle longer
	Ending   Ending      // where it will be known how the writer ended; nil: nowhere
	Busy     Busy        // whether that works on; nil: nobody knows
	Mark     opened.Mark // what remembers over a kill that it was open; ended by the last Close of it
}

// Ending is how the program that wrote a drop ended. It is asked when the settle time is over, under the queue's lock,
// so it does not wait. Its type must be comparable.
type Ending interface {
	Fault() string // why the content cannot be trusted after all; "" if it can, or nobody knows
}

// Busy tells of the program that closed a drop whether it runs and works on beside it, so that it may need the file
// again. It is asked as an Ending is, and its type must be comparable, too.
type Busy interface {
	Busy() string // what the program is called; "" if it does not, or nobody knows
}

// Close says that a handle of Open was released, or could not be opened. The last one begins the settle time.
func (q *Queue) Close(id transfer.ID, c Closed) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.list.Get(id)
	if e == nil { // ignored, or deleted meanwhile
		c.Mark.Close()
		return
	}
	defer q.rememberLocked(e, c, e.before)
	known := c != Closed{}
	e.writers = max(0, e.writers-1)
	if known {
		e.relay, e.piece, e.fresh = c.Relay, c.Piece, false
	}
	switch {
	case c.Fault != "":
		e.wrote(c.Fault, nil)
		e.faulty = true
	case c.Changed: // by a writer that finished: rsync --inplace or curl -C, run again, mend what they left
		fault := ""
		if e.faulty {
			fault = e.fault()
		}
		e.wrote(fault, c.Ending)
		e.mayAwait(c.Busy)
	case c.Doubtful && !e.isBarred() && e.ending() == nil: // what is known of an earlier writer holds
		e.wrote(e.fault(), c.Ending)
		e.mayAwait(c.Busy)
	}
	changed := c.Changed || c.Fault != ""
	switch {
	case e.isBarred() && (e.State == list.Canceled && changed || c.Doubtful && !changed): // nobody has mended it
		q.rewrittenLocked(e, c.Size, c.ModTime)
	case changed || c.Doubtful && e.State != list.Canceled:
		q.soilLocked(e)
		q.resizeLocked(e, c.Size)
		e.modTime = c.ModTime.UnixNano()
	}
	switch {
	case e.State.Barred():
		q.labelLaterLocked(e) // that says no more that it is being written
		q.stageRowLocked(e)
	case e.writers > 0:
	case e.fresh && !known:
		q.unmadeLocked(e)
	case e.prev != nil && !e.dirty:
		q.revertLocked(e)
	case e.before != 0:
		q.unchangedLocked(e)
	default: // an empty file that was never written is a drop, too
		q.settleLocked(e)
		// The settle time runs from then on, so that drops are added in the order in which they were closed. Not more
		// than half of it is over by now: what is still to come needs its time.
		if late := q.now().Sub(c.Flushed); !c.Flushed.IsZero() && late > 0 {
			settle := e.Due.Sub(q.now())
			q.wakeAtLocked(e, e.Due.Add(-min(late, settle/2)))
		}
	}
}

// rememberLocked lets the mark of a handle go that was closed, of an entry that was in the state before until it was
// opened. When the journal must know first what that handle did, it goes then.
func (q *Queue) rememberLocked(e *entry, c Closed, before list.State) {
	switch {
	case e.gone:
	case c.Fault != "":
		c.Mark.Doubt()
		q.unmarkLaterLocked(e, c.Mark)
		return
	case e.isBarred() || e.fault() != "":
	// what it was for that content is nothing to this one
	case c.Changed && (before != 0 || e.labeled || q.unbarred[e.name()] > 0):
		c.Mark.Whole(c.Size, c.ModTime)
		q.unmarkLaterLocked(e, c.Mark)
		return
	}
	c.Mark.Close()
}

// Failed says that a program on whose end a drop waits has ended badly, as mark says already: it goes when the journal
// knows. The drop is held when its settle time is over.
func (q *Queue) Failed(id transfer.ID, by Ending, mark opened.Mark) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.list.Get(id)
	if e == nil || e.ending() != by {
		mark.Close()
		return
	}
	e.wrote(by.Fault(), nil)
	q.unmarkLaterLocked(e, mark)
}

// unmarkLaterLocked lets a mark go when the journal knows how the entry is now.
func (q *Queue) unmarkLaterLocked(e *entry, mark opened.Mark) {
	q.stageLocked(commit.Change{Batch: journal.Batch{Put: []journal.Record{e.record()}}, Apply: func() bool {
		mark.Close()
		return true
	}})
}

// unmadeLocked takes back an entry whose file never came to be, or was there and could not be opened.
func (q *Queue) unmadeLocked(e *entry) {
	if e.prev != nil {
		q.revertLocked(e)
		return
	}
	q.forgetLocked(e)
	q.endWaitsLocked(e, e.fate()) // who waits for all waits for nothing here
	q.stageLocked(commit.Change{Batch: journal.Batch{Delete: []uint64{uint64(e.ID)}}})
	q.scheduleLocked()
}

// rewrittenLocked notes what a writer does to a file that was canceled under its hands, or may have done to one that is
// not to be uploaded: it stays that.
func (q *Queue) rewrittenLocked(e *entry, size int64, mtime time.Time) {
	q.resizeLocked(e, size)
	e.modTime = mtime.UnixNano()
	e.dirty, e.sealed, e.told, e.trusted = true, false, false, false
	e.gen++
	q.stageRowLocked(e)
}

// unchangedLocked ends the writing of a file that got no new content: all is as it was before.
func (q *Queue) unchangedLocked(e *entry) {
	if e.replaced() && e.before != list.Canceled {
		q.supersedeLocked(e)
	} else {
		q.setLocked(e, e.before)
	}
	q.stageRowLocked(e)
	q.scheduleLocked()
}

// revertLocked puts the uploaded entry back whose file was opened again, and got no new content. If that was taken off
// the list meanwhile, the file has no other entry than this one: it is a new drop.
func (q *Queue) revertLocked(e *entry) {
	prev := e.prev
	if prev.gone {
		e.prev, e.dirty = nil, true
		q.settleLocked(e)
		return
	}
	name := e.name()
	q.forgetLocked(e)
	q.tree.put(name, prev)
	q.bequeathLocked(e, prev)
	if prev.State == list.Success {
		q.letGoLocked(prev)
		q.stoodLocked(prev)
	}
	q.stageLocked(commit.Change{Batch: journal.Batch{Delete: []uint64{uint64(e.ID)}}})
	q.scheduleLocked()
}

// settleLocked begins the settle time anew.
func (q *Queue) settleLocked(e *entry) {
	settle := q.o.Settle
	if e.relay {
		settle = q.o.RelaySettle
	}
	q.parkLocked(e, false)
	e.seal, e.fresh = nil, false
	q.wakeAtLocked(e, q.now().Add(settle))
	q.stageRowLocked(e)
}

// Changed says that the content of name changes: a truncation by path, or one through a handle.
func (q *Queue) Changed(name string, size int64, mtime time.Time) {
	if q.o.Names.Class(name) == names.Ignored {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.fileLocked(name)
	if e == nil || e.standing() == list.Success {
		e = q.newLocked(name)
	}
	if size == 0 {
		e.wrote("", nil)
		e.faulty = false // nothing is left of the content that could not be trusted
	}
	if e.State == list.Canceled && e.writers > 0 {
		q.rewrittenLocked(e, size, mtime)
		return
	}
	q.soilLocked(e)
	q.resizeLocked(e, size)
	e.modTime = mtime.UnixNano()
	if e.writers == 0 {
		q.settleLocked(e)
	}
}

// Touched says that times, mode, owner, attributes or another name of name changed, and nothing else: never a reason to
// upload again. The file looked as in before, and does as in now. If it did not look as it did when we saw it last,
// somebody else had done something to it; that stays to be noticed.
func (q *Queue) Touched(name string, before, now sameness.Print) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.fileLocked(name)
	if e == nil || e.link != "" {
		return
	}
	mark := e.mark
	if mark == before.Mark() {
		mark = now.Mark()
	}
	if e.modTime == now.ModTime && e.mark == mark {
		return
	}
	e.modTime, e.mark, e.changed = now.ModTime, mark, 0
	q.stageRowLocked(e)
}

// sawLocked notes how the entry's file looks, of which it is known that its content is the entry's.
func (e *entry) sawLocked(p sameness.Print) {
	if e.mark != p.Mark() {
		e.changed = 0
	}
	e.modTime, e.mark = p.ModTime, p.Mark()
}

// looksLocked reports whether the entry's file, which looks as in p, is what it was when its content was known last.
func (e *entry) looksLocked(p sameness.Print) bool {
	return e.Size == p.Size && e.modTime == p.ModTime && e.mark == p.Mark()
}

// stageRowLocked remembers the entry as it is, without anybody waiting for it.
func (q *Queue) stageRowLocked(e *entry) {
	if e.gone {
		return
	}
	q.stageLocked(commit.Change{Batch: journal.Batch{Put: []journal.Record{e.record()}}})
}
