package queue

import (
	"time"

	"inboxfs/queue/list"
)

// A drop whose writer works on beside it waits for that: the program may need the file again, and take it away. It
// stays in settling, and is looked at again when it has waited a quarter longer, at most until the program has had
// Options.WriterWait.

// mayAwait has the entry, whose content has just been written, wait for its writer once it has settled.
func (e *entry) mayAwait(busy Busy) {
	if busy == nil {
		return
	}
	if e.writing == nil {
		e.writing = &writing{}
	}
	e.writing.busy = busy
}

// awaitWriterLocked reports whether the entry, which has settled, waits for its writer, and if so has it looked at
// again.
func (q *Queue) awaitWriterLocked(e *entry) bool {
	w, now := e.writing, q.now()
	if w == nil || w.busy == nil || q.o.WriterWait <= 0 {
		return false
	}
	began := w.until.IsZero()
	if !began && !now.Before(w.until) {
		return false
	}
	if w.by = w.busy.Busy(); w.by == "" {
		return false
	}
	if began {
		w.until = now.Add(q.o.WriterWait)
		q.touchLocked()
	}
	again := now.Add(max(q.o.Settle, (q.o.WriterWait-w.until.Sub(now))/4))
	if again.After(w.until) {
		again = w.until
	}
	q.wakeAtLocked(e, again)
	return true
}

// awaited says for which program the entry waits, and until when at most; "" for none.
func (e *entry) awaited() (by string, until time.Time) {
	if e.State != list.Receiving || e.writers > 0 || e.Parked || e.seal != nil || e.writing == nil ||
		e.writing.until.IsZero() {
		return "", time.Time{}
	}
	return e.writing.by, e.writing.until
}

// awaitNoMore ends the wait for the entry's writer: somebody wants the file now.
func (e *entry) awaitNoMore() {
	if e.writing != nil {
		e.writing.busy, e.writing.until = nil, time.Time{}
	}
}
