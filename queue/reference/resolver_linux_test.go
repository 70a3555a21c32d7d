package reference

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// place is a folder with a spool, and a file system of its own that stands for the mount: /proc, which every machine
// has.
func place(t *testing.T) (dir string, r *Resolver) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"spool/inbox", "data/sub"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"data/a", "data/sub/b", "spool/inbox/c"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(file), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"rel": "data/a", "abs": filepath.Join(dir, "data"), "up": "data/sub/../a",
		"loop":  "loop",
		"mount": "/proc/self", "bound": "abs/../mount/status", "spooled": "spool/inbox/c", "dangling": "data/none",
		"data/sub/out": "../../abs/a"} {
		if err := os.Symlink(text, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if r, err = New(filepath.Join(dir, "spool"), "/proc"); err != nil {
		t.Fatal(err)
	}
	return dir, r
}

func TestFind(t *testing.T) {
	t.Parallel()
	dir, r := place(t)
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]any{
		"data/a": "data/a", "rel": "data/a", "abs/a": "data/a", "up": "data/a", "abs/sub/../../rel": "data/a",
		"data/sub/out":    "data/a",
		"./data//sub/./b": "data/sub/b", "../../../../../../../../../.." + dir + "/rel": "data/a",
		"none": Nothing, "dangling": Nothing, "data/a/b": Nothing, "data/a/": Nothing, "data/a/.": Nothing,
		"data": Folder, "": Folder, "loop": Loop,
		"fifo": Special, "mount/status": InMount, "mount": InMount, "bound": InMount, "spooled": InSpool,
		"spool": InSpool, "spool/none": InSpool,
	} {
		f, real, err := r.Find(filepath.Join(dir, "data") + "/../" + path)
		var refused *Refused
		if errors.As(err, &refused) {
			if refused.Is != want {
				t.Errorf("%s is %v, not %v", path, refused.Is, want)
			}
			continue
		}
		if err != nil || strings.TrimPrefix(real, dir+"/") != want {
			t.Errorf("%s is found as %s, not %v: %v", path, real, want, err)
			continue
		}
		content, err := os.ReadFile(real)
		buf := make([]byte, 100)
		n, _ := f.Read(buf)
		if err != nil || string(buf[:n]) != string(content) {
			t.Errorf("%s has %q, %v", path, buf[:n], err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if f, err = r.Open(real); err != nil {
			t.Errorf("opening %s: %v", real, err)
			continue
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenFollowsNoLink(t *testing.T) {
	t.Parallel()
	dir, r := place(t)
	for path, want := range map[string]Kind{"rel": Moved, "abs/a": Moved, "abs/none": Moved, "none": Nothing,
		"spool/inbox/c": InSpool, "data": Folder} {
		_, err := r.Open(filepath.Join(dir, path))
		var refused *Refused
		if !errors.As(err, &refused) || refused.Is != want {
			t.Errorf("%s is %v, not %v", path, err, want)
		}
	}
	if _, err := r.Open("/proc/version"); err == nil {
		t.Error("a file in the mount was opened")
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		return // root may read all; the stories have an ordinary user's
	}
	dir, r := place(t)
	for path, name := range map[string]string{"data/a": "data/a", "data": "data/sub/b"} {
		if err := os.Chmod(filepath.Join(dir, path), 0); err != nil {
			t.Fatal(err)
		}
		_, _, err := r.Find(filepath.Join(dir, name))
		var refused *Refused
		if !errors.As(err, &refused) || refused.Is != Unreadable || !errors.Is(err, os.ErrPermission) {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.Chmod(filepath.Join(dir, path), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	r := &Resolver{mount: "/home/ann/mnt"}
	for _, c := range []struct{ name, text, want string }{
		{"a", "/data/a", "/data/a"},
		{"a", "../../a", "/home/ann/a"},
		{"a", "./.././/../x/../a", "/home/ann/x/../a"},
		{"a", "../../../bob/a", "/home/ann/../bob/a"},
		{"d/e/a", "../../../../a", "/home/ann/a"},
		{"a", "../..", "/home/ann/"},
		{"a", "../a", ""}, {"a", "a", ""}, {"a", ".", ""}, {"a", "..", ""}, {"a", "./", ""}, {"d/a", "../../a", ""},
		{"a", "x/../../../a", ""},
	} {
		got, err := r.Link(c.name, c.text)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s -> %s leads to %q, %v", c.name, c.text, got, err)
		}
	}
	if _, err := (&Resolver{}).Link("a", "../../../a"); err == nil {
		t.Error("a relative link leads somewhere without a mount")
	}
}
