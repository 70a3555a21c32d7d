package reference

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMadeUp finds nothing in the kernel's own file systems, by whichever way: the environment of the process that
// looks is not to be uploaded.
func TestMadeUp(t *testing.T) {
	t.Parallel()
	dir, _ := place(t)
	r, err := New(filepath.Join(dir, "spool"), "") // in place's, /proc stands for the mount
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"v": "/proc/version", "root": "/proc/self/root/proc/self/environ",
		"sub": "/proc/sys"} {
		if err := os.Symlink(text, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	paths := []string{"/proc/version", "/proc/self/environ", "/proc/1/environ", "/sys/kernel/profiling", dir + "/v",
		dir + "/root", dir + "/sub/kernel/ostype"}
	if os.Geteuid() == 0 {
		bound := filepath.Join(dir, "data/a")
		if err := unix.Mount("/proc/cpuinfo", bound, "", unix.MS_BIND, ""); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := unix.Unmount(bound, unix.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
		paths = append(paths, bound)
	}
	for _, path := range paths {
		if _, err := os.Lstat(path); err != nil {
			t.Logf("%v; it is not tried", err)
			continue
		}
		f, real, err := r.Find(path)
		var refused *Refused
		if !errors.As(err, &refused) || refused.Is != MadeUp {
			t.Errorf("%s is found as %s, %v", path, real, err)
		}
		if err == nil {
			_ = f.Close() // opened for reading
		}
	}
	if _, err := r.Open("/proc/version"); err == nil {
		t.Error("/proc/version was opened")
	}
}
