package fs

import (
	"slices"
	"strings"
	"testing"

	"inboxfs/queue/list"
)

func TestStatusTree(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	m.queue.set(entry(1, list.Failure, "a"), entry(2, list.Ready, "clips/b c"), entry(3, list.Ready, "clips/raw/d"),
		entry(4, list.Ready, "a"), entry(5, list.Ready, "new\nline"), entry(6, list.Success, "both"),
		entry(7, list.Ready, "both/in"))
	want := ".\n./a\n./both\n./both/in\n./clips\n./clips/b c\n./clips/raw\n./clips/raw/d\n./new\nline\n"
	if out := m.ok(t, `cd "$M/status"; find . | LC_ALL=C sort`); strings.Join(sorted(out), "\n") != strings.Join(
		sorted(want), "\n") {
		t.Errorf("status holds\n%s", out)
	}
	if out := m.ok(t,
		`head -3 "$M/status/a"; head -2 "$M/status/clips/b c"`); out != "id 4\nname a\nstate ready\nid 2\nname "+
		"clips/b c\n" {
		t.Errorf("status says\n%s", out)
	}
	if out := m.ok(t,
		`f="$M/status/clips/raw/d"; [ $(stat -c %s "$f") = $(cat "$f" | wc -c) ] && stat -c '%A %F' "$f" "$M/status/both"`); out !=
		"-r--r--r-- regular file\ndr-xr-xr-x directory\n" {
		t.Errorf("size, mode, kind: %s", out)
	}
	if out, code := m.sh(t, `cat "$M/status/nothing"; ls "$M/status/clips/nothing"`); code == 0 ||
		strings.Count(out, "No such file") != 2 {
		t.Errorf("what is not there: exit %d\n%s", code, out)
	}
}

func sorted(lines string) []string {
	listed := strings.Split(strings.TrimSpace(lines), "\n")
	slices.Sort(listed)
	return listed
}

// TestStatusFollows: files and folders come, change and go with the queue, also under who sits in them.
func TestStatusFollows(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	check := func(got string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("no %q in\n%s", w, got)
			}
		}
	}
	m.queue.set(entry(1, list.Ready, "clips/a"), entry(2, list.Ready, "clips/b"))
	d := m.dialog(t, `cd "$M/status/clips"; cat a; exec 3< b; ls; echo .
		read go; pwd -P; ls; cat a; cat <&3; cat b; echo .
		read go; cat a; ls "$M/status/clips"; echo .`)
	check(d.read(), "state ready", "a\nb\n")
	m.queue.set(entry(1, list.Success, "clips/a"))
	d.next()
	check(d.read(), "/status/clips\na\n", "state success", "name clips/b", "cat: b: No such file")
	m.queue.set()
	d.next()
	check(d.read(), "cat: a: No such file", "clips': No such file")
	m.queue.set(entry(3, list.Ready, "clips")) // a file where a folder was
	check(m.ok(t, `cat "$M/status/clips"`), "id 3")
	m.queue.set(entry(4, list.Ready, "clips/c"))
	check(m.ok(t, `cat "$M/status/clips/c"`), "id 4")
}
