package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSpoolIsOurs has spools in which others may have had their hands.
func TestSpoolIsOurs(t *testing.T) {
	t.Parallel()
	victim := filepath.Join(t.TempDir(), "victim")
	for name, c := range map[string]struct {
		do     func(spool string) error
		refuse string
		root   bool
	}{
		"new":       {do: os.Remove},
		"open":      {do: func(s string) error { return os.Chmod(s, 0o777) }},
		"old files": {do: func(s string) error { return os.WriteFile(filepath.Join(s, "journal.db"), nil, 0o666) }},
		"link to it": {do: func(s string) error {
			if err := os.Rename(s, s+"-elsewhere"); err != nil {
				return err
			}
			return os.Symlink(s+"-elsewhere", s)
		}},
		"journal is a link": {do: func(s string) error { return os.Symlink(victim, filepath.Join(s, "journal.db")) },
			refuse: "journal.db is not what inboxfs made there"},
		"events are a link": {do: func(s string) error { return os.Symlink(victim, filepath.Join(s, "events.log")) },
			refuse: "events.log is not what"},
		"lock is a link": {do: func(s string) error { return os.Symlink(victim, filepath.Join(s, "lock")) },
			refuse: "lock is not what"},
		"inbox is a link": {do: func(s string) error {
			return os.Symlink(filepath.Dir(victim),
				filepath.Join(s, "inbox"))
		}, refuse: "inbox is not what"},
		"inbox is a file": {do: func(s string) error { return os.WriteFile(filepath.Join(s, "inbox"), nil, 0o600) },
			refuse: "inbox is not what"},
		"another's": {do: func(s string) error { return os.Chown(s, 65534, 65534) },
			refuse: "belongs to another user", root: true},
		"another's file": {do: func(s string) error {
			path := filepath.Join(s, "journal.db")
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				return err
			}
			return os.Chown(path, 65534, 65534)
		}, refuse: "belongs to another user", root: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.root && os.Geteuid() != 0 {
				t.Skip("SKIPPED, NOTHING TESTED: only root can give files away")
			}
			spool := filepath.Join(t.TempDir(), "spool")
			if err := os.Mkdir(spool, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := c.do(spool); err != nil {
				t.Fatal(err)
			}
			inbox, err := makeSpool(spool)
			if c.refuse != "" {
				if err == nil || !strings.Contains(err.Error(), c.refuse) {
					t.Errorf("it says %v", err)
				}
				return
			}
			if err != nil || inbox != filepath.Join(spool, "inbox") {
				t.Fatalf("%s, %v", inbox, err)
			}
			for path, want := range map[string]os.FileMode{spool: 0o700, filepath.Join(spool, "journal.db"): 0o600} {
				if info, err := os.Stat(path); err == nil && info.Mode().Perm() != want || err != nil && path == spool {
					t.Errorf("%s: %v, %v", path, info.Mode(), err)
				}
			}
		})
	}
	if _, err := os.Lstat(victim); err == nil {
		t.Error("a file was made outside")
	}
}
