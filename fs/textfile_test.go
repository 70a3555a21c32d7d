package fs

import (
	"fmt"
	"strings"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

func TestTextFile(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	m.queue.set(entry(1, list.Ready, "a"), entry(2, list.Ready, "two\nlines"))
	const want = "#id\tstate\tpercent\tuploaded\tsize\tname\n1\tready\t0\t0\t100\ta\n2\tready\t0\t0\t100\t\"two\\nlines\"\n"
	for _, read := range []string{
		`cat "$M/list"`, `cat < "$M/list"`, `cp "$M/list" "$T/copy" && cat "$T/copy"`,
		`cp -p "$M/list" "$T/copy" && cat "$T/copy"`,
		`dd if="$M/list" bs=7 2>/dev/null`, `head -n 100 "$M/list"`, `tail -n 100 "$M/list"`, `grep "" "$M/list"`,
		`tail -c +1 "$M/list"`, `sed "" "$M/list"`,
	} {
		if out := m.ok(t, read); out != want {
			t.Errorf("%s gives\n%s", read, out)
		}
	}
	size := fmt.Sprintln(len(want))
	for _, measure := range []string{`stat -c %s "$M/list"`, `wc -c < "$M/list"`, `cat "$M/list" | wc -c`,
		`ls -l "$M/list" | awk '{print $5}'`, `find "$M" -name list -printf '%s\n'`} {
		if out := m.ok(t, measure); strings.TrimSpace(out)+"\n" != size {
			t.Errorf("%s gives %s, want %s", measure, out, size)
		}
	}
	for _, beyond := range []string{`dd if="$M/list" bs=1 skip=100000 2>/dev/null`, `tail -c +100000 "$M/list"`} {
		if out := m.ok(t, beyond); out != "" {
			t.Errorf("%s gives %q", beyond, out)
		}
	}
	for i := range 20 { // each change is seen at once
		m.queue.set(entry(transfer.ID(i+1), list.Ready, "a"))
		if out := m.ok(t,
			`tail -n +2 "$M/list" | cut -f1; jq -r '.[].id' "$M/list.json" 2>/dev/null || echo none`); !strings.HasPrefix(out, fmt.Sprintln(i+1)) {
			t.Errorf("entry %d shows as %s", i+1, out)
		}
	}
}

func TestTextFileSnapshot(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	m.queue.set(entry(1, list.Ready, "before"))
	d := m.dialog(t, `exec 3< "$M/list"; head -c 5 <&3; echo; echo .; read go; cat <&3; echo --; cat "$M/list"; echo .`)
	d.read()
	m.queue.set(entry(1, list.Success, "after"), entry(2, list.Ready, "more"))
	d.next()
	all := strings.TrimSuffix(d.read(), ".\n")
	old, now, _ := strings.Cut(all, "--\n")
	if !strings.HasSuffix(old, "\tbefore\n") || strings.Contains(old, "after") || !strings.Contains(now, "after") ||
		!strings.HasSuffix(now, "more\n") {
		t.Errorf("an open file reads\n%s\nand a new one\n%s", old, now)
	}
}

func TestTextFileTime(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	m.queue.set(entry(1, list.Ready, "a"))
	const mtime = `stat -c %y "$M/list"`
	first := m.ok(t, mtime)
	m.queue.set(entry(1, list.Ready, "a")) // a new version with the same list
	m.ok(t, `cat "$M/list"`)
	if same := m.ok(t, mtime); same != first {
		t.Errorf("mtime went from %s to %s though nothing changed", first, same)
	}
	m.queue.set(entry(1, list.Success, "a"))
	m.ok(t, `cat "$M/list"`)
	if changed := m.ok(t, mtime); changed == first {
		t.Errorf("mtime is still %s though the list changed", first)
	}
}
