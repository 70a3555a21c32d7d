package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSpool(t *testing.T) {
	t.Parallel()
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	const user = 1000
	for _, c := range []struct {
		set     string
		from    source
		environ string
		uid     int
		want    string // or, after an exclamation mark, what the error says
	}{
		{"", fromDefault, "HOME=/home/u", user, "/home/u/.local/state/inboxfs/default"},
		{"", fromDefault, "HOME=/home/u XDG_STATE_HOME=/s", user, "/s/inboxfs/default"},
		{"", fromDefault, "HOME=/home/u XDG_STATE_HOME=s", user, "/home/u/.local/state/inboxfs/default"},
		{"", fromDefault, "HOME=/root XDG_STATE_HOME=/s", 0, "/var/lib/inboxfs/default"},
		{"", fromDefault, "", 0, "/var/lib/inboxfs/default"},
		{"", fromDefault, "", user, "!is not set, and HOME"},
		{"", fromFile, "HOME=/home/u", user, "/home/u/.local/state/inboxfs/default"},
		{"/a//b/../c/", fromFile, "", user, "/a/c"},
		{"~/s", fromEnvironment, "HOME=/home/u", user, "/home/u/s"},
		{"~", fromFile, "HOME=/home/u", user, "/home/u"},
		{"~/s", fromFile, "", user, "!HOME is not set"},
		{"~u/s", fromFile, "HOME=/home/u", user, "!relative"},
		{"s", fromFile, "HOME=/home/u", user, "!relative"},
		{"./s", fromEnvironment, "HOME=/home/u", user, "!relative"},
		{"./s", fromFlag, "HOME=/home/u", user, filepath.Join(wd, "s")},
	} {
		l := newLoader()
		l.config.Spool = c.set
		l.origin["spool"] = origin{from: c.from}
		l.spool(strings.Fields(c.environ), c.uid)
		err := l.problems.err()
		says, bad := strings.CutPrefix(c.want, "!")
		switch {
		case bad && (err == nil || !strings.Contains(err.Error(), says)):
			t.Errorf("%+v: spool %q, error %v, want one that says %q", c, l.config.Spool, err, says)
		case !bad && (err != nil || l.config.Spool != c.want):
			t.Errorf("%+v: spool %q, error %v", c, l.config.Spool, err)
		}
	}
}

// TestOldSpool goes on with what an earlier version made.
func TestOldSpool(t *testing.T) {
	for file, want := range map[string]string{"journal.db": "", "lock": "", "inbox/": "default",
		"inbox/journal.db": "default", "cam/lock": "default"} {
		home := t.TempDir()
		folder := filepath.Join(home, ".local/state/inboxfs")
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file, "/") {
			if err := os.WriteFile(filepath.Join(folder, file), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("HOME", home)
		t.Setenv("XDG_STATE_HOME", "")
		if old := (Config{Spool: folder}).OldSpool(); old != (os.Geteuid() != 0) ||
			(Config{Spool: filepath.Join(folder, "default")}).OldSpool() {
			t.Errorf("%s is an old one: %v", folder, old)
		}
		l := newLoader()
		l.spool([]string{"HOME=" + home}, 1000)
		if got := l.config.Spool; got != filepath.Join(folder, want) {
			t.Errorf("with %s it is %s", file, got)
		}
	}
}
