package queue

import (
	"time"

	"inboxfs/queue/killpoint"
	"inboxfs/queue/wake"
)

// turns adds drops in the order in which they settled, whatever their syncs take: all are synced beside each other, and
// each is added once those before it were. One that takes too long keeps the others no longer. Guarded by Queue.mu.
type turns struct {
	line  []*sealing // that were not added yet, in the order in which they settled
	first time.Time  // since when the first of them is
}

const (
	turnForeign = 5 * time.Second  // how long a look outside the spool may keep those behind it, from when it settled
	turnSync    = 30 * time.Second // how long a sync may, from when it began
	turnMost    = 5 * time.Minute  // and that of a large file, which takes longer:
	turnRate    = 16 << 20         // so many bytes a second
	turnLook    = time.Second      // how often to see whether it is too long
)

// join puts a drop that settled behind the others.
func (t *turns) join(s *sealing, now time.Time) {
	if len(t.line) == 0 {
		t.first = now
	}
	s.joined = now
	t.line = append(t.line, s)
}

// next lets the first one go.
func (t *turns) next(now time.Time) {
	t.line[0] = nil
	if t.line, t.first = t.line[1:], now; len(t.line) == 0 {
		t.line = nil
	}
}

// late reports whether the first one kept the others long enough.
func (t *turns) late(now time.Time) bool {
	s := t.line[0]
	if s.e.foreign() {
		return now.Sub(s.joined) > turnForeign
	}
	from, patience := s.began, turnSync
	if from.IsZero() { // others are synced before it
		from = t.first
	}
	if s.e.Size >= sealLarge {
		patience = min(turnMost, turnSync+time.Duration(s.e.Size/turnRate)*time.Second)
	}
	return now.Sub(from) > patience
}

// synced hands over drops whose sync or look has ended. After the end of the queue they settle anew at the next start.
func (q *Queue) synced(stop <-chan struct{}, all ...*sealing) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if wake.Closed(stop) {
		return
	}
	killpoint.At("seal: folders synced")
	for _, s := range all {
		s.synced = true
		if s.e.told { // it is tried again, and keeps the place that it had
			s.passed = true
		}
		if s.passed && !q.overtakenLocked(s) {
			q.sealedLocked(s)
		}
	}
	if q.addLocked() == 0 {
		q.clockWake.Ring()
	}
}

// addLocked adds those whose turn it is, and returns how long until somebody must look again; 0: there are more.
func (q *Queue) addLocked() (next time.Duration) {
	t := &q.turns
	for n := 0; len(t.line) > 0; n++ {
		s, now := t.line[0], q.now()
		switch {
		case n == tickMost: // others want the lock, too
			return 0
		case s.passed, q.overtakenLocked(s):
		case s.synced:
			q.sealedLocked(s)
		case !t.late(now):
			return turnLook
		default:
			s.passed = true
			q.o.Log.Warn("a file takes long to come to stable storage; those behind it are added before it", "file",
				s.e.name())
		}
		t.next(now)
	}
	return time.Hour
}
