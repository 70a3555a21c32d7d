package commit

import (
	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
)

// Change is one step that must be remembered: rows for the journal, then what may only be visible once these are
// durable, then the event that says so.
type Change struct {
	journal.Batch                 // the rows; its Before is not used
	Apply         func() bool     // runs with Options.Visible held after the commit; nil: true; false: no event
	Event         *eventlog.Event // nil: none
	Told          func()          // runs when all events up to here are logged; nil: nothing
	Soon          bool            // somebody waits for it: it does not stay behind for others to share its disk wait
	Anyway        bool            // a transaction is made though there is no row: for what Options.Complete adds

	number uint64     // of the event's outbox row, from the first attempt to commit it on; 0: it has none
	done   chan error // receives the outcome; nil: nobody waits
}

// rows reports whether there is anything for the journal.
func (c *Change) rows() bool { return len(c.Put) > 0 || c.Event != nil || c.more() }

// more reports whether there is something for the journal beside the entries' rows and an event.
func (c *Change) more() bool {
	rest := c.Batch
	rest.Put = nil
	return c.Anyway || !rest.Empty()
}

// onlyPuts reports whether all that the change does is to remember how entries are.
func (c *Change) onlyPuts() bool {
	return !c.more() && c.Apply == nil && c.Event == nil && c.Told == nil && !c.Soon
}

// answer tells who waits for the change. Only the first answer counts: when a commit failed the waiter hears that,
// though it is tried again.
func (c *Change) answer(err error) {
	if c.done != nil {
		select {
		case c.done <- err:
		default:
		}
	}
}

// squeeze shortens what waits while the journal cannot be written, so that it does not grow with every open and
// close for as long as that lasts: of rows that promise nothing only the newest of each entry stays. What was to become
// visible, was asked for, or is to be told stays in its place.
func squeeze(changes []Change) []Change {
	later := make(map[uint64]bool) // entries of which a later row says more
	for i := len(changes) - 1; i >= 0; i-- {
		ch := &changes[i]
		if ch.onlyPuts() {
			kept := ch.Put[:0]
			for _, r := range ch.Put {
				if !later[r.ID] {
					kept = append(kept, r)
				}
			}
			ch.Put = kept
		}
		for _, r := range ch.Put {
			later[r.ID] = true
		}
		for _, id := range ch.Delete {
			later[id] = true
		}
	}
	kept := changes[:0]
	for _, ch := range changes {
		if ch.rows() || !ch.onlyPuts() {
			kept = append(kept, ch)
		}
	}
	clear(changes[len(kept):])
	return kept
}
