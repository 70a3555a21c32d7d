package queue

import (
	"context"
	"fmt"
	"slices"

	"inboxfs/queue/commit"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// waiter is one wait verb: for one entry, or for all.
type waiter struct {
	done chan struct{}
	on   *entry // nil: for all
	bad  string // a file that ended as anything but success, and how: the first one that failed, or else the first one
	// how many files so ended, of those that all are waited for
	failed, held, canceled int
	stopped                error // why it would never end, where the queue was stopped meanwhile
}

// Wait blocks until the entry ended and the log says so, or ctx does. nil: it was uploaded. ErrEnded: it ended
// otherwise.
func (q *Queue) Wait(ctx context.Context, id transfer.ID) error {
	q.mu.Lock()
	e, err := q.byIDLocked(id)
	if err != nil {
		q.mu.Unlock()
		return err
	}
	if e.State.Ended() {
		fate, told := e.fate(), q.commitLocked(commit.Change{})
		q.mu.Unlock()
		if err := told(ctx); ctx.Err() != nil { // another error keeps nobody from knowing how it ended
			return err
		}
		if fate != "" {
			return refuse(transfer.ErrEnded, "%s", fate)
		}
		return nil
	}
	if why := q.stuckLocked(e); why != "" {
		q.mu.Unlock()
		return refuse(transfer.ErrEnded, "%s", why)
	}
	if err := q.stoppedLocked(); err != nil {
		q.mu.Unlock()
		return err
	}
	w := &waiter{done: make(chan struct{}), on: e}
	q.waiters[e] = append(q.waiters[e], w)
	q.mu.Unlock()
	defer q.unwait(w)
	return q.wait(ctx, w)
}

// stoppedLocked is why nothing that is pending can be waited for; nil when it can.
func (q *Queue) stoppedLocked() error {
	if q.state != list.Stopped {
		return nil
	}
	return refuse(transfer.ErrBusy, "the queue is stopped, so this would never end; before it: %s",
		q.way.Do(Start.String(), ""))
}

// WaitAll blocks until nothing is being received, ready, uploading or paused. ErrEnded: a file that ended meanwhile
// ended as anything but success. One that somebody deleted is none of these: he wanted it so. ErrBusy: the queue is
// stopped, and there is something to wait for.
func (q *Queue) WaitAll(ctx context.Context) error {
	q.mu.Lock()
	if q.closing {
		q.mu.Unlock()
		return refuse(transfer.ErrClosed, "nothing can be waited for")
	}
	if err := q.stoppedLocked(); err != nil && q.leftLocked() > 0 {
		q.mu.Unlock()
		return err
	}
	w := &waiter{done: make(chan struct{})}
	q.waiters[nil] = append(q.waiters[nil], w)
	q.idleLocked()
	q.mu.Unlock()
	defer q.unwait(w)
	return q.wait(ctx, w)
}

// stopWaitsLocked ends the waits that a stopped queue would never end.
func (q *Queue) stopWaitsLocked() {
	why := q.stoppedLocked()
	if why == nil {
		return
	}
	for on, waiters := range q.waiters {
		if on == nil && q.leftLocked() == 0 {
			continue
		}
		for _, w := range waiters {
			w.stopped = why
		}
		q.wakeLocked(on)
	}
}

// unwait takes a waiter off its list, should it have given up.
func (q *Queue) unwait(w *waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	others := slices.DeleteFunc(q.waiters[w.on], func(other *waiter) bool { return w == other })
	if q.waiters[w.on] = others; len(others) == 0 {
		delete(q.waiters, w.on)
	}
}

func (q *Queue) wait(ctx context.Context, w *waiter) error {
	select {
	case <-w.done:
	case <-q.drain:
		return refuse(transfer.ErrClosed, "inboxfs is stopping; nothing is lost")
	case <-ctx.Done():
		return ctx.Err()
	}
	if w.stopped != nil {
		return w.stopped
	}
	if w.bad != "" {
		return refuse(transfer.ErrEnded, "%s%s", w.bad, w.others())
	}
	return nil
}

// others says how many files ended as anything but success, if it is more than the one that is named.
func (w *waiter) others() string {
	if w.failed+w.held+w.canceled < 2 {
		return ""
	}
	return fmt.Sprintf("; in all %d failed, %d held, %d canceled", w.failed, w.held, w.canceled)
}

// ended takes note of how one of all files ended.
func (w *waiter) ended(e *entry, fate string) {
	if w.bad == "" || e.State == list.Failure && w.failed == 0 {
		w.bad = fate
	}
	switch e.State {
	case list.Failure:
		w.failed++
	case list.Held:
		w.held++
	case list.Canceled:
		w.canceled++
	}
}

// fate is how an entry ended, in words; "" when it was uploaded.
func (e *entry) fate() string {
	switch {
	case e.gone && e.State != list.Success:
		return fmt.Sprintf("%q was deleted", e.name())
	case e.State == list.Success:
		return ""
	case e.problem != nil:
		return fmt.Sprintf("%q is %v: %v", e.name(), e.State, e.problem)
	}
	return fmt.Sprintf("%q is %v", e.name(), e.State)
}

// endedLocked tells those who wait how an entry ended.
func (q *Queue) endedLocked(e *entry) {
	fate := e.fate()
	q.endWaitsLocked(e, fate)
	if fate == "" || e.gone {
		return
	}
	for _, w := range q.waiters[nil] {
		w.ended(e, fate)
	}
}

// endWaitsLocked tells those who wait for this entry.
func (q *Queue) endWaitsLocked(e *entry, fate string) {
	for _, w := range q.waiters[e] {
		w.bad = fate
	}
	q.wakeLocked(e)
}

// wakeLocked ends the waits for an entry, or for all, but not before the events of what is happening now are in the
// log: who waited looks there next. They are staged by whoever holds the lock, so the waits end with a change that is
// staged after it was given up.
func (q *Queue) wakeLocked(on *entry) {
	waiters := q.waiters[on]
	if len(waiters) == 0 {
		return
	}
	delete(q.waiters, on)
	q.stageLocked(commit.Change{Soon: true, Apply: func() bool {
		q.stageLocked(commit.Change{Soon: true, Told: func() {
			for _, w := range waiters {
				close(w.done)
			}
		}})
		return true
	}})
}

// bequeathLocked has those who wait for e wait for heir, in which it goes on.
func (q *Queue) bequeathLocked(e, heir *entry) {
	if waiters := q.waiters[e]; len(waiters) > 0 {
		for _, w := range waiters {
			w.on = heir
		}
		q.waiters[heir] = append(q.waiters[heir], waiters...)
		delete(q.waiters, e)
	}
	if heir.State.Ended() {
		q.endedLocked(heir)
	}
}
