package commit

import (
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
)

// outboxSlack is how many rows may wait in the outbox before the event log is synced to let go of them.
const outboxSlack = 1000

// batch puts the rows of all changes into one transaction; nil when there are none. Events go to the outbox in the same
// transaction: after a crash between it and the event log they are logged then.
func (c *Committer) batch(changes []Change) *journal.Batch {
	var rows []*journal.Batch
	var events []journal.Pending
	for i := range changes {
		ch := &changes[i]
		if !ch.rows() {
			continue
		}
		rows = append(rows, &ch.Batch)
		if ch.Event != nil {
			if ch.number == 0 {
				c.number++
				ch.number = c.number
			}
			events = append(events, journal.Pending{N: ch.number, Line: Pack(ch.Event)})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	b := journal.Join(rows)
	told := len(c.unlogged) + len(events)
	b.Outbox = append(b.Outbox, events...)
	c.prune(b, outboxSlack)
	b.Seq = c.o.Events.LastSeq() + uint64(told)
	c.o.Complete(b)
	return b
}

// prune lets go of outbox rows whose events are on stable storage in the log, when there are more than slack.
func (c *Committer) prune(b *journal.Batch, slack uint64) {
	if c.told <= c.pruned+slack {
		return
	}
	if err := c.o.Events.Sync(); err != nil {
		c.o.Log.Error("event log cannot be synced", "error", err)
		return
	}
	killpoint.At("outbox: log synced")
	b.Sent, c.pruned = c.told, c.told
}

// First writes head, which says that a daemon is at it, and in the same transaction what was staged so far: the journal
// is from then on younger than the files that a kill has left half written, and a second kill must not make these look
// finished. On a full disk there may be no room for all of that: then head is written alone, and the rest stays staged.
func (c *Committer) First(head journal.Batch) error {
	c.o.Before() // here, too, labels come first: of a label and a row that differ the label counts as the newer
	found := c.take(nil)
	b := c.batch(found)
	if b == nil {
		b = &journal.Batch{}
		c.o.Complete(b)
	}
	b.QueueState, b.Doubt = head.QueueState, head.Doubt
	err := c.o.Journal.Commit(b)
	if err == nil {
		c.publish(found)
		return nil
	}
	if len(found) == 0 {
		return err
	}
	c.o.Log.Error("the journal cannot take what was found in the spool yet", "error", err)
	c.staged = found
	c.wake.Ring()
	return c.o.Journal.Commit(&head)
}

// Last writes tail when Run has ended, and lets go of all outbox rows whose events are logged.
func (c *Committer) Last(tail journal.Batch) error {
	c.prune(&tail, 0)
	if tail.Sent != 0 { // an event that was overtaken has no number
		tail.Seq = c.o.Events.LastSeq()
	}
	return c.o.Journal.Commit(&tail)
}
