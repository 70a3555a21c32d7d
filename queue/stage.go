package queue

import (
	"context"
	"errors"

	"inboxfs/queue/commit"
	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
)

// newCommitter is what makes the queue's changes durable, visible and told.
func (q *Queue) newCommitter() *commit.Committer {
	return commit.New(commit.Options{Journal: q.o.Journal, Events: q.o.Events, Log: q.o.Log, Visible: &q.mu,
		Before: q.labelFiles, Complete: q.completeBatch, Outcome: q.setJournalError, After: q.wakeScheduler,
		Minor: func(e eventlog.Event) bool { return e.Name == eventProgress }})
}

// stageLocked hands a change to the committer. q.mu is held.
func (q *Queue) stageLocked(ch commit.Change) { q.commits.Stage(q.withDueLocked(ch)) }

// commitLocked stages a change and returns the function that waits for it. Call it after unlocking.
func (q *Queue) commitLocked(ch commit.Change) (wait func(context.Context) error) {
	return q.commits.StageAwaited(q.withDueLocked(ch))
}

// withDueLocked adds to a change what goes with the next one.
func (q *Queue) withDueLocked(ch commit.Change) commit.Change {
	if len(q.moves) > 0 { // each row must say which of them its name has followed
		for i := range ch.Put {
			ch.Put[i].Moves = q.lastMove
		}
	}
	if due := q.taken.due; len(due) > 0 {
		ch.Taken, q.taken.due = due, nil
	}
	if due := q.given.due; len(due) > 0 {
		ch.Given, q.given.due = due, nil
	}
	return ch
}

// completeBatch adds to a batch what no single change knows.
func (q *Queue) completeBatch(b *journal.Batch) {
	q.foresee(b.Put)
	q.mu.Lock()
	b.NextID, b.NextOrder = uint64(q.list.LastID)+1, q.list.LastOrder+1
	q.mu.Unlock()
	q.know(b)
}

// setJournalError remembers whether the journal can be written, for the queue file and for Broken.
func (q *Queue) setJournalError(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	} else {
		q.known.heard()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err != nil {
		q.totals.JournalErrors++
	}
	if errors.Is(err, journal.ErrBroken) && !q.isBroken {
		q.isBroken = true
		close(q.broken)
	}
	if q.journalError == text {
		return
	}
	if err != nil {
		q.o.Log.Error("the journal cannot be written; trying again", "error", err)
	} else {
		q.o.Log.Info("the journal can be written again")
	}
	q.journalError = text
	q.touchLocked()
}
