package fs

import (
	"strconv"
	"strings"
	"testing"
)

// TestInodeNumbers: each file has one of its own, and a folder lists those that its files have. The root's is 1, so
// that readdir shows "." there. Those of virtual files fit into 32 bits, and those in inbox are the disk's.
func TestInodeNumbers(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	m.queue.set(entry(1, 2, "a"), entry(2, 2, "clips/b"))
	m.ok(t, `mkdir "$M/inbox/clips"; echo x > "$M/inbox/clips/b"`)
	seen := make(map[uint64]string)
	for line := range strings.Lines(m.ok(t, `cd "$M"; find . -printf '%p\n' | while read -r f; do stat -c '%i %n' "$f"; done
		ls -i -1 | while read -r i n; do echo "$i ./$n"; done`)) {
		number, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		ino, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if ino == 0 || ino > 1<<32-1 && !strings.HasPrefix(name, "./inbox/") {
			t.Errorf("%s has number %d", name, ino)
		}
		if other := seen[ino]; other != "" && other != name {
			t.Errorf("%s and %s have number %d", name, other, ino)
		}
		seen[ino] = name
	}
	if seen[1] != "." || len(seen) < 18 {
		t.Errorf("number 1 of %d is %q", len(seen), seen[1])
	}
	if got, want := m.ok(t, `stat -c %i "$M/inbox/clips/b"`), m.ok(t, "stat -c %i "+m.options.Inbox+"/clips/b"); got != want {
		t.Errorf("a file in inbox has number %s, and %s on the disk", got, want)
	}
	for _, dir := range []string{"", "inbox", "status", "status/clips", "inbox/clips"} {
		if out := m.ok(t, `ls -a "$M/`+dir+`" | head -n 2; ls -ia "$M/`+dir+`" | grep -c '?' || true`); out != ".\n..\n0\n" {
			t.Errorf("ls -a %s begins with %q", dir, out)
		}
	}
}
