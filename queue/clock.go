package queue

import (
	"container/heap"
	"time"

	"inboxfs/queue/names"
)

// wakeAtLocked has the clock look at the entry at that time: the end of its settle time, or of its wait before the
// next try. q.mu is held.
func (q *Queue) wakeAtLocked(e *entry, at time.Time) {
	e.due = at
	q.timers.set(e)
	if e.timed == 0 {
		poke(q.clockWake)
	}
}

// runClock looks after what is due, until stop is closed. One timer serves all entries.
func (q *Queue) runClock(stop <-chan struct{}) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		next := q.tick()
		timer.Reset(next)
		select {
		case <-timer.C:
		case <-q.clockWake:
		case <-stop:
			return
		}
	}
}

// tick handles all entries that are due and returns how long the next one has.
func (q *Queue) tick() time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	for now := q.now(); len(q.timers) > 0; {
		e := q.timers[0]
		if wait := e.due.Sub(now); wait > 0 {
			return wait
		}
		heap.Pop(&q.timers)
		switch e.state {
		case Receiving:
			q.settledLocked(e)
		case Uploading: // its wait is over
			q.ready.add(e)
			q.scheduleLocked()
		}
	}
	return time.Hour
}

// settledLocked is what happens to a drop whose settle time ran out: it waits for its name, is held, or goes on to
// stable storage.
func (q *Queue) settledLocked(e *entry) {
	switch {
	case e.writers > 0 || e.sealing:
	case e.fault != "":
		q.holdLocked(e, "WriteFailed", e.fault)
	case q.o.Names.Class(e.name()) == names.Waiting:
		q.parkLocked(e, true)
		q.idleLocked()
		q.touchLocked()
	case q.companionLocked(e) != "":
		q.parkLocked(e, true)
		q.idleLocked()
		q.wakeAtLocked(e, q.now().Add(q.o.Settle)) // nobody tells when the companion goes
	default:
		e.sealing = true
		q.sealer.add(e)
	}
}

// companionLocked is the name of the file beside the entry's with which aria2 and browsers say that it is not complete
// yet; "" when there is none.
func (q *Queue) companionLocked(e *entry) string {
	if e.source != "" {
		return ""
	}
	for _, suffix := range []string{".aria2", ".part"} {
		if c := q.tree.get(e.name() + suffix); c != nil && c.state == Receiving {
			return c.name()
		}
	}
	return ""
}

// holdLocked sets an entry aside until release or delete.
func (q *Queue) holdLocked(e *entry, code, why string) {
	e.problem = &Error{Code: code, Message: why, Hint: holdHint}
	q.setLocked(e, Held)
	q.stageRowLocked(e)
}
