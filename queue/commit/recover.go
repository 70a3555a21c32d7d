package commit

import (
	"bytes"

	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
)

// Recover logs the events that a crash kept from the log. Their numbers, and all that come, are behind those that
// were given before, of which the last is seq, whatever became of the log meanwhile.
func (c *Committer) Recover(outbox []journal.Pending, seq uint64) error {
	if len(outbox) == 0 {
		if seq != 0 {
			c.o.Events.GoOn(seq, 0)
		}
		return nil
	}
	tail, err := c.o.Events.Tail(outboxTail)
	if err != nil {
		return err
	}
	var kept []told
	unread := 0
	logged := make(map[string]int) // how often a line that one of them makes stands in the log
	for _, row := range outbox {
		c.number = row.N
		if len(row.Line) == 0 { // it never came true
			continue
		}
		ev, err := unpack(row.Line)
		if err != nil {
			c.o.Log.Error("an event of the outbox cannot be read", "error", err)
			unread++
			continue
		}
		forms, err := eventlog.Forms(ev)
		if err != nil {
			return err
		}
		kept = append(kept, told{ev, forms})
		for _, form := range forms {
			logged[form] = 0
		}
	}
	for line := range bytes.Lines(tail) {
		if form, ok := eventlog.Unnumbered(line); ok {
			if n, wanted := logged[form]; wanted {
				logged[form] = n + 1
			}
		}
	}
	var missing []eventlog.Event
	for _, t := range kept {
		if !t.take(logged) {
			missing = append(missing, t.event)
		}
	}
	c.pruned = outbox[0].N - 1
	c.o.Events.GoOn(seq, len(missing)+unread)
	c.log(missing)
	return nil
}

// outboxTail is how much of the log is looked at for events of the outbox: many times what the outbox may hold.
const outboxTail = 4 << 20

// told is an event of the outbox with the lines that it makes.
type told struct {
	event eventlog.Event
	forms []string
}

// take reports whether the event stands in the log, and takes it from there: of two that make the same line, as pause,
// resume and pause do within a millisecond, each needs one of its own.
func (t told) take(logged map[string]int) bool {
	for _, form := range t.forms {
		if logged[form] > 0 {
			logged[form]--
			return true
		}
	}
	return false
}
