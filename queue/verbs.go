package queue

import (
	"cmp"
	"context"
	"slices"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/transfer"
)

// Verb is something a user asks of the queue or of one file.
type Verb uint8

const (
	Start Verb = iota + 1
	Stop
	Pause
	Resume
	Delete
	Cancel
	Restore // resumeFile: takes a cancel back
	Retry
	Release
	Flush
)

var verbNames = [...]string{Start: "start", Stop: "stop", Pause: "pause", Resume: "resume", Delete: "deleteFile",
	Cancel: "cancelFile", Restore: "resumeFile", Retry: "retry", Release: "release", Flush: "flush"}

func (v Verb) String() string { return verbNames[v] }

// Acts reports whether a verb for one file does something in a state of it.
func (v Verb) Acts(s State) bool {
	e := fileVerbs[v][s]
	return e.err == nil && e != nothing
}

// effect is what a verb does in one state: change to a state, nothing because it is so already, or refuse.
type effect struct {
	to     uint8  // a State or QueueState; 0 with no why: nothing to do
	remove bool   // the entry goes
	settle bool   // the settle time ends
	now    bool   // the wait before the next try ends
	err    error  // the sentinel of a refusal
	why    string // and its words
}

func to[S State | QueueState](s S) effect { return effect{to: uint8(s)} }
func no(err error, why string) effect     { return effect{err: err, why: why} }

var nothing = effect{}

// queueVerbs is what the verbs for the whole queue do in each of its states.
var queueVerbs = map[Verb]map[QueueState]effect{
	Start: {
		Stopped: to(Running), Running: nothing,
		Halted:  no(transfer.ErrBusy, "the queue is paused: write resume"),
		Expired: no(transfer.ErrKeyExpired, "new credentials are needed: read queue for what to write"),
	},
	Stop: {Stopped: nothing, Running: to(Stopped), Halted: to(Stopped), Expired: to(Stopped)},
	Pause: {
		Stopped: no(transfer.ErrBusy, "the queue is stopped, so there is nothing to pause"),
		Running: to(Halted), Halted: nothing, Expired: to(Halted),
	},
	Resume: {
		Stopped: no(transfer.ErrBusy, "the queue is stopped: write start"),
		Running: nothing, Halted: to(Running),
		Expired: no(transfer.ErrKeyExpired, "new credentials are needed: read queue for what to write"),
	},
}

// fileVerbs is what the verbs for one file do in each state of it. The state of the queue makes no difference: none of
// them starts or stops it.
var fileVerbs = map[Verb]map[State]effect{
	Delete: {
		Receiving: {remove: true}, Ready: {remove: true}, Uploading: {remove: true}, Paused: {remove: true},
		Success: {remove: true}, Failure: {remove: true}, Canceled: {remove: true}, Held: {remove: true},
	},
	Cancel: {
		Receiving: to(Canceled), Ready: to(Canceled), Uploading: to(Canceled), Paused: to(Canceled),
		Success: no(transfer.ErrInvalid, "it has been uploaded"), Failure: to(Canceled), Canceled: nothing,
		Held: to(Canceled),
	},
	Restore: {
		Receiving: nothing, Ready: nothing, Uploading: nothing, Paused: nothing,
		Success:  no(transfer.ErrInvalid, "it has been uploaded"),
		Failure:  no(transfer.ErrInvalid, "it has failed: write retry"),
		Canceled: to(Ready), Held: no(transfer.ErrInvalid, "it is held: write release"),
	},
	Retry: {
		Receiving: nothing, Ready: nothing, Uploading: {now: true}, Paused: nothing,
		Success: no(transfer.ErrInvalid, "it has been uploaded"), Failure: to(Ready),
		Canceled: no(transfer.ErrInvalid, "it is canceled: write resumeFile"),
		Held:     no(transfer.ErrInvalid, "it is held: write release"),
	},
	Release: {
		Receiving: no(transfer.ErrBusy, "it is still being received: write flush to end its settle time"),
		Ready:     nothing, Uploading: nothing, Paused: nothing,
		Success:  no(transfer.ErrInvalid, "it has been uploaded"),
		Failure:  no(transfer.ErrInvalid, "it has failed: write retry"),
		Canceled: no(transfer.ErrInvalid, "it is canceled: write resumeFile"), Held: to(Ready),
	},
	Flush: {
		Receiving: {settle: true}, Ready: nothing, Uploading: nothing, Paused: nothing, Success: nothing,
		Failure:  no(transfer.ErrInvalid, "it has failed: write retry"),
		Canceled: no(transfer.ErrInvalid, "it is canceled: write resumeFile"),
		Held:     no(transfer.ErrInvalid, "it is held: write release"),
	},
}

// Do carries out a verb for the whole queue and returns once that is done and told: nothing is started any more after
// stop or pause, and what is in flight is being cut.
func (q *Queue) Do(ctx context.Context, v Verb) error {
	q.mu.Lock()
	told, err := q.doLocked(v)
	q.mu.Unlock()
	if err != nil {
		return err
	}
	telling, cancel := context.WithTimeout(ctx, tellMost)
	defer cancel()
	// it is done all the same, also where the disk hangs; a journal that cannot be written is said in queue
	_ = told(telling)
	return ctx.Err()
}

// tellMost is how long a verb for the whole queue waits at most until the log tells what it did.
const tellMost = time.Second

func (q *Queue) doLocked(v Verb) (told func(context.Context) error, err error) {
	if err := q.openLocked(); err != nil {
		return nil, err
	}
	eff := queueVerbs[v][q.state]
	if eff.err != nil {
		return nil, refuse(eff.err, "%s", eff.why)
	}
	if next := QueueState(eff.to); next != 0 {
		return q.turnLocked(next), nil
	}
	return func(context.Context) error { return nil }, nil
}

// State is what the queue does now.
func (q *Queue) State() QueueState {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.state
}

// turnLocked changes what the queue does, and with it the files that are under way. Who wants to can wait until it is
// told.
func (q *Queue) turnLocked(next QueueState) (told func(context.Context) error) {
	q.state = next
	q.touchLocked()
	if next != Running {
		q.cutStreamsLocked()
	}
	for _, e := range q.underWayLocked() {
		switch next {
		case Running:
			q.setLocked(e, Ready)
		case Stopped:
			q.cancelLocked(e)
			q.setLocked(e, Ready)
			e.begun = false // it starts again, and says so
		case Halted, Expired:
			q.cancelLocked(e)
			q.setLocked(e, Paused)
		}
		q.stageRowLocked(e)
	}
	killpoint.At("queue state: files turned")
	told = q.commitLocked(commit.Change{Event: q.event("OnQueueState", nil, attrString("state", next.String()))})
	q.scheduleLocked()
	return told
}

// underWayLocked is the entries that are uploading or paused, in order of addition.
func (q *Queue) underWayLocked() []*entry {
	return slices.SortedFunc(q.list.UnderWay(), func(a, b *entry) int { return cmp.Compare(a.Order, b.Order) })
}

// expireQueueLocked stops everything until there are new credentials: those of e alone, if VOD gives each file its own.
func (q *Queue) expireQueueLocked(e *entry, problem *transfer.Error) {
	q.expiry = problem
	q.totals.Expiries++
	if problem.Code != codeAuthExpired {
		e = nil
	}
	q.stageLocked(commit.Change{Event: q.event("OnUploadTokenExpired", e, attrString("code", problem.Code),
		attrString("message", problem.Message))})
	q.turnLocked(Expired)
}

// Renewed says that there are new credentials: an expired queue goes on by itself. Runs that began before may still be
// about to end with the expiry of the old ones, which means nothing any more.
func (q *Queue) Renewed() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.renewals++
	if q.state == Expired && !q.closing {
		q.turnLocked(Running)
	}
}
