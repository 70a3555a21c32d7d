package queue

import (
	"time"

	"inboxfs/queue/journal"
	"inboxfs/queue/names"
)

// Open says that a handle that can write was asked for on name, before it is opened. An upload of it is withdrawn
// here and now. It returns the entry's id, 0 for names that are never uploaded. created: the file did not exist.
func (q *Queue) Open(name string, created bool) ID {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.tree.get(name)
	class := q.o.Names.Class(name)
	if class == names.Ignored {
		return 0
	}
	if e == nil {
		e = q.newLocked(name)
	} else if e.state == Success {
		// Its copy was kept and may now get new content. Until it does, the uploaded entry stays what it is.
		prev := e
		e = q.newLocked(name)
		e.dirty, e.prev, e.before = created, prev, Success
		e.modTime = prev.modTime
		q.resizeLocked(e, prev.size)
	} else {
		q.receiveLocked(e)
		if created {
			q.soilLocked(e)
		}
	}
	e.writers++
	q.usedLocked(name)
	q.timers.remove(e)
	q.stageRowLocked(e)
	return e.id
}

// receiveLocked puts an entry whose file is open for writing, or changed, back to receiving. What it was is
// remembered, for the case that nothing was written.
func (q *Queue) receiveLocked(e *entry) {
	q.parkLocked(e, false)
	if e.state == Receiving {
		return
	}
	was := e.state
	if was == Uploading || was == Paused {
		was = Ready
	}
	q.cancelLocked(e)
	q.setLocked(e, Receiving)
	e.before = was
}

// soilLocked says that the content is new: what was uploaded of the old one is worth nothing.
func (q *Queue) soilLocked(e *entry) {
	if e.state != Receiving {
		q.receiveLocked(e)
	}
	e.gen++
	e.dirty, e.sealed, e.sealing, e.before, e.prev = true, false, false, 0, nil
	e.problem = nil
	q.abandonLocked(e)
	e.target, e.uploaded, e.started, e.finished, e.begun = nil, 0, 0, 0, false
	q.touchLocked()
}

// Closed is what one writing handle did.
type Closed struct {
	Changed bool      // content or size may differ from before
	Size    int64     // now
	ModTime time.Time // now
	Fault   string    // why the content cannot be trusted ("write answered no space left on device"); "" if it can
	Relay   bool      // the writer is a relay such as smbd: settle longer
}

// Close says that a handle of Open was released, or could not be opened. The last one begins the settle time.
func (q *Queue) Close(id ID, c Closed) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.byID[id]
	if e == nil { // ignored, or deleted meanwhile
		return
	}
	e.writers = max(0, e.writers-1)
	e.relay = c.Relay
	if e.state == Canceled {
		q.rewrittenLocked(e, c.Size, c.ModTime)
		return
	}
	if c.Changed || c.Fault != "" {
		q.soilLocked(e)
		q.resizeLocked(e, c.Size)
		e.modTime = c.ModTime.UnixNano()
	}
	if c.Fault != "" {
		e.fault = c.Fault
	}
	if e.writers > 0 {
		return
	}
	if !e.dirty {
		q.unchangedLocked(e)
		return
	}
	q.settleLocked(e)
}

// rewrittenLocked notes what a writer does to a file that was canceled under its hands: it stays canceled.
func (q *Queue) rewrittenLocked(e *entry, size int64, mtime time.Time) {
	q.resizeLocked(e, size)
	e.modTime = mtime.UnixNano()
	e.dirty, e.sealed = true, false
	e.gen++
	q.stageRowLocked(e)
}

// unchangedLocked ends the writing of a file that got no new content: all is as it was before.
func (q *Queue) unchangedLocked(e *entry) {
	switch {
	case e.prev != nil:
		prev, name := e.prev, e.name()
		q.forgetLocked(e)
		if !prev.gone && q.tree.get(name) == nil {
			q.tree.put(name, prev)
		}
		q.stageLocked(change{del: []ID{e.id}, lazy: true})
	case e.before == 0: // new, and never written: an empty file is a drop too
		e.dirty = true
		q.settleLocked(e)
	case e.before == Ready && !e.sealed:
		e.dirty = true
		q.settleLocked(e)
	default:
		problem := e.problem
		q.setLocked(e, e.before)
		if e.state != Ready {
			e.problem = problem
		}
		q.stageRowLocked(e)
		q.scheduleLocked()
	}
}

// settleLocked begins the settle time anew.
func (q *Queue) settleLocked(e *entry) {
	settle := q.o.Settle
	if e.relay {
		settle = q.o.RelaySettle
	}
	q.parkLocked(e, false)
	e.sealing = false
	q.wakeAtLocked(e, q.now().Add(settle))
	q.stageRowLocked(e)
}

// Changed says that the content of name changes: a truncation by path, or one through a handle.
func (q *Queue) Changed(name string, size int64, mtime time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.o.Names.Class(name) == names.Ignored {
		return
	}
	e := q.tree.get(name)
	if e == nil || e.state == Success {
		e = q.newLocked(name)
	}
	if e.state == Canceled && e.writers > 0 {
		q.rewrittenLocked(e, size, mtime)
		return
	}
	q.soilLocked(e)
	q.resizeLocked(e, size)
	e.modTime = mtime.UnixNano()
	if size == 0 {
		e.fault = "" // nothing is left of the content that could not be trusted
	}
	if e.writers == 0 {
		q.settleLocked(e)
	}
}

// Touched says that times, mode, owner or attributes of name changed, and nothing else: never a reason to upload again.
func (q *Queue) Touched(name string, mtime time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.tree.get(name)
	if e == nil || e.modTime == mtime.UnixNano() {
		return
	}
	e.modTime, e.touched = mtime.UnixNano(), true
	q.stageRowLocked(e)
}

// stageRowLocked remembers the entry as it is, without anybody waiting for it.
func (q *Queue) stageRowLocked(e *entry) {
	if e.gone {
		return
	}
	q.stageLocked(change{put: []journal.Record{e.record()}, lazy: true})
}
