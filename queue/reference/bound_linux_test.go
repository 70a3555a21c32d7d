package reference

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFindBound has folders of the spool, and what is mounted in it, mounted elsewhere: that leads into the spool all
// the same.
func TestFindBound(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED, NOTHING TESTED: only root can mount")
	}
	dir, r := place(t)
	bind := func(from, to string, flags uintptr) {
		t.Helper()
		at := filepath.Join(dir, to)
		if err := os.MkdirAll(at, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mount(filepath.Join(dir, from), at, map[uintptr]string{0: "tmpfs"}[flags], flags,
			""); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := unix.Unmount(at, unix.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
	}
	if err := os.Mkdir(filepath.Join(dir, "spool/inbox/sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	bind("disk", "spool/inbox/disk", 0)
	for _, file := range []string{"spool/inbox/sub/f", "spool/inbox/disk/f", "spool/journal.db"} {
		if err := os.WriteFile(filepath.Join(dir, file), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	bind("spool", "b/spool", unix.MS_BIND)
	bind("spool/inbox", "b/inbox", unix.MS_BIND)
	bind("spool/inbox/sub", "b/sub", unix.MS_BIND)
	bind("b/sub", "b/again", unix.MS_BIND)
	bind("spool/inbox/disk", "b/disk", unix.MS_BIND)
	bind("data", "b/data", unix.MS_BIND)
	if err := os.Symlink(filepath.Join(dir, "b/sub"), filepath.Join(dir, "b/link")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]Kind{"b/spool/journal.db": InSpool, "b/inbox/c": InSpool,
		"b/inbox/sub/f": InSpool, "b/sub/f": InSpool, "b/again/f": InSpool,
		"b/link/f": InSpool, "b/disk/f": InSpool, "b/data/a": 0, "data/a": 0} {
		f, real, err := r.Find(filepath.Join(dir, path))
		if want == 0 {
			if err != nil {
				t.Errorf("%s: %v", path, err)
			} else if err := f.Close(); err != nil {
				t.Error(err)
			}
			continue
		}
		var refused *Refused
		if !errors.As(err, &refused) || refused.Is != want {
			t.Errorf("%s is found as %q, %v", path, real, err)
		}
		if _, err := r.Open(filepath.Join(dir, path)); err == nil {
			t.Errorf("%s is opened", path)
		}
	}
}
