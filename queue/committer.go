package queue

import (
	"errors"
	"sync"
	"time"

	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
)

// committer collects changes and writes them. Only runCommits touches the journal and the event log.
type committer struct {
	mu     sync.Mutex // guards staged; taken after Queue.mu, never the other way round
	staged []change

	wake  chan struct{} // holds one token when staged has something
	hurry chan struct{} // the same when somebody waits for it

	// The rest belongs to runCommits.
	number   uint64           // of the last outbox row
	unlogged []eventlog.Event // that the log could not take yet
	told     uint64           // the outbox rows up to this number are in the event log, once unlogged is empty
	pruned   uint64           // and those up to this are out of the outbox
	most     int              // changes in one batch, after one that failed; 0: no limit
}

const (
	// how long a change that nobody waits for may stay behind, so that many share one disk wait
	lazyDelay   = 50 * time.Millisecond
	retryCommit = time.Second // the pause after a failure. The disk may be full; what is staged stays staged
	// rows that may wait in the outbox before the event log is synced to let go of them
	outboxSlack  = 1000
	applyMost    = 1000    // changes made visible without giving the lock to others
	unloggedMost = 100_000 // events that wait for a log that cannot be written; then progress is dropped
)

func (c *committer) stage(ch change) {
	c.mu.Lock()
	c.staged = append(c.staged, ch)
	c.mu.Unlock()
	poke(c.wake)
	if ch.done != nil {
		poke(c.hurry)
	}
}

// poke leaves a token in a channel that holds one.
func poke(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// take moves what is staged behind backlog.
func (c *committer) take(backlog []change) []change {
	c.mu.Lock()
	defer c.mu.Unlock()
	backlog = append(backlog, c.staged...)
	c.staged = nil
	return backlog
}

// runCommits writes batches until stop is closed and nothing is staged any more.
func (q *Queue) runCommits(stop <-chan struct{}) {
	c := &q.commits
	var backlog []change
	for stopping := false; ; {
		if len(backlog) == 0 {
			stopping = c.idle(stop) || stopping
		}
		if backlog = c.take(backlog); len(backlog) == 0 {
			q.log(nil)
			if stopping {
				return
			}
			continue
		}
		n := len(backlog)
		if c.most > 0 {
			n = min(n, c.most)
		}
		if err := q.write(backlog[:n]); err != nil {
			for i := range backlog {
				backlog[i].answer(err)
			}
			if stopping {
				return
			}
			// A full disk may have room for one row where it has none for all, and one may be what lets a spool copy
			// go.
			c.most = max(1, n/2)
			backlog = squeeze(backlog)
			select {
			case <-time.After(retryCommit):
			case <-stop:
				stopping = true
			}
			continue
		}
		c.most *= 2
		if n == len(backlog) {
			clear(backlog)
			backlog, c.most = backlog[:0], 0
			continue
		}
		backlog = backlog[n:]
	}
}

// idle waits until something is staged, and then a moment for more, unless somebody waits for it. It reports whether
// stop is closed.
func (c *committer) idle(stop <-chan struct{}) (stopping bool) {
	var again <-chan time.Time
	if len(c.unlogged) > 0 {
		again = time.After(retryCommit)
	}
	select {
	case <-c.wake:
	case <-again:
		return false
	case <-stop:
		return true
	}
	select {
	case <-c.hurry:
	case <-time.After(lazyDelay):
	case <-stop:
		return true
	}
	return false
}

// write commits one batch.
func (q *Queue) write(changes []change) error {
	q.labelFiles()
	if b := q.batch(changes); b != nil {
		q.know(b)
		err := q.o.Journal.Commit(b)
		q.setJournalError(err)
		if err != nil {
			return err
		}
	}
	q.publish(changes)
	return nil
}

// commitFirst writes that we are at it, since a kill from here on must not look like a clean end; and in the same
// transaction what restore found: the journal is from now on younger than the files that a kill has left half written,
// and a second kill must not make these look finished. On a full disk there may be no room for that yet. Here, too,
// labels come first: of a label and a row that differ the label counts as the newer.
func (q *Queue) commitFirst() error {
	q.labelFiles()
	found := q.commits.take(nil)
	b := q.batch(found)
	if b == nil {
		b = &journal.Batch{}
	}
	b.QueueState, b.Doubt = q.state.String(), q.doubt
	q.know(b)
	err := q.o.Journal.Commit(b)
	if err == nil {
		q.publish(found)
		return nil
	}
	if len(found) == 0 {
		return err
	}
	q.o.Log.Error("the journal cannot take what was found in the spool yet", "error", err)
	q.commits.staged = found
	poke(q.commits.wake)
	return q.o.Journal.Commit(&journal.Batch{QueueState: q.state.String(), Doubt: q.doubt})
}

// publish makes what was committed visible, and logs its events.
func (q *Queue) publish(changes []change) {
	killpoint.At("commit: done")
	events := make([]eventlog.Event, 0, len(changes))
	var void []uint64
	q.mu.Lock()
	for i := range changes {
		if i%applyMost == applyMost-1 { // others want the lock, too
			q.mu.Unlock()
			q.mu.Lock()
		}
		ch := &changes[i]
		ok := ch.apply == nil || ch.apply()
		switch {
		case ch.event == nil:
		case ok:
			events = append(events, *ch.event)
		case ch.number != 0:
			void = append(void, ch.number)
		}
	}
	if len(void) > 0 {
		q.stageLocked(change{void: void})
	}
	q.mu.Unlock()
	killpoint.At("commit: visible")
	q.log(events)
	killpoint.At("commit: events logged")
	for i := range changes {
		changes[i].answer(nil)
		for _, w := range changes[i].wake {
			close(w.done)
		}
	}
	q.wakeScheduler()
}

// log appends events. A log that cannot be written must not stop the uploads: what it could not take comes before the
// next events, and until then the outbox keeps what stands in it.
func (q *Queue) log(events []eventlog.Event) {
	c := &q.commits
	late := len(c.unlogged) > 0
	c.unlogged = append(c.unlogged, events...)
	if len(c.unlogged) > 0 {
		if err := q.o.Events.Append(c.unlogged...); err != nil {
			if !late {
				q.o.Log.Error("the event log cannot be written; trying again", "error", err)
			}
			c.shed()
			return
		}
		clear(c.unlogged)
		c.unlogged = c.unlogged[:0]
	}
	c.told = c.number
}

// shed keeps what waits for the log within bounds.
func (c *committer) shed() {
	if len(c.unlogged) < unloggedMost {
		return
	}
	kept := c.unlogged[:0]
	for _, e := range c.unlogged {
		if e.Name != eventProgress {
			kept = append(kept, e)
		}
	}
	clear(c.unlogged[len(kept):])
	c.unlogged = kept
}

// pruneOutbox lets go of outbox rows whose events are on stable storage in the log, when there are more than slack.
func (q *Queue) pruneOutbox(b *journal.Batch, slack uint64) {
	c := &q.commits
	if c.told <= c.pruned+slack {
		return
	}
	if err := q.o.Events.Sync(); err != nil {
		q.o.Log.Error("event log cannot be synced", "error", err)
		return
	}
	killpoint.At("outbox: log synced")
	b.Sent, c.pruned = c.told, c.told
}

// setJournalError remembers whether the journal can be written, for the queue file and for Broken.
func (q *Queue) setJournalError(err error) {
	text := ""
	if err != nil {
		text = err.Error()
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
