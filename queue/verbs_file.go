package queue

import (
	"context"
	"strconv"
	"strings"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/transfer"
)

// Find is the entry that a user names: as #ID, or by its path below inbox. What looks like an id is one, whatever else
// is called so: or who drops a file called #7 would have it meant instead of entry 7.
func (q *Queue) Find(name string) (transfer.ID, error) {
	number, numbered := strings.CutPrefix(name, "#")
	n, err := strconv.ParseUint(number, 10, 64)
	if !numbered || err != nil {
		id, missing := q.Named(name)
		if missing != nil && numbered && number != "" {
			return 0, refuse(transfer.ErrInvalid, "%q is not a number of an entry", name)
		}
		return id, missing
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.list.Get(transfer.ID(n)) == nil {
		return 0, refuse(transfer.ErrNoEntry, "%q is not in the list", name)
	}
	return transfer.ID(n), nil
}

// Named is the entry with that path below inbox.
func (q *Queue) Named(name string) (transfer.ID, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if e := q.tree.get(name); e != nil {
		return e.ID, nil
	}
	return 0, refuse(transfer.ErrNoEntry, "%q is not in the list", name)
}

// DoFile carries out a verb for one entry and returns once that is durable.
func (q *Queue) DoFile(ctx context.Context, v Verb, id transfer.ID) error {
	if v == Delete {
		return q.delete(ctx, id)
	}
	if v == Release {
		if err := q.lookAgain(ctx, id); err != nil {
			return err
		}
	}
	q.mu.Lock()
	e, err := q.byIDLocked(id)
	if err != nil {
		q.mu.Unlock()
		return err
	}
	wait, err := q.doFileLocked(v, e)
	q.mu.Unlock()
	if err != nil || wait == nil {
		return err
	}
	killpoint.At("verb: staged")
	return wait(ctx)
}

// openLocked refuses verbs once the end has begun.
func (q *Queue) openLocked() error {
	if q.closing {
		return refuse(transfer.ErrClosed, "nothing can be changed any more")
	}
	return nil
}

// byIDLocked finds an entry for a verb.
func (q *Queue) byIDLocked(id transfer.ID) (*entry, error) {
	if err := q.openLocked(); err != nil {
		return nil, err
	}
	e := q.list.Get(id)
	if e == nil {
		return nil, refuse(transfer.ErrNoEntry, "#%d is not in the list", id)
	}
	return e, nil
}

// doFileLocked carries out a verb as fileVerbs says. wait is nil when nothing had to be remembered.
func (q *Queue) doFileLocked(v Verb, e *entry) (wait func(context.Context) error, err error) {
	eff := fileVerbs[v][e.standing()]
	if why, _ := q.whyBackLocked(e); why != "" && v == Release {
		return q.releaseBackLocked(e)
	}
	switch {
	case eff.err != nil:
		return nil, refuse(eff.err, "%s %q: %s", v, e.name(), eff.refusal(q.way, q.wordLocked(e)))
	case v == Restore && e.State == list.Canceled && e.replaced():
		return nil, refuse(transfer.ErrInvalid, "%s %q: %s; %s", v, e.name(), e.problem.Message, e.problem.Hint)
	case eff.settle:
		return nil, q.flushLocked(e)
	case eff.now:
		if e.Waits() { // it waits for its next try
			q.wakeAtLocked(e, q.now())
		}
		return nil, nil
	case list.State(eff.to) == list.Canceled:
		e.addedAlready()
		q.cancelLocked(e)
		q.calledOffLocked(e, e.sentName(), e)
		q.abandonLocked(e)
		q.dropKeyLocked(e)
		e.wrote(e.doubt(), e.ending()) // what was held is held again when it is resumed
		e.problem, e.begun = nil, false
		q.setLocked(e, list.Canceled)
		wait = q.commitLocked(commit.Change{Batch: journal.Batch{Put: []journal.Record{e.record()},
			DropParts: []uint64{uint64(e.ID)}}, Event: q.event("OnUploadCanceled", e)})
		q.scheduleLocked()
		return wait, nil
	case list.State(eff.to) == list.Ready && q.ignoredLocked(e):
		return nil, refuse(transfer.ErrInvalid,
			"%s %q: inbox.ignore names it, so it is not uploaded; give it another name", v, e.name())
	case list.State(eff.to) == list.Ready:
		return q.readmitLocked(e), nil
	}
	return nil, nil
}

// ignoredLocked reports whether a file in inbox that has ended has a name by now that is never uploaded.
func (q *Queue) ignoredLocked(e *entry) bool {
	return e.inInbox() && q.o.Names.Class(e.name()) == names.Ignored
}

// readmitLocked puts an ended entry back to where it can be uploaded: to ready, or, when its content is not known to
// be on stable storage, on the way there. What a referenced file is by now must be looked at anew.
func (q *Queue) readmitLocked(e *entry) (wait func(context.Context) error) {
	e.begun, e.finished = false, 0
	if e.tooLate() {
		e.problem = nil
	}
	if e.State == list.Held { // to release it is to trust it
		e.trusted, e.problem = true, nil
		e.wrote("", e.ending())
		q.vacatedLocked(e.name())
	}
	if e.target != nil {
		e.target.attempts, e.target.tries = 0, 0
	}
	if e.sealed && !e.dirty && e.writers == 0 && !e.foreign() && !q.tookFolderLocked(e) &&
		q.o.Names.Class(e.name()) == names.Final {
		q.setLocked(e, list.Ready)
		wait = q.commitLocked(commit.Change{Batch: journal.Batch{Put: []journal.Record{e.record()}}})
		q.scheduleLocked()
		return wait
	}
	q.setLocked(e, list.Receiving)
	e.before = 0
	wait = q.commitLocked(commit.Change{Batch: journal.Batch{Put: []journal.Record{e.record()}}})
	if e.writers == 0 {
		q.wakeAtLocked(e, q.now())
	}
	return wait
}

// flushLocked ends the settle time of an entry that is being received.
func (q *Queue) flushLocked(e *entry) error {
	switch {
	case e.writers > 0:
		return refuse(transfer.ErrBusy, "%q is still open for writing", e.name())
	case e.Parked && q.companionLocked(e) != "":
		return refuse(transfer.ErrBusy, "%q is not complete while there is %q", e.name(), q.companionLocked(e))
	case e.Parked:
		return refuse(transfer.ErrBusy, "%q has a temporary name: it waits to be renamed", e.name())
	case e.seal == nil:
		e.awaitNoMore()
		q.wakeAtLocked(e, q.now())
	}
	return nil
}

// RetryAll puts every failed entry back to ready and says how many there were.
func (q *Queue) RetryAll(ctx context.Context) (int, error) {
	q.mu.Lock()
	if err := q.openLocked(); err != nil {
		q.mu.Unlock()
		return 0, err
	}
	var failed []*entry
	if q.list.Of(list.Failure).Entries > 0 {
		for e := range q.list.All() {
			if e.State == list.Failure && !q.ignoredLocked(e) {
				failed = append(failed, e)
			}
		}
	}
	var last func(context.Context) error
	for _, e := range failed {
		last = q.readmitLocked(e)
	}
	q.mu.Unlock()
	if last == nil {
		return 0, nil
	}
	return len(failed), last(ctx)
}

// FlushAll ends the settle time of everything that is being received and not open.
func (q *Queue) FlushAll() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.list.SettleBy(q.now(), (*entry).awaitNoMore)
	q.clockWake.Ring()
}
