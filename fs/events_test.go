package fs

import (
	"fmt"
	"strings"
	"testing"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	if out := m.ok(t, `cat "$M/events"; stat -c %s "$M/events"`); out != "0\n" {
		t.Errorf("an empty log gives %q", out)
	}
	var log strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&log, "time=2026-03-04T05:06:07Z seq=%d event=OnFileAdded id=%d file=clips/a.mp4 size=100\n", i, i)
	}
	m.events.add(log.String())
	for _, read := range []string{`cat "$M/events"`, `tail -n +1 "$M/events"`, `cp "$M/events" "$T/x"; cat "$T/x"`,
		`dd if="$M/events" bs=777 2>/dev/null`,
		`cat "$M/events" > "$T/1" & cat "$M/events" > "$T/2"; wait; cmp "$T/1" "$T/2" && cat "$T/1"`} {
		if out := m.ok(t, read); out != log.String() {
			t.Errorf("%s gives %d bytes of %d", read, len(out), log.Len())
		}
	}
	if out := m.ok(t,
		`stat -c %s "$M/events"; tail -n 1 "$M/events" | cut -d' ' -f2; tail -c +99999999 "$M/events"`); out != fmt.Sprintf("%d\nseq=19999\n", log.Len()) {
		t.Errorf("size, last line, beyond: %s", out)
	}
}

// TestEventsFollow runs tail as users do, several at once.
func TestEventsFollow(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	m := mountTest(t)
	m.events.add("seq=1\n")
	_, byName := m.start(t, `exec tail -F "$M/events"`)
	_, byHandle := m.start(t, `exec tail -f "$M/events"`)
	await(t, byName, "seq=1\n")
	await(t, byHandle, "seq=1\n")
	for i := 2; i < 5; i++ {
		line := fmt.Sprintf("seq=%d\n", i)
		m.events.add(line)
		if got := await(t, byName, line) + await(t, byHandle, line); got != line+line {
			t.Errorf("tail -F and tail -f print %q after %q was added", got, line)
		}
	}
}
