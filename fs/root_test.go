package fs

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const wantTree = `README -r--r--r-- regular file
aside -r--r--r-- regular file
control -rw------- regular file
events -r--r--r-- regular empty file
inbox
list -r--r--r-- regular file
list.json -r--r--r-- regular file
metrics -r--r--r-- regular file
queue -r--r--r-- regular file
status dr-xr-xr-x directory
status.html -r--r--r-- regular file
status.json -r--r--r-- regular file
`

func TestRootTree(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	out := m.ok(t, `cd "$M"; for f in *; do [ $f = inbox ] && echo inbox || stat -c '%n %A %F' $f; done`)
	if diff := cmp.Diff(wantTree, out); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if out := m.ok(t,
		`ls -A "$M" | wc -l; stat -c %F "$M/inbox"; stat -c '%u %g' "$M" "$M/list" "$M/control" "$M/status"`); out !=
		"12\ndirectory\n"+strings.Repeat(fmt.Sprintf("%d %d\n", os.Geteuid(), os.Getegid()), 4) {
		t.Errorf("number of names, kind of inbox, owners:\n%s", out)
	}
	if out := m.ok(t, `stat -f -c '%b %S' "$M"; stat -f -c '%b %S' "$M/list"`); strings.HasPrefix(out, "0 ") {
		t.Errorf("statfs: %s", out)
	}
	if out := m.ok(t, `df --output=source,fstype "$M" | tail -1`); strings.Join(strings.Fields(out),
		" ") != "inboxfs fuse.inboxfs" {
		t.Errorf("df shows %s", out)
	}
	if out := m.ok(t, `cat "$M/README" | head -c 30`); !strings.HasPrefix(out, "Files put into inbox/ are") {
		t.Errorf("README begins %q", out)
	}
	if out := m.ok(t, `cat "$M/queue" | head -1`); out != "state running\n" {
		t.Errorf("queue begins %q", out)
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	m := mountTest(t, func(o *Options) { o.Source = "oss://bucket,a b" })
	if out := m.ok(t, `df --output=source "$M" | tail -1`); out != "oss-//bucket-a-b\n" {
		t.Errorf("df shows %q", out)
	}
}

// TestRootRefuses: nothing outside inbox can be made, removed or moved, by nobody, and all is there afterwards.
func TestRootRefuses(t *testing.T) {
	t.Parallel()
	m := mountTest(t)
	m.queue.set(entry(1, 2, "a"), entry(2, 2, "clips/b"))
	before := m.ok(t, `cd "$M"; ls -AR1`)
	const eperm, eacces = "Operation not permitted", "Permission denied"
	for _, c := range []struct{ script, want string }{
		{`mkdir "$M/new"`, eperm},
		{`touch "$M/new"`, eperm},
		{`echo x > "$M/new"`, eperm},
		{`cp /etc/passwd "$M/new"`, eperm},
		{`mkfifo "$M/new"`, eperm},
		{`ln -s /etc/passwd "$M/new"`, eperm},
		{`ln "$M/list" "$M/new"`, eperm},
		{`echo x > "$M/inbox/x"; mv "$M/inbox/x" "$M/x"; c=$?; rm "$M/inbox/x"; exit $c`, eperm},
		{`rm -f "$M/control"`, eperm},
		{`rm -f "$M/list"`, eperm},
		{`rm -rf "$M/inbox"`, eperm},
		{`rmdir "$M/inbox"`, eperm},
		{`rmdir "$M/status"`, "not permitted|not empty"},
		{`mv "$M/list" "$M/new"`, eperm},
		{`mv "$M/list" "$M/queue"`, eperm},
		{`mv "$M/inbox" "$M/new"`, eperm},
		{`mv "$M/list" "$M/inbox/list"`, eperm},
		{`chmod 777 "$M/list"`, eperm},
		{`chmod 777 "$M"`, eperm},
		{`touch "$M/list"`, eacces},
		{`touch -c -d 2020-01-01 "$M/list"`, "not permitted|denied"},
		{`echo x > "$M/list"`, eacces},
		{`echo x >> "$M/events"`, eacces},
		{`truncate -s 0 "$M/queue"`, eacces},
		{`echo x > "$M/status/a"`, eacces},
		{`touch "$M/status/new"`, "not permitted|denied"},
		{`mkdir "$M/status/new"`, "not permitted|denied"},
		{`mkdir "$M/status/clips/new"`, "not permitted|denied"},
		{`rm -f "$M/status/a"`, "not permitted|denied"},
		{`rm -rf "$M/status/clips"`, "not permitted|denied"},
		{`mv "$M/status/a" "$M/status/b"`, "not permitted|denied"},
		{`mv "$M/status/a" "$M/inbox/a"`, "not permitted|denied"},
		{`ln -s x "$M/status/new"`, "not permitted|denied"},
	} {
		out, code := m.sh(t, c.script)
		hit := false
		for want := range strings.SplitSeq(c.want, "|") {
			hit = hit || strings.Contains(out, want)
		}
		if code == 0 || !hit {
			t.Errorf("%s: exit %d, want %s\n%s", c.script, code, c.want, out)
		}
	}
	if diff := cmp.Diff(before, m.ok(t, `cd "$M"; ls -AR1`)); diff != "" {
		t.Errorf("the tree changed:\n%s", diff)
	}
}
