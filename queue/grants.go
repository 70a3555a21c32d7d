package queue

import (
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// grants is what is known of files whose addresses somebody has to give (mode vod-auth, through control). A file that
// waits for that holds no place, and has no run. What was given is begun before others are asked for: it does not last.
// Guarded by Queue.mu.
type grants struct {
	asked map[*entry]struct{}      // that wait for an answer, or did
	given map[transfer.ID]struct{} // that have one, and were not begun since
}

const (
	askedLeast = 16                        // so many files may wait for an answer at once,
	askedTimes = 4                         // or so many for each place; no more are asked for
	unanswered = 20 * 365 * 24 * time.Hour // how long an answer is waited for
)

// awaitGrantLocked has an entry wait for an answer.
func (q *Queue) awaitGrantLocked(e *entry) {
	if q.grants.asked == nil {
		q.grants.asked = make(map[*entry]struct{})
	}
	q.grants.asked[e] = struct{}{}
	q.wakeAtLocked(e, q.now().Add(unanswered))
}

// Granted says that a file was given where it goes, or what for it may go on: Renewed of one file.
func (q *Queue) Granted(id transfer.ID) {
	q.mu.Lock()
	if q.grants.given == nil {
		q.grants.given = make(map[transfer.ID]struct{})
	}
	if e, err := q.byIDLocked(id); err == nil {
		q.grants.given[id] = struct{}{}
		if _, asked := q.grants.asked[e]; asked && e.State == list.Uploading && q.list.Waits(e) {
			q.wakeAtLocked(e, q.now())
		}
	}
	q.mu.Unlock()
	q.Renewed()
}

// askableLocked is first, or what is begun before it: nothing new is asked for while many wait for an answer.
func (q *Queue) askableLocked(first *entry) *entry {
	for e := range q.grants.asked {
		if e.gone || e.State != list.Uploading || !q.list.Waits(e) {
			delete(q.grants.asked, e)
		}
	}
	if len(q.grants.asked) < max(askedLeast, askedTimes*q.o.Files) {
		return first
	}
	for id := range q.grants.given {
		e, err := q.byIDLocked(id)
		if err != nil {
			delete(q.grants.given, id)
		} else if e.InLine() && (first == nil || e.Order < first.Order || !q.givenLocked(first)) {
			first = e
		}
	}
	if first == nil || !q.givenLocked(first) {
		return nil
	}
	return first
}

func (q *Queue) givenLocked(e *entry) bool {
	_, given := q.grants.given[e.ID]
	return given
}
