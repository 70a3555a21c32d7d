package queue

import (
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/wake"
)

// A run of which nothing moves waits for an answer that may never come. When others want its place it goes on waiting
// without one, so that files without an answer keep nobody else from being sent. As soon as something moves it counts
// again.

const (
	mutePatience = 3 * time.Second // how long a run keeps its place in which nothing moves
	muteAgain    = time.Second     // the same when it is not the first one, and nothing arrived since
	muteMost     = 64              // runs without a place at once, at the most
)

// mutes is what is known of such runs. Guarded by Queue.mu.
type mutes struct {
	runs   int       // that have no place
	in     int       // that lost it since something last arrived
	lookAt time.Time // none can lose its place before
}

// placesLocked is how many places are taken.
func (q *Queue) placesLocked() int { return q.active - q.mutes.runs }

// awaitedLocked reports whether entries are in line and no further one can begin before a run ends, or begins.
func (q *Queue) awaitedLocked() bool {
	ready, again := q.list.InLine()
	return (q.starting != nil || q.placesLocked() >= q.o.Files) && ready+again > 0
}

// muteLocked takes their places from runs of which nothing moves, where others want them.
func (q *Queue) muteLocked() {
	now := q.now()
	if q.state != list.Running || q.closing || !q.awaitedLocked() || now.Before(q.mutes.lookAt) {
		return
	}
	next := now.Add(q.patienceLocked()) // of those that begin only now, too
	for _, r := range q.sending {
		since, waits := r.progress.Still()
		if !waits || r.mute || q.mutes.runs >= muteMost {
			continue
		}
		if at := since.Add(q.patienceLocked()); now.Before(at) {
			next = earlier(next, at)
			continue
		}
		q.loseLocked(r)
	}
	q.mutes.lookAt = earlier(next, now.Add(q.patienceLocked()))
	q.clockWake.Ring()
}

func (q *Queue) patienceLocked() time.Duration {
	if q.mutes.in > 0 {
		return muteAgain
	}
	return mutePatience
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// loseLocked takes the place of a run.
func (q *Queue) loseLocked(r *run) {
	q.yieldLocked(r)
	r.mute = true
	r.progress.Mute(true)
	q.mutes.runs++
	q.mutes.in++
	if !wake.Closed(r.wanted) {
		close(r.wanted)
	}
	if q.starting == r {
		q.starting = nil
	}
}

// yieldLocked says what a run had of its place, for the last time or until it has it again.
func (q *Queue) yieldLocked(r *run) {
	took := q.now().Sub(r.since)
	r.held += took
	if r.failed {
		q.fair.Left(took, r.charged)
		r.charged = 0
		return
	}
	q.fair.Used(took)
}

// movesLocked counts a run again that had lost its place, though there may be no free one.
func (q *Queue) movesLocked(r *run) {
	if !r.mute {
		return
	}
	r.mute, r.since = false, q.now()
	r.progress.Mute(false)
	q.mutes.runs--
	if r.failed {
		r.charged = q.fair.Began(q.list.First() != nil)
	}
}

// moves is movesLocked for who is told that something moved, which may be late.
func (r *run) moves() {
	r.q.mu.Lock()
	defer r.q.mu.Unlock()
	if r.e.run == r {
		r.q.movesLocked(r)
	}
}
