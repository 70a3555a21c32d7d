package fs

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/hanwen/go-fuse/v2/posixtest"
)

// posixDir names the directory in which a child process is to run the library's POSIX suite.
const posixDir = "INBOXFS_TEST_POSIX"

// notPOSIX are tests of the suite that a local disk does not pass either.
var notPOSIX = map[string]string{
	"FcntlFlockLocksFile": "wants two descriptors of one process to exclude each other, which POSIX locks do not",
}

// TestPosix runs the library's POSIX suite on an inbox, in a child process, as the mounting user and as another.
func TestPosix(t *testing.T) {
	if dir := os.Getenv(posixDir); dir != "" {
		for _, name := range slices.Sorted(maps.Keys(posixtest.All)) {
			t.Run(name, func(t *testing.T) {
				if why, ok := notPOSIX[name]; ok {
					t.Skip(why)
				}
				mine := filepath.Join(dir, name)
				if err := os.Mkdir(mine, 0o755); err != nil {
					t.Fatal(err)
				}
				posixtest.All[name](t, mine)
			})
		}
		return
	}
	t.Parallel()
	for mode, passthrough := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			it := mountInbox(t, passthrough)
			it.posix(t, nil)
		})
		t.Run("another user/"+mode, func(t *testing.T) {
			t.Parallel()
			another := needOther(t)
			it := mountInbox(t, passthrough, func(o *Options) { o.AllowOther = true })
			if err := os.Chmod(it.options.Inbox, 0o777); err != nil {
				t.Fatal(err)
			}
			it.posix(t, another)
		})
	}
}

// posix runs the suite as a user, nil for this one.
func (it *inboxTest) posix(t *testing.T, as *syscall.Credential) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*limit)
	defer cancel()
	exe := self(t)
	if as != nil {
		exe = copyFor(t, exe)
		openWay(t, it.dir)
	}
	c := exec.CommandContext(ctx, exe, "-test.run=^TestPosix$", "-test.v")
	c.Env = append(os.Environ(), posixDir+"="+filepath.Join(it.dir, "inbox"))
	c.Dir = "/"
	c.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	passed := 0
	for line := range strings.Lines(string(out)) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "--- PASS: TestPosix/"):
			passed++
		case strings.Contains(line, "--- SKIP"):
			t.Log(line)
		}
	}
	if passed < len(posixtest.All)-len(notPOSIX)-2 { // O_TMPFILE is refused; large attributes depend on the disk below
		t.Errorf("only %d of %d ran\n%s", passed, len(posixtest.All), out)
	}
	it.rec.settled(t)
}

// copyFor puts a copy of a program where every user may run it.
func copyFor(t *testing.T, exe string) string {
	t.Helper()
	dir := t.TempDir()
	openWay(t, dir)
	data, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, "program")
	if err := os.WriteFile(to, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return to
}
