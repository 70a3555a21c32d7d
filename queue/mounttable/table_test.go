//go:build linux

package mounttable

import (
	"slices"
	"strings"
	"testing"

	"github.com/moby/sys/mountinfo"
)

// table has a disk with a spool on it, which is mounted three times more, one of them hidden by a later mount.
const table = `21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 21 8:2 / /data rw,relatime shared:2 - ext4 /dev/sda2 rw
31 21 8:2 /spools /mnt/s rw,relatime - ext4 /dev/sda2 rw
32 30 8:2 /spools/a/inbox /data/in\040box rw,relatime - ext4 /dev/sda2 rw
33 21 8:2 / /old/deep rw,relatime - ext4 /dev/sda2 rw
34 21 0:40 / /old rw,relatime - tmpfs tmpfs rw
35 30 0:50 / /data/mount rw,nosuid - fuse.inboxfs inboxfs rw,user_id=1000
36 35 0:51 / /data/mount rw,nosuid - tmpfs tmpfs rw
37 21 8:1 /home/u /home2 rw - ext4 /dev/sda1 rw
`

func read(t *testing.T, text string) Table {
	t.Helper()
	all, err := mountinfo.GetMountsFromReader(strings.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAt(t *testing.T) {
	t.Parallel()
	all := read(t, table)
	for path, want := range map[string]int{"/": 21, "/data": 30, "/database": 21, "/data/spools/a": 30, "/mnt": 21,
		"/mnt/s/a": 31, "/data/in box/f": 32,
		"/old/deep/x": 34, "/data/mount/x": 36, "/home2": 37} {
		if got := all.At(path); got == nil || got.ID != want {
			t.Errorf("%s is in %+v, not %d", path, got, want)
		}
	}
	if got := read(t, table[strings.Index(table, "\n")+1:]).At("/data/x"); got == nil || got.ID != 30 {
		t.Errorf("in another root it is in %+v", got)
	}
	if got := (Table{}).At("/"); got != nil {
		t.Errorf("an empty table has %+v", got)
	}
	for _, m := range all { // as on a system without ids
		m.ID, m.Parent = 0, 0
	}
	for path, want := range map[string]string{"/x": "/", "/data/x": "/data", "/data/in box/f": "/data/in box",
		"/mnt/s": "/mnt/s"} {
		if got := all.At(path); got == nil || got.Mountpoint != want {
			t.Errorf("without ids %s is in %+v, not %s", path, got, want)
		}
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	all := read(t, table)
	for path, want := range map[string]string{
		"/data/spools/a/inbox/d": "/data/spools/a/inbox/d /mnt/s/a/inbox/d /data/in box/d",
		"/data/in box":           "/data/in box /data/spools/a/inbox /mnt/s/a/inbox",
		"/mnt/s":                 "/mnt/s /data/spools",
		"/data/x":                "/data/x",
		"/home/u/f":              "/home/u/f /home2/f",
		"/old/deep/x":            "/old/deep/x",
	} {
		if got := strings.Join(all.Paths(path), " "); got != want {
			t.Errorf("%s is seen as %s; want %s", path, got, want)
		}
	}
	for path, want := range map[string][]string{"/data/spools/a": {"/data/in box"}, "/data": {"/mnt/s", "/data/in box"},
		"/home": {"/home2"}, "/old": nil} {
		if got := all.Elsewhere(path); !slices.Equal(got, want) {
			t.Errorf("of %s there is elsewhere %q; want %q", path, got, want)
		}
	}
	if got := all.Inside("/data"); len(got) != 3 {
		t.Errorf("inside /data are %d mounts", len(got))
	}
}

// TestRead holds the table against the one place that every machine has.
func TestRead(t *testing.T) {
	t.Parallel()
	all, err := Read()
	if err != nil {
		t.Fatal(err)
	}
	if m := all.At("/proc/self"); m == nil || m.FSType != "proc" {
		t.Errorf("/proc/self is in %+v", m)
	}
}
