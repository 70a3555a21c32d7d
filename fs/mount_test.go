package fs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// limit is how long anything in these tests may take before it counts as hanging.
const limit = 30 * time.Second

// testMount is a mounted tree over fakes. Only child processes may touch it.
type testMount struct {
	dir     string
	options Options
	server  *Server
	queue   *fakeQueue
	control *fakeControl
	events  *fakeEvents
}

// needFUSE skips where no mount can be made, and says so.
func needFUSE(t *testing.T) {
	t.Helper()
	f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("SKIPPED, NOTHING TESTED: no FUSE mount can be made here: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("fusermount3"); err != nil && os.Geteuid() != 0 {
		t.Skip("SKIPPED, NOTHING TESTED: mounting as an ordinary user needs fusermount3 (package fuse3)")
	}
}

func testOptions(t *testing.T) (Options, *testMount) {
	t.Helper()
	m := &testMount{queue: &fakeQueue{}, control: newFakeControl(), events: &fakeEvents{}}
	m.queue.summary.State = list.Running
	inbox := filepath.Join(t.TempDir(), "spool", "inbox")
	if err := os.MkdirAll(inbox, 0o755); err != nil {
		t.Fatal(err)
	}
	m.options = Options{Inbox: inbox, Spool: filepath.Dir(inbox), Queue: m.queue, Control: m.control, Events: m.events,
		Log: slog.New(slog.NewTextHandler(testLog{t}, nil))}
	return m.options, m
}

// testLog writes the log of a mount into that of its test.
type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}

// mountTest mounts a tree over fakes until the test ends.
func mountTest(t *testing.T, change ...func(*Options)) *testMount {
	t.Helper()
	needFUSE(t)
	o, m := testOptions(t)
	for _, c := range change {
		c(&o)
	}
	m.dir = filepath.Join(t.TempDir(), "mnt")
	m.mount(t, o)
	return m
}

func (m *testMount) mount(t *testing.T, o Options) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	s, err := Mount(ctx, m.dir, o)
	if err != nil {
		t.Fatal(err)
	}
	m.server = s
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		if err := s.Unmount(ctx); err != nil {
			t.Errorf("at the end: %v", err)
		}
	})
}

// sh runs a script with $M for the mount, and returns what it printed to both outputs, and its exit code.
func (m *testMount) sh(t *testing.T, script string) (string, int) {
	t.Helper()
	c := m.command(t, script)
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", script, err)
	}
	return string(out), c.ProcessState.ExitCode()
}

// ok is sh for a script that succeeds.
func (m *testMount) ok(t *testing.T, script string) string {
	t.Helper()
	out, code := m.sh(t, script)
	if code != 0 {
		t.Fatalf("%s: exit %d\n%s", script, code, out)
	}
	return out
}

// command prepares a script that is killed, with all its children, when the test has taken too long.
func (m *testMount) command(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, "sh", "-c", script)
	c.Env = append(os.Environ(), "M="+m.dir, "T="+t.TempDir(), "LC_ALL=C")
	c.Dir = "/"
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = time.Second
	return c
}

// start runs a script in the background, and ends it with the test. The reader gives its output.
func (m *testMount) start(t *testing.T, script string) (*exec.Cmd, io.Reader) {
	t.Helper()
	c := m.command(t, script)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = c.Stdout
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c.ProcessState == nil {
			_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) // it may have ended by itself
			_ = c.Wait()                                      // killed
		}
	})
	return c, out
}

// dialog is a running script that prints a line with a dot when it has come to a point, and then reads a line.
type dialog struct {
	t   *testing.T
	in  io.Writer
	out io.Reader
}

func (m *testMount) dialog(t *testing.T, script string) *dialog {
	t.Helper()
	c := m.command(t, script)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = c.Stdout
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // ends a script that still reads
		_ = c.Wait()   // its exit code means nothing
	})
	return &dialog{t, in, out}
}

// read returns what the script printed up to its next dot.
func (d *dialog) read() string {
	d.t.Helper()
	return await(d.t, d.out, ".\n")
}

// next lets the script go on.
func (d *dialog) next() {
	d.t.Helper()
	if _, err := io.WriteString(d.in, "\n"); err != nil {
		d.t.Fatal(err)
	}
}

// await reads r up to the whole lines in want, or fails.
func await(t *testing.T, r io.Reader, want string) string {
	t.Helper()
	var got bytes.Buffer
	b := make([]byte, 1)
	for !strings.HasSuffix(got.String(), "\n"+want) && got.String() != want {
		if _, err := r.Read(b); err != nil {
			t.Fatalf("%v while waiting for %q, after %q", err, want, got.String())
		}
		got.Write(b)
	}
	return got.String()
}

func entry(id transfer.ID, s list.State, name string) list.Info {
	return list.Info{Row: list.Row{ID: id, State: s, Size: 100, Name: name}, Added: time.Now().Add(-time.Hour)}
}
