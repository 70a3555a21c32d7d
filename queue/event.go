package queue

import (
	"log/slog"
	"strconv"
	"strings"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/eventlog"
)

type attr = slog.Attr

// eventProgress is the event that may be dropped when events cannot be told: the next one says more.
const eventProgress = "OnUploadProgress"

// event makes an event about an entry, or, with nil, about the queue. q.mu is held, or the entry is nobody else's.
func (q *Queue) event(name string, e *entry, attrs ...attr) *eventlog.Event {
	ev := &eventlog.Event{Time: q.now(), Name: name, Attrs: attrs}
	if e != nil {
		ev.ID, ev.File = uint64(e.ID), e.name()
	}
	return ev
}

// Refused puts what a user asked for and did not get into the event log. what holds no secret.
func (q *Queue) Refused(what string, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stageLocked(commit.Change{Event: q.event("OnControlError", nil, attrString("verb", what),
		attrString("message", err.Error()))})
}

func attrSize(e *entry) attr           { return slog.Int64("size", e.Size) }
func attrInt(key string, n int64) attr { return slog.Int64(key, n) }

// attrString is a text as the outbox keeps it, too: an event is known again in the log by what it says.
func attrString(key, s string) attr { return slog.String(key, strings.ToValidUTF8(s, "\ufffd")) }

func attrBool(key string, b bool) attr { return slog.Bool(key, b) }
func attrDuration(key string, d time.Duration) attr {
	return slog.String(key, d.Round(time.Millisecond).String())
}
func attrTime(key string, t time.Time) attr { return slog.String(key, t.UTC().Format(time.RFC3339)) }

// formatCRC is a CRC-64 as OSS writes it: an unsigned decimal number.
func formatCRC(crc uint64) string { return strconv.FormatUint(crc, 10) }

// perSecond is bytes per second.
func perSecond(bytes int64, d time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return int64(float64(bytes) / d.Seconds())
}
