package commit

import "inboxfs/queue/eventlog"

// unloggedMost is how many events wait for a log that cannot be written; then those of Options.Minor are dropped.
const unloggedMost = 100_000

// log appends events. A log that cannot be written must not stop the uploads: what it could not take comes before the
// next events, and until then the outbox keeps what stands in it.
func (c *Committer) log(events []eventlog.Event) {
	late := len(c.unlogged) > 0
	c.unlogged = append(c.unlogged, events...)
	if len(c.unlogged) > 0 {
		if err := c.o.Events.Append(c.unlogged...); err != nil {
			if !late {
				c.o.Log.Error("the event log cannot be written; trying again", "error", err)
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
func (c *Committer) shed() {
	if len(c.unlogged) < unloggedMost {
		return
	}
	kept := c.unlogged[:0]
	for _, e := range c.unlogged {
		if !c.o.Minor(e) {
			kept = append(kept, e)
		}
	}
	clear(c.unlogged[len(kept):])
	c.unlogged = kept
}
