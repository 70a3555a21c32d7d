package queue

import (
	"bytes"
	"fmt"
	"time"

	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
)

// restoreEvents logs the events that a crash kept from the log.
func (q *Queue) restoreEvents(outbox []journal.Pending) error {
	if len(outbox) == 0 {
		return nil
	}
	tail, err := q.o.Events.Tail(outboxTail)
	if err != nil {
		return err
	}
	lines := loggedLines(tail)
	var missing []eventlog.Event
	for _, row := range outbox {
		q.commits.number = row.N
		if len(row.Line) == 0 { // it never came true
			continue
		}
		ev, err := unpackEvent(row.Line)
		if err != nil {
			q.o.Log.Error("an event of the outbox cannot be read", "error", err)
			continue
		}
		if !lines.has(ev) {
			missing = append(missing, ev)
		}
	}
	q.commits.pruned = outbox[0].N - 1
	q.log(missing)
	return nil
}

// outboxTail is how much of the log is looked at for events of the outbox: many times what the outbox may hold.
const outboxTail = 4 << 20

// logTime is how the log writes a time, at the same place of every line.
const logTime = "2006-01-02T15:04:05.000Z"

// logged is the lines of the log by their time.
type logged map[string][][]byte

func loggedLines(tail []byte) logged {
	lines := make(logged)
	for line := range bytes.Lines(tail) {
		for _, start := range []string{`time=`, `{"time":"`} {
			if bytes.HasPrefix(line, []byte(start)) && len(line) >= len(start)+len(logTime) {
				at := string(line[len(start) : len(start)+len(logTime)])
				lines[at] = append(lines[at], line)
			}
		}
	}
	return lines
}

// has says whether an event stands in the log.
func (l logged) has(ev eventlog.Event) bool {
	for _, line := range l[ev.Time.UTC().Truncate(time.Millisecond).Format(logTime)] {
		for _, form := range []string{"event=%s id=%d ", `"event":"%s","id":%d,`} {
			if bytes.Contains(line, fmt.Appendf(nil, form, ev.Name, ev.ID)) {
				return true
			}
		}
		if ev.ID == 0 && bytes.Contains(line, []byte(ev.Name)) {
			return true
		}
	}
	return false
}
