package queue

import (
	"strings"
	"time"

	"inboxfs/queue/killpoint"
	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/transfer"
)

// wakeAtLocked has the clock look at the entry at that time: the end of its settle time, or of its wait before the
// next try. q.mu is held.
func (q *Queue) wakeAtLocked(e *entry, at time.Time) {
	if q.list.Wake(e, at) {
		q.clockWake.Ring()
	}
}

// runClock looks after what is due, until stop is closed. One timer serves all entries.
func (q *Queue) runClock(stop <-chan struct{}) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(q.tick())
		select {
		case <-timer.C:
		case <-q.clockWake:
		case <-stop:
			return
		}
	}
}

// tickMost is how many entries one tick handles: others want the lock, too.
const tickMost = 1000

// tick handles the entries that are due and returns how long the next one has.
func (q *Queue) tick() (next time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now, next := q.now(), time.Hour
	for n := 0; ; n++ {
		if n == tickMost {
			return 0
		}
		e, wait, ok := q.list.Settled(now)
		if !ok {
			next = min(next, wait)
			break
		}
		q.settledLocked(e)
	}
	for n := 0; ; n++ {
		if n == tickMost {
			return 0
		}
		e, wait, ok := q.list.ToRetry(now, q.hurry > 0)
		if !ok {
			next = min(next, wait)
			break
		}
		q.hurry = max(0, q.hurry-1)
		q.list.LineUp(e)
	}
	if q.list.Retrying() == 0 {
		q.hurry = 0
	}
	next = min(next, q.addLocked(), q.fadeLocked(now), q.endAloneLocked(now))
	q.scheduleLocked()
	if wait := q.lookAt.Sub(now); wait > 0 {
		next = min(next, wait)
	}
	if wait := q.mutes.lookAt.Sub(now); wait > 0 && q.awaitedLocked() {
		next = min(next, wait)
	}
	return next
}

// hurryNext is how many need not wait any more when another try of a file that failed brought something: where many
// requests fail, but not all, files need many tries. Those that fail for ever are tried the more often only as others
// get through.
const hurryNext = 3

// hurryLocked ends the waits of n entries that wait for another try, as the way is open.
func (q *Queue) hurryLocked(n int) {
	if q.hurry = max(q.hurry, min(n, q.list.Retrying())); q.hurry > 0 {
		q.clockWake.Ring()
	}
}

// settledLocked is what happens to a drop whose settle time ran out: it waits for its name, is held, or goes on to
// stable storage.
func (q *Queue) settledLocked(e *entry) {
	if ending := e.ending(); e.writers == 0 && e.fault() == "" && ending != nil {
		if fault := ending.Fault(); fault != "" {
			e.wrote(fault, ending)
		}
	}
	switch {
	case e.writers > 0 || e.seal != nil:
	case e.fault() != "":
		q.holdLocked(e, codeFault, e.fault())
	case q.o.Names.Class(e.name()) == names.Waiting:
		q.parkLocked(e, true)
	case q.companionLocked(e) != "":
		q.parkLocked(e, true) // until aloneLocked
		q.awaitHalfLocked(e)
	case q.awaitWriterLocked(e): // it is looked at again
	case q.tookFolderLocked(e):
		q.holdForLocked(e, &transfer.Error{Code: codeFolder, Message: tookFolder, Hint: folderHint})
	default:
		e.wrote("", nil)
		e.seal = newSealing(e)
		q.turns.Join(e.seal, q.now())
		q.sealer.Add(e.seal)
		killpoint.At("settle: over")
	}
}

// companions are the ends of the names with which aria2, browsers, pages in browsers, axel and lftp say that the file
// beside is not complete yet.
var companions = []string{".aria2", ".part", ".crswap", ".st", ".lftp-pget-status"}

// companionLocked is the name of the file that says so of the entry's; "" when there is none.
func (q *Queue) companionLocked(e *entry) string {
	if !e.inInbox() {
		return ""
	}
	for _, suffix := range companions {
		if c := q.fileLocked(e.name() + suffix); c != nil && c.standing() != list.Success {
			return c.name()
		}
	}
	if half := q.halfBesideLocked(e); half != nil {
		return half.name()
	}
	return ""
}

// aloneLocked says that what was called name is not there any more, or is uploaded: a file that waits beside it
// settles.
func (q *Queue) aloneLocked(name string) {
	for _, suffix := range companions {
		if of, is := strings.CutSuffix(name, suffix); is {
			if e := q.fileLocked(of); e != nil && e.Parked {
				q.settleLocked(e)
			}
		}
	}
	q.halfGoneLocked(name)
}

// holdLocked sets an entry aside until release or delete.
func (q *Queue) holdLocked(e *entry, code, why string) {
	hint := holdHint
	if e.piece {
		hint = pieceToo
	}
	q.holdForLocked(e, &transfer.Error{Code: code, Message: why, Hint: hint})
}

func (q *Queue) holdForLocked(e *entry, problem *transfer.Error) {
	e.problem = problem
	e.wrote(e.fault(), nil)
	q.setLocked(e, list.Held)
	q.stageRowLocked(e)
}
