package queue

import (
	"context"

	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
	"inboxfs/queue/transfer"
)

// Journal is the stable storage that the queue needs; journal.Journal is one.
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

// change is one step that must be remembered: rows for the journal, then what may only be visible once these are
// durable, then the event that says so. Changes are staged with Queue.mu held, so their order is the order of the
// moves; they are committed in batches, one disk wait for all that came meanwhile.
type change struct {
	put        []journal.Record
	del        []transfer.ID
	parts      []journal.PartOf
	dropParts  []transfer.ID
	abort      []journal.Abort
	aborted    []uint64
	moves      []journal.Move
	moved      []uint64
	taken      []journal.Taken
	late       []journal.Late
	busySince  *int64      // Queue.busySince; nil: as it was
	void       []uint64    // outbox rows whose events never came true
	instance   instance    // in which the inbox is
	takenUntil uint32      // see journal.Batch
	labeled    bool        // the spool is to say how complete its labels are
	apply      func() bool // runs with Queue.mu held after the commit; false: overtaken, no event
	event      *eventlog.Event
	number     uint64     // of the event's outbox row, from the first attempt to commit it on; 0: it has none
	wake       []*waiter  // whose waits end when all events up to here are logged
	done       chan error // receives the outcome; nil: nobody waits, and it may stay behind for a moment
}

// rows reports whether there is anything for the journal.
func (c *change) rows() bool {
	return len(c.put)+c.rest() > 0 || c.event != nil
}

// onlyPuts reports whether all that the change does is to remember how entries are.
func (c *change) onlyPuts() bool {
	return c.rest() == 0 && c.apply == nil && c.event == nil && c.done == nil
}

// rest is how much there is for the journal beside the entries' rows and an event.
func (c *change) rest() int {
	n := len(c.del) + len(c.parts) + len(c.dropParts) + len(c.abort) + len(c.aborted) + len(c.moves) + len(c.moved) +
		len(c.taken) +
		len(c.late) + len(c.void) + len(c.instance)
	if c.busySince != nil || c.takenUntil != 0 || c.labeled {
		n++
	}
	return n
}

// answer tells who waits for the change. Only the first answer counts: when a commit failed the waiter hears that,
// though it is tried again.
func (c *change) answer(err error) {
	if c.done != nil {
		select {
		case c.done <- err:
		default:
		}
	}
}

// stageLocked hands a change to the committer. q.mu is held.
func (q *Queue) stageLocked(ch change) {
	if len(q.moves) > 0 { // each row must say which of them its name has followed
		for i := range ch.put {
			ch.put[i].Moves = q.lastMove
		}
	}
	if due := q.taken.due; len(due) > 0 {
		ch.taken, q.taken.due = due, nil
	}
	q.commits.stage(ch)
}

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
		case <-q.over:
		}
		select {
		case err := <-ch.done: // by the last commit
			return err
		default:
			return refuse(transfer.ErrClosed, "it may not have been remembered")
		}
	}
}

// batch puts the rows of all changes into one transaction; nil when there are none. Events go to the outbox in the same
// transaction: after a crash between it and the event log they are logged then.
func (q *Queue) batch(changes []change) *journal.Batch {
	b := &journal.Batch{}
	anything, told := false, len(q.commits.unlogged)
	dropped := make(map[uint64]int) // entry: how many parts stood in b when its parts were dropped
	for i := range changes {
		ch := &changes[i]
		if !ch.rows() {
			continue
		}
		anything = true
		b.Put = append(b.Put, ch.put...)
		for _, id := range ch.del {
			b.Delete = append(b.Delete, uint64(id))
		}
		b.Parts = append(b.Parts, ch.parts...)
		for _, id := range ch.dropParts {
			dropped[uint64(id)] = len(b.Parts)
			b.DropParts = append(b.DropParts, uint64(id))
		}
		b.Abort = append(b.Abort, ch.abort...)
		b.Aborted = append(b.Aborted, ch.aborted...)
		b.Moves = append(b.Moves, ch.moves...)
		b.Moved = append(b.Moved, ch.moved...)
		b.Taken = append(b.Taken, ch.taken...)
		b.TakenUntil = max(b.TakenUntil, ch.takenUntil)
		b.Late = append(b.Late, ch.late...)
		if ch.instance != "" {
			b.Boot = string(ch.instance)
		}
		if ch.busySince != nil {
			b.BusySince = ch.busySince
		}
		for _, n := range ch.void {
			b.Outbox = append(b.Outbox, journal.Pending{N: n})
		}
		if ch.event != nil {
			if ch.number == 0 {
				q.commits.number++
				ch.number = q.commits.number
			}
			b.Outbox = append(b.Outbox, journal.Pending{N: ch.number, Line: packEvent(ch.event)})
			told++
		}
	}
	if !anything {
		return nil
	}
	b.Parts = keptParts(b.Parts, dropped)
	q.foresee(b.Put)
	q.pruneOutbox(b, outboxSlack)
	b.Seq = q.o.Events.LastSeq() + uint64(told)
	q.mu.Lock()
	b.NextID, b.NextOrder = uint64(q.nextID)+1, q.nextOrder+1
	q.mu.Unlock()
	return b
}

// keptParts leaves out the parts that came before their entry's were dropped: a batch drops parts before it adds any.
func keptParts(parts []journal.PartOf, dropped map[uint64]int) []journal.PartOf {
	kept := parts[:0]
	for i, p := range parts {
		if i >= dropped[p.ID] {
			kept = append(kept, p)
		}
	}
	return kept
}

// squeeze shortens what waits while the journal cannot be written, so that it does not grow with every open and
// close for as long as that lasts: of rows that promise nothing only the newest of each entry stays. What was to become
// visible, was asked for, or is to be told stays in its place.
func squeeze(changes []change) []change {
	later := make(map[uint64]bool) // entries of which a later row says more
	for i := len(changes) - 1; i >= 0; i-- {
		ch := &changes[i]
		if ch.onlyPuts() {
			kept := ch.put[:0]
			for _, r := range ch.put {
				if !later[r.ID] {
					kept = append(kept, r)
				}
			}
			ch.put = kept
		}
		for _, r := range ch.put {
			later[r.ID] = true
		}
		for _, id := range ch.del {
			later[uint64(id)] = true
		}
	}
	kept := changes[:0]
	for _, ch := range changes {
		if ch.rows() || ch.apply != nil || ch.done != nil {
			kept = append(kept, ch)
		}
	}
	clear(changes[len(kept):])
	return kept
}
