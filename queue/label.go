package queue

import (
	"sync"

	"inboxfs/queue/commit"
	"inboxfs/queue/list"
	"inboxfs/queue/spool"
	"inboxfs/queue/wake"
)

// labels has the files of entries that failed, were canceled or are held say so themselves (spool.Label): the journal
// may be lost, or an older one, or a moment behind a rename.
//
//	state change --due--> label on the file --> row and event in the journal --> told
//
// A label goes in the same way, before the journal knows: it belongs to the content, and goes when it is decided that
// this may be uploaded, or when it is another. Of one that was opened and not written it stays, and of one that is to
// be held again.
type labels struct {
	mu sync.Mutex // held while one file is looked after; taken before a Guard

	changes  uint64   // how often any was changed, or what can have none was barred; guarded by Queue.mu, like the rest
	due      []*entry // each has labelDue
	backlog  []*entry // had no label when the queue began, and should; less urgent
	complete bool     // what should have a label has one, but for those that are due
	failing  bool     // a label could not be changed, which was said
}

// isBarred reports whether the entry is that, also while somebody has its file open who has written nothing.
func (e *entry) isBarred() bool {
	return e.State.Barred() || e.State == list.Receiving && e.before.Barred()
}

// labelLaterLocked has the label of the entry's file brought in step, before anything that is staged from now on is
// told.
func (q *Queue) labelLaterLocked(e *entry) {
	if !e.labelDue {
		e.labelDue = true
		q.labels.due = append(q.labels.due, e)
	}
}

// labelLocked is the label that the entry's file should have, with no state if none. keep: it is as it should be.
func (e *entry) labelLocked() (l spool.Label, keep bool) {
	l.ID = uint64(e.ID)
	if e.gone || e.foreign() || e.isLoose() || e.bare {
		return l, true
	}
	if e.State.Barred() {
		r := e.record()
		l.State, l.Code, l.Message, l.Hint, l.Fault = r.State, r.Code, r.Message, r.Hint, r.Fault
		return l, false
	}
	return l, e.State == list.Receiving && (e.before.Barred() || e.fault() != "") || !e.labeled
}

// labelFiles brings all labels that are due in step, and returns when that is done.
func (q *Queue) labelFiles() {
	for more := true; more; {
		more = q.labelNext(func() (e *entry) {
			if len(q.labels.due) > 0 {
				e, q.labels.due = q.labels.due[0], q.labels.due[1:]
			} else {
				q.labels.due = nil
			}
			return e
		})
	}
}

// labelNext looks after one entry, that which next takes from a list, and reports whether there was one.
func (q *Queue) labelNext(next func() *entry) bool {
	q.labels.mu.Lock()
	defer q.labels.mu.Unlock()
	q.mu.Lock()
	defer q.mu.Unlock()
	e := next()
	if e == nil {
		return false
	}
	unlock := q.guardEntryLocked(e)
	defer unlock()
	e.labelDue = false
	l, keep := e.labelLocked()
	if e.link != "" && e.State.Barred() {
		q.labels.changes++
	}
	if keep {
		return true
	}
	q.labels.changes++
	name, full := e.name(), l
	full.Changed = e.changed
	q.mu.Unlock()
	before, now, there, err := spool.Relabel(q.o.Inbox, name, full)
	q.mu.Lock()
	defer func() {
		if now, keep := e.labelLocked(); !keep && now != l { // it is another meanwhile
			q.labelLaterLocked(e)
		}
	}()
	if err != nil {
		e.labeled = true // perhaps
		q.unlabeledLocked(name, err)
		return true
	}
	e.labeled = there && l.State != ""
	if there && e.mark == before.Mark() && e.mark != 0 && before != now {
		e.mark = now.Mark()
		if e.changed == 0 {
			e.changed = before.ChangeTime
		}
		q.stageRowLocked(e)
	}
	return true
}

// unlabeledLocked notes that a file does not say what it should.
func (q *Queue) unlabeledLocked(name string, err error) {
	q.labels.complete = false
	if !q.labels.failing {
		q.labels.failing = true
		q.o.Log.Warn("a file in the spool cannot be marked as one that is not to be uploaded; "+
			"should the journal be lost, all that is in the spool is held",
			"file", name, "error", err)
	}
}

// runLabels labels what has no label and should, which is so after the journal was lost or an older program was here.
func (q *Queue) runLabels(stop <-chan struct{}) {
	q.labelFiles()
	for more := true; more && !wake.Closed(stop); {
		more = q.labelNext(func() (e *entry) {
			if len(q.labels.backlog) > 0 {
				e, q.labels.backlog = q.labels.backlog[0], q.labels.backlog[1:]
			}
			return e
		})
	}
	works := spool.LabelsWork(q.o.Inbox)
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case len(q.labels.backlog) > 0 || q.labels.failing || q.labels.complete:
	case works != nil:
		q.unlabeledLocked("", works)
	default:
		q.labels.complete = true
		q.stageLocked(commit.Change{Anyway: true})
	}
}
