package commit

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/transfer"
	"inboxfs/queue/wake"
)

// Journal is the stable storage of the rows; journal.Journal is one.
type Journal interface {
	Commit(*journal.Batch) error
}

// Events is where events are told; eventlog.Log is one.
type Events interface {
	Append(...eventlog.Event) error // all of them or none
	Sync() error
	Tail(bytes int64) ([]byte, error) // the newest lines
	LastSeq() uint64                  // the number of the newest
	GoOn(last uint64, missing int)    // behind what was told, though it may be gone
}

// Options is what a Committer works with. The functions are called by Run, First, Recover and Last only, one at a time.
type Options struct {
	Journal Journal
	Events  Events
	Log     *slog.Logger
	Visible sync.Locker // guards what Apply changes; Stage is called with it held, or before Run
	Before  func()      // ahead of each batch
	// adds to a batch what only the owner knows: the next ids, keys, what goes before
	Complete func(*journal.Batch)
	Outcome  func(error)               // of each try to write a batch
	After    func()                    // behind each batch, when all is told
	Minor    func(eventlog.Event) bool // reports whether an event may be dropped when too many wait
}

// Committer collects changes and writes them.
type Committer struct {
	o Options

	mu     sync.Mutex // guards staged; taken after Options.Visible, never the other way round
	staged []Change

	wake  wake.Bell     // holds one token when staged has something
	hurry wake.Bell     // the same when somebody waits for it
	over  chan struct{} // closed when nothing is written any more

	// The rest belongs to whoever writes: First and Recover, then Run, then Last.
	number   uint64           // of the last outbox row
	unlogged []eventlog.Event // that the log could not take yet
	told     uint64           // the outbox rows up to this number are in the event log, once unlogged is empty
	pruned   uint64           // and those up to this are out of the outbox
	most     int              // changes in one batch, after one that failed; 0: no limit
}

const (
	// how long a change that nobody waits for may stay behind, so that many share one disk wait
	lazyDelay = 50 * time.Millisecond
	retry     = time.Second // the pause after a failure. The disk may be full; what is staged stays staged
	applyMost = 1000        // changes made visible without giving the lock to others
)

// New returns a Committer on which Recover, First and Run are called, in this order.
func New(o Options) *Committer {
	return &Committer{o: o, wake: wake.NewBell(), hurry: wake.NewBell(), over: make(chan struct{})}
}

// Stage hands over a change. It does not wait.
func (c *Committer) Stage(ch Change) {
	c.mu.Lock()
	c.staged = append(c.staged, ch)
	c.mu.Unlock()
	c.wake.Ring()
	if ch.done != nil || ch.Soon {
		c.hurry.Ring()
	}
}

// StageAwaited is Stage for a change of which the outcome is wanted. wait returns it: nil once all is told, or why the
// journal could not take it, though that is tried again; or ctx's error. Options.Visible must not be held then.
func (c *Committer) StageAwaited(ch Change) (wait func(context.Context) error) {
	ch.done = make(chan error, 1)
	c.Stage(ch)
	return func(ctx context.Context) error {
		select {
		case err := <-ch.done:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-c.over:
		}
		select {
		case err := <-ch.done: // by the last commit
			return err
		default:
			return fmt.Errorf("%w: it may not have been remembered", transfer.ErrClosed)
		}
	}
}

// take moves what is staged behind backlog. An empty backlog's memory takes what is staged next, unless it is large.
func (c *Committer) take(backlog []Change) []Change {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(backlog) == 0 && cap(backlog) <= applyMost {
		backlog, c.staged = c.staged, backlog
		return backlog
	}
	backlog = append(backlog, c.staged...)
	c.staged = nil
	return backlog
}

// Run writes batches until stop is closed and nothing is staged any more, or the journal fails after that.
func (c *Committer) Run(stop <-chan struct{}) {
	defer close(c.over)
	var backlog []Change
	for stopping := false; ; {
		if len(backlog) == 0 {
			stopping = c.idle(stop) || stopping
		}
		if backlog = c.take(backlog); len(backlog) == 0 {
			c.log(nil)
			if stopping {
				return
			}
			continue
		}
		n := len(backlog)
		if c.most > 0 {
			n = min(n, c.most)
		}
		if err := c.write(backlog[:n]); err != nil {
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
			case <-time.After(retry):
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
func (c *Committer) idle(stop <-chan struct{}) (stopping bool) {
	var again <-chan time.Time
	if len(c.unlogged) > 0 {
		again = time.After(retry)
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
func (c *Committer) write(changes []Change) error {
	c.o.Before()
	if b := c.batch(changes); b != nil {
		err := c.o.Journal.Commit(b)
		c.o.Outcome(err)
		if err != nil {
			return err
		}
	}
	c.publish(changes)
	return nil
}

// publish makes what was committed visible, and logs its events.
func (c *Committer) publish(changes []Change) {
	killpoint.At("commit: done")
	events := make([]eventlog.Event, 0, len(changes))
	var void []journal.Pending // outbox rows whose events never came true
	c.o.Visible.Lock()
	for i := range changes {
		if i%applyMost == applyMost-1 { // others want the lock, too
			c.o.Visible.Unlock()
			c.o.Visible.Lock()
		}
		ch := &changes[i]
		ok := ch.Apply == nil || ch.Apply()
		switch {
		case ch.Event == nil:
		case ok:
			events = append(events, *ch.Event)
		case ch.number != 0:
			void = append(void, journal.Pending{N: ch.number})
		}
	}
	if len(void) > 0 {
		c.Stage(Change{Batch: journal.Batch{Outbox: void}})
	}
	c.o.Visible.Unlock()
	killpoint.At("commit: visible")
	c.log(events)
	killpoint.At("commit: events logged")
	for i := range changes {
		changes[i].answer(nil)
		if changes[i].Told != nil {
			changes[i].Told()
		}
	}
	c.o.After()
}
