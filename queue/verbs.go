package queue

import (
	"cmp"
	"context"
	"slices"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/hint"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// Verb is something a user asks of the queue or of one file.
type Verb uint8

const (
	Start Verb = iota + 1 + 1
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
func (v Verb) Acts(s list.State) bool {
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
	first  Verb   // what comes before; 0: nothing
}

func to[S list.State | list.QueueState](s S) effect { return effect{to: uint8(s)} }

// no refuses; first is the verb that comes before, if there is one.
func no(err error, why string, first ...Verb) effect {
	eff := effect{err: err, why: why}
	for _, v := range first {
		eff.first = v
	}
	return eff
}

// refusal is the words of a refusal: why, and the command that comes before. word is for which file.
func (eff effect) refusal(w hint.Way, word string) string {
	if eff.first == 0 {
		return eff.why
	}
	return eff.why + ": " + w.Do(eff.first.String(), word)
}

var nothing = effect{}

// queueVerbs is what the verbs for the whole queue do in each of its states.
var queueVerbs = map[Verb]map[list.QueueState]effect{
	Start: {
		list.Stopped: to(list.Running), list.Running: nothing,
		list.Halted:  no(transfer.ErrBusy, "the queue is paused", Resume),
		list.Expired: no(transfer.ErrKeyExpired, "new credentials are needed: read queue for what to do"),
	},
	Stop: {list.Stopped: nothing, list.Running: to(list.Stopped), list.Halted: to(list.Stopped),
		list.Expired: to(list.Stopped)},
	Pause: {
		list.Stopped: no(transfer.ErrBusy, "the queue is stopped, so there is nothing to pause"),
		list.Running: to(list.Halted), list.Halted: nothing, list.Expired: to(list.Halted),
	},
	Resume: {
		list.Stopped: no(transfer.ErrBusy, "the queue is stopped", Start),
		list.Running: nothing, list.Halted: to(list.Running),
		list.Expired: no(transfer.ErrKeyExpired, "new credentials are needed: read queue for what to do"),
	},
}

// fileVerbs is what the verbs for one file do in each state of it. The state of the queue makes no difference: none of
// them starts or stops it.
var fileVerbs = map[Verb]map[list.State]effect{
	Delete: {
		list.Receiving: {remove: true}, list.Ready: {remove: true}, list.Uploading: {remove: true},
		list.Paused:  {remove: true},
		list.Success: {remove: true}, list.Failure: {remove: true}, list.Canceled: {remove: true},
		list.Held: {remove: true},
	},
	Cancel: {
		list.Receiving: to(list.Canceled), list.Ready: to(list.Canceled), list.Uploading: to(list.Canceled),
		list.Paused:  to(list.Canceled),
		list.Success: no(transfer.ErrInvalid, "it has been uploaded"), list.Failure: to(list.Canceled),
		list.Canceled: nothing,
		list.Held:     to(list.Canceled),
	},
	Restore: {
		list.Receiving: nothing, list.Ready: nothing, list.Uploading: nothing, list.Paused: nothing,
		list.Success:  no(transfer.ErrInvalid, "it has been uploaded"),
		list.Failure:  no(transfer.ErrInvalid, "it has failed", Retry),
		list.Canceled: to(list.Ready), list.Held: no(transfer.ErrInvalid, "it is held", Release),
	},
	Retry: {
		list.Receiving: nothing, list.Ready: nothing, list.Uploading: {now: true}, list.Paused: nothing,
		list.Success: no(transfer.ErrInvalid, "it has been uploaded"), list.Failure: to(list.Ready),
		list.Canceled: no(transfer.ErrInvalid, "it is canceled", Restore),
		list.Held:     no(transfer.ErrInvalid, "it is held", Release),
	},
	Release: {
		list.Receiving: no(transfer.ErrBusy, "it is still being received", Flush),
		list.Ready:     nothing, list.Uploading: nothing, list.Paused: nothing,
		list.Success:  no(transfer.ErrInvalid, "it has been uploaded"),
		list.Failure:  no(transfer.ErrInvalid, "it has failed", Retry),
		list.Canceled: no(transfer.ErrInvalid, "it is canceled", Restore), list.Held: to(list.Ready),
	},
	Flush: {
		list.Receiving: {settle: true}, list.Ready: nothing, list.Uploading: nothing, list.Paused: nothing,
		list.Success:  nothing,
		list.Failure:  no(transfer.ErrInvalid, "it has failed", Retry),
		list.Canceled: no(transfer.ErrInvalid, "it is canceled", Restore),
		list.Held:     no(transfer.ErrInvalid, "it is held", Release),
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
	// It is done all the same, also where the disk hangs.
	_ = told(telling) // that the journal cannot be written is said in queue
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
		return nil, refuse(eff.err, "%s", eff.refusal(q.way, ""))
	}
	if next := list.QueueState(eff.to); next != 0 {
		return q.turnLocked(next), nil
	}
	return func(context.Context) error { return nil }, nil
}

// State is what the queue does now.
func (q *Queue) State() list.QueueState {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.state
}

// turnLocked changes what the queue does, and with it the files that are under way. Who wants to can wait until it is
// told.
func (q *Queue) turnLocked(next list.QueueState) (told func(context.Context) error) {
	q.state = next
	q.touchLocked()
	if next != list.Running {
		q.cutStreamsLocked()
	}
	for _, e := range q.underWayLocked() {
		switch next {
		case list.Running:
			q.setLocked(e, list.Ready)
		case list.Stopped:
			q.cancelLocked(e)
			q.setLocked(e, list.Ready)
			e.begun = false // it starts again, and says so
		case list.Halted, list.Expired:
			q.cancelLocked(e)
			q.setLocked(e, list.Paused)
		}
		q.stageRowLocked(e)
	}
	killpoint.At("queue state: files turned")
	told = q.commitLocked(commit.Change{Event: q.event("OnQueueState", nil, attrString("state", next.String()))})
	q.stopWaitsLocked()
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
	q.turnLocked(list.Expired)
}

// Renewed says that there are new credentials: an expired queue goes on by itself. Runs that began before may still be
// about to end with the expiry of the old ones, which means nothing any more.
func (q *Queue) Renewed() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.renewals++
	if q.state == list.Expired && !q.closing {
		q.turnLocked(list.Running)
	}
}
