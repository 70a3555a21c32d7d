package queue

import (
	"time"

	"inboxfs/queue/killpoint"
	"inboxfs/queue/seal"
	"inboxfs/queue/wake"
)

// turnLook is how often to see whether what others wait for takes too long.
const turnLook = time.Second

// synced hands over drops whose sync or look has ended. After the end of the queue they settle anew at the next start.
func (q *Queue) synced(stop <-chan struct{}, all ...*sealing) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if wake.Closed(stop) {
		return
	}
	killpoint.At("seal: folders synced")
	for _, s := range all {
		// what is tried again keeps the place that it had
		if s.Synced(s.e.told) && !q.overtakenLocked(s) {
			q.sealedLocked(s)
		}
	}
	if q.addLocked() == 0 {
		q.clockWake.Ring()
	}
}

// addLocked adds those whose turn it is, and returns how long until somebody must look again; 0: there are more.
func (q *Queue) addLocked() (next time.Duration) {
	wanted := func(s *sealing) bool { return !q.overtakenLocked(s) }
	for range tickMost {
		switch s, turn := q.turns.Next(q.now(), wanted); turn {
		case seal.Nobody:
			return time.Hour
		case seal.Waits:
			return turnLook
		case seal.Add:
			q.sealedLocked(s)
		case seal.TooLong:
			q.o.Log.Warn("a file takes long to come to stable storage; those behind it are added before it", "file",
				s.e.name())
		}
	}
	if q.turns.Len() == 0 {
		return time.Hour
	}
	return 0 // others want the lock, too
}
