package nesting

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// ground is a folder with two spools that have been in use, a and b.
type ground struct {
	t   *testing.T
	dir string
}

func begin(t *testing.T) ground {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	g := ground{t, dir}
	for _, spool := range []string{"a", "b"} {
		g.spool(spool)
	}
	return g
}

func (g ground) path(name string) string { return filepath.Join(g.dir, name) }

func (g ground) mkdir(names ...string) {
	g.t.Helper()
	for _, name := range names {
		if err := os.MkdirAll(g.path(name), 0o755); err != nil {
			g.t.Fatal(err)
		}
	}
}

func (g ground) spool(name string) {
	g.t.Helper()
	g.mkdir(name + "/inbox")
	for _, file := range []string{"journal.db", "lock"} {
		if err := os.WriteFile(g.path(name+"/"+file), nil, 0o600); err != nil {
			g.t.Fatal(err)
		}
	}
}

// bind mounts a folder a second time.
func (g ground) bind(from, to string) {
	g.t.Helper()
	g.mkdir(from, to)
	if err := unix.Mount(g.path(from), g.path(to), "", unix.MS_BIND, ""); err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() {
		if err := unix.Unmount(g.path(to), unix.MNT_DETACH); err != nil {
			g.t.Error(err)
		}
	})
}

func (g ground) link(to, name string) {
	g.t.Helper()
	if err := os.Symlink(to, g.path(name)); err != nil {
		g.t.Fatal(err)
	}
}

// wants fails unless an error says something, or, with "", there is none.
func (g ground) wants(what string, err error, want string) {
	g.t.Helper()
	if want == "" && err != nil || want != "" &&
		(err == nil || !strings.Contains(err.Error(), strings.ReplaceAll(want, "$D", g.dir))) {
		g.t.Errorf("%s: %v; want %q", what, err, want)
	}
}

func TestSpool(t *testing.T) {
	t.Parallel()
	g := begin(t)
	g.mkdir("free", "c/inbox")
	g.link("a/inbox", "drops")
	g.link("drops", "again")
	g.link("gone", "dangling")
	g.link("loop", "loop")
	const inA = "lies in the inbox of another inboxfs, whose spool is $D/a, which"
	for spool, want := range map[string]string{
		// beside the inbox nobody looks
		"a": "", "b": "", "c": "", "new": "", "free/new/one": "", "a/profiles": "", "a/b": "",
		"a/inbox": "$D/a/inbox " + inA, "a/inbox/x": inA, "a/inbox/x/y": inA, "drops": inA, "again/x": inA,
		"dangling/x": "link to nothing", "loop": "too many links",
		"c/inbox/x": "", // of what was never used
	} {
		g.wants(spool, Spool(g.path(spool)), want)
	}
	for spool, want := range map[string]string{"a": inA, "b": "", "a/inbox/x": inA} {
		for dir, bad := range map[string]string{"free/mnt": "", "a/inbox/mnt": want, "drops/mnt": want} {
			if spool != "b" && bad != "" {
				bad = "it is inside the spool $D/" + spool
			} else if spool == "b" && dir != "free/mnt" {
				bad = "whose spool is $D/a; choose another mount point"
			}
			real, err := Resolve(g.path(dir))
			if err != nil {
				t.Fatal(err)
			}
			if spool == "a/inbox/x" {
				continue
			}
			g.wants(dir+" for "+spool, MountPoint(real, g.path(spool)), bad)
		}
	}
	g.wants("above", MountPoint(g.dir, g.path("a")), "the spool $D/a is inside the mount point")
	g.wants("the spool", MountPoint(g.path("a"), g.path("a")), "is inside the mount point")
}

// TestBoundSpool has the one seen in the other by bind mounts only.
func TestBoundSpool(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED, NOTHING TESTED: only root can mount")
	}
	const in = "lies in the inbox of another inboxfs, whose spool is $D/"
	for name, c := range map[string]struct {
		do         func(g ground)
		spool, say string
	}{
		"a folder of the inbox elsewhere": {func(g ground) { g.bind("a/inbox/x", "e") }, "e/s", "$D/a/inbox/x/s " +
			in + "a"},
		"that elsewhere again": {func(g ground) {
			g.bind("a/inbox/x", "e")
			g.bind("e", "f")
			g.link("f",
				"l")
		}, "l/s", in + "a"},
		"the spool in an inbox": {func(g ground) { g.bind("b", "a/inbox/x") }, "b", "$D/a/inbox/x " + in +
			"a"},
		// the queue finds the journal there
		"the other's whole view": {func(g ground) { g.bind("b", "a/inbox/x") }, "a", ""},
		"the inbox in an inbox": {func(g ground) { g.bind("b/inbox", "a/inbox/x") }, "b",
			"the inbox of the spool $D/a/inbox/x " + in + "a"},
		"the other's inbox in ours": {func(g ground) { g.bind("b/inbox", "a/inbox/x") }, "a",
			"$D/a/inbox/x, in the inbox of the spool, is a part of $D/b"},
		"one inbox": {func(g ground) { g.bind("b/inbox", "a/inbox") }, "a",
			"the inbox of the spool $D/b/inbox " + in + "b"},
		"a folder of the inbox in an inbox": {func(g ground) { g.bind("b/inbox/y", "a/inbox/x") }, "b",
			"a folder of the spool $D/a/inbox/x " + in + "a"},
		"an inbox on a disk of its own": {func(g ground) { g.mkdir("disk"); g.bind("disk", "a/inbox") }, "a", ""},
		"hidden by a later mount": {func(g ground) {
			g.bind("b", "h/a/inbox/x")
			g.spool("h/a")
			g.bind("b", "h")
		}, "b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := begin(t)
			c.do(g)
			g.wants(c.spool, Spool(g.path(c.spool)), c.say)
		})
	}
	g := begin(t)
	g.bind("a/inbox/x", "e")
	g.wants("a mount point", MountPoint(g.path("e/mnt"), g.path("a")), "it is inside the spool $D/a")
	g.wants("another's", MountPoint(g.path("e/mnt"), g.path("b")), "whose spool is $D/a")
	g.bind("b", "m/b")
	g.wants("above a path of the spool", MountPoint(g.path("m"), g.path("b")),
		"the spool $D/m/b is inside the mount point")
}

func TestResolve(t *testing.T) {
	t.Parallel()
	g := begin(t)
	g.link("a", "l")
	if got, err := Resolve(g.path("l/x/../y/z")); err != nil || got != g.path("a/y/z") {
		t.Errorf("%s, %v", got, err)
	}
	if err := os.Chmod(g.path("b"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Resolve(g.path("b/inbox/x")); os.Geteuid() != 0 && !errors.Is(err, os.ErrPermission) {
		t.Errorf("what cannot be seen: %v", err)
	}
}
