package queue

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
)

// TestEventsOfOneMillisecond kills the daemon between an event and the next of its name in the same millisecond. What
// did not get into the log is told at the start, once, in whichever format the log was and is.
func TestEventsOfOneMillisecond(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	at := time.Date(2026, 3, 4, 5, 6, 7, 8e6, time.UTC)
	queueState := func(s string) eventlog.Event {
		return eventlog.Event{Time: at, Name: "OnQueueState", Attrs: []attr{attrString("state", s)}}
	}
	refused := func(why string) eventlog.Event {
		return eventlog.Event{Time: at, Name: "OnControlError", Attrs: []attr{attrString("verb", "rm"),
			attrString("message", why)}}
	}
	all := []eventlog.Event{queueState("paused"), queueState("running"), refused(`no "caf` + "\xe9\u202e" + `"`),
		queueState("paused"), queueState("running"),
		{Time: at, Name: "OnUploadRetry", ID: 7, File: "caf\xe9 x", Attrs: []attr{attrInt("attempt", 1),
			attrString("code", "a=b")}},
		{Time: at, Name: "OnUploadRetry", ID: 7, File: "caf\xe9 x", Attrs: []attr{attrInt("attempt", 2),
			attrBool("resumable", true)}},
		refused("two\nlines"), {Time: at, Name: "OnUploadEnd", Attrs: []attr{attrInt("succeeded", 1),
			attrInt("failed", 0)}}}
	for _, formats := range [][2]eventlog.Format{{eventlog.Text, eventlog.Text}, {eventlog.JSON, eventlog.JSON},
		{eventlog.JSON, eventlog.Text}} {
		for logged := range len(all) + 1 {
			dir := t.TempDir()
			path := filepath.Join(dir, "events.log")
			l, err := eventlog.Open(path, eventlog.Options{Format: formats[0]})
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Append(all[:logged]...); err != nil {
				t.Fatal(err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			j, err := journal.Open(filepath.Join(dir, "journal.db"))
			if err != nil {
				t.Fatal(err)
			}
			b := &journal.Batch{NextID: 8}
			for i := range all {
				b.Outbox = append(b.Outbox, journal.Pending{N: uint64(i + 1), Line: commit.Pack(&all[i])})
			}
			if err := j.Commit(b); err != nil {
				t.Fatal(err)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			var again *eventlog.Log
			r := openRig(t, dir, func(o *Options) {
				again, err = eventlog.Open(path, eventlog.Options{Format: formats[1]})
				o.Events, o.Start = again, false
			})
			if err != nil {
				t.Fatal(err)
			}
			var told, want []string
			r.until(func() bool {
				text, err := again.Tail(1 << 20)
				if err != nil {
					t.Fatal(err)
				}
				told = nil
				for line := range strings.Lines(string(text)) {
					if form, ok := eventlog.Unnumbered([]byte(line)); ok {
						told = append(told, form)
					}
				}
				return len(told) >= len(all)
			}, func() string { return "not all is told" })
			r.close()
			for i := range all {
				forms, err := eventlog.Forms(all[i])
				if err != nil {
					t.Fatal(err)
				}
				want = append(want,
					forms[map[eventlog.Format]int{eventlog.Text: 0,
						eventlog.JSON: 1}[formats[min(1, max(0, i-logged+1))]]])
			}
			if !slices.Equal(told, want) {
				t.Errorf("%v, %d of %d logged before the kill: told\n%s", formats, logged, len(all),
					strings.Join(told, ""))
			}
			if err := again.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
