package queue

import (
	"context"
	"slices"
	"sync"
	"time"

	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
)

// Journal is the stable storage that the queue needs; journal.Journal is one.
type Journal interface {
	Commit(*journal.Batch) error
}

// change is one step that must be remembered: rows for the journal, then what may only be visible once these are
// durable, then the event that says so. Changes are staged with Queue.mu held, so their order is the order of the
// moves; they are committed in batches, one disk wait for all that came meanwhile.
type change struct {
	put       []journal.Record
	del       []ID
	parts     []journal.PartOf
	dropParts []ID
	abort     []journal.Abort
	aborted   []uint64
	lazy      bool        // nobody waits for it: may stay behind for a moment
	apply     func() bool // runs with Queue.mu held after the commit; false: overtaken, no event
	event     *eventlog.Event
	done      chan error // receives the outcome; may be nil
}

func (c *change) rows() bool {
	return len(c.put)+len(c.del)+len(c.parts)+len(c.dropParts)+len(c.abort)+len(c.aborted) > 0
}

// committer collects changes and writes them. Only run touches the journal.
type committer struct {
	mu     sync.Mutex // guards the fields below; taken after Queue.mu, never the other way round
	staged []change
	wake   chan struct{} // holds one token when staged has something
	hurry  chan struct{} // the same when somebody waits for it
	number uint64        // of the last outbox row
	sent   uint64        // rows up to this number are in the event log
	pruned uint64        // rows up to this number are out of the outbox
}

// lazyDelay is how long a change that nobody waits for may stay behind, so that many share one disk wait.
const lazyDelay = 20 * time.Millisecond

// retryCommit is the pause after a failed commit. The disk may be full; what is staged stays staged.
const retryCommit = time.Second

func (c *committer) stage(ch change) {
	c.mu.Lock()
	c.staged = append(c.staged, ch)
	c.mu.Unlock()
	poke(c.wake)
	if !ch.lazy {
		poke(c.hurry)
	}
}

func poke(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// stageLocked hands a change to the committer. q.mu is held.
func (q *Queue) stageLocked(ch change) { q.commits.stage(ch) }

// commitLocked stages a change and returns the function that waits for it. Call it after unlocking.
func (q *Queue) commitLocked(ch change) (wait func(context.Context) error) {
	ch.done = make(chan error, 1)
	q.stageLocked(ch)
	return func(ctx context.Context) error {
		select {
		case err := <-ch.done:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// runCommits writes batches until stop is closed and nothing is staged any more.
func (q *Queue) runCommits(stop <-chan struct{}) {
	c := &q.commits
	var backlog []change
	for stopping := false; ; {
		if len(backlog) == 0 {
			select {
			case <-c.wake:
			case <-stop:
				stopping = true
			}
		}
		if !stopping {
			select {
			case <-c.hurry:
			case <-time.After(lazyDelay):
			case <-stop:
				stopping = true
			}
		}
		c.mu.Lock()
		backlog = append(backlog, c.staged...)
		c.staged = nil
		c.mu.Unlock()
		if len(backlog) == 0 {
			if stopping {
				return
			}
			continue
		}
		if err := q.write(backlog); err != nil {
			for i := range backlog {
				backlog[i].answer(err)
			}
			if stopping {
				return
			}
			select {
			case <-time.After(retryCommit):
			case <-stop:
				stopping = true
			}
			continue
		}
		clear(backlog)
		backlog = backlog[:0]
	}
}

// write commits one batch, makes it visible, and logs its events.
func (q *Queue) write(changes []change) error {
	b, logged := q.batch(changes)
	if b != nil {
		if err := q.o.Journal.Commit(b); err != nil {
			q.setJournalError(err)
			return err
		}
		q.setJournalError(nil)
	}
	events := make([]eventlog.Event, 0, len(changes))
	q.mu.Lock()
	for i := range changes {
		ok := changes[i].apply == nil || changes[i].apply()
		if ok && changes[i].event != nil {
			events = append(events, *changes[i].event)
		}
	}
	q.mu.Unlock()
	q.log(events, logged)
	for i := range changes {
		changes[i].answer(nil)
	}
	q.wakeScheduler()
	return nil
}

// batch puts the rows of all changes into one transaction; nil when there are none. Events that belong to rows go to
// the outbox in the same transaction: after a crash between it and the event log they are logged then.
func (q *Queue) batch(changes []change) (b *journal.Batch, last uint64) {
	b = &journal.Batch{}
	any := false
	for i := range changes {
		ch := &changes[i]
		if !ch.rows() {
			continue
		}
		any = true
		b.Put = append(b.Put, ch.put...)
		for _, id := range ch.del {
			b.Delete = append(b.Delete, uint64(id))
		}
		b.Parts = append(b.Parts, ch.parts...)
		for _, id := range ch.dropParts {
			// A batch drops parts before it adds any: those that came earlier than the drop must not survive it.
			b.Parts = slices.DeleteFunc(b.Parts, func(p journal.PartOf) bool { return p.ID == uint64(id) })
			b.DropParts = append(b.DropParts, uint64(id))
		}
		b.Abort = append(b.Abort, ch.abort...)
		b.Aborted = append(b.Aborted, ch.aborted...)
		if ch.event != nil {
			q.commits.number++
			b.Outbox = append(b.Outbox, journal.Pending{N: q.commits.number, Line: packEvent(ch.event)})
		}
	}
	if !any {
		return nil, 0
	}
	q.pruneOutbox(b, outboxSlack)
	q.mu.Lock()
	b.NextID, b.NextOrder = uint64(q.nextID)+1, q.nextOrder+1
	q.mu.Unlock()
	return b, q.commits.number
}

// outboxSlack is how many rows may wait in the outbox before the event log is synced to let go of them.
const outboxSlack = 1000

// pruneOutbox lets go of outbox rows whose events are on stable storage in the log, when there are more than slack.
func (q *Queue) pruneOutbox(b *journal.Batch, slack uint64) {
	c := &q.commits
	if c.sent-c.pruned <= slack {
		return
	}
	if err := q.o.Events.Sync(); err != nil {
		q.o.Log.Error("event log cannot be synced", "error", err)
		return
	}
	b.Sent, c.pruned = c.sent, c.sent
}

// log appends events. A log that cannot be written must not stop the uploads: the outbox keeps what stands in it, the
// error is shown in the queue file, and the daemon's own log has it.
func (q *Queue) log(events []eventlog.Event, outbox uint64) {
	if len(events) > 0 {
		if err := q.o.Events.Append(events...); err != nil {
			q.o.Log.Error("event log cannot be written", "error", err)
			return
		}
	}
	if outbox > 0 {
		q.commits.sent = outbox
	}
}

func (c *change) answer(err error) {
	if c.done != nil {
		select {
		case c.done <- err:
		default: // answered before: the first commit failed and the waiter was told
		}
	}
}
