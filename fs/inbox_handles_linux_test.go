package fs

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"inboxfs/queue/transfer"
)

// syncBuffer is a buffer that a log is written to while a test reads it.
type syncBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestInboxPassesThrough fails if data comes to us on a kernel and as a user that could pass it through.
func TestInboxPassesThrough(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED, NOTHING TESTED: passthrough needs root")
	}
	if !kernelAtLeast(t, 6, 9) {
		t.Skip("SKIPPED, NOTHING TESTED: passthrough needs Linux 6.9")
	}
	var log syncBuffer
	it := mountInbox(t, true, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	it.ok(t, it.with(t, "cp $T/hello $M/inbox/f; echo more >> $M/inbox/f; cat $M/inbox/f"))
	it.rec.settled(t)
	it.content(t, "f", "hellomore\n")
	if strings.Contains(log.String(), "they are served") {
		t.Errorf("writes were served:\n%s", log.String())
	}
}

func kernelAtLeast(t *testing.T, wantMajor, wantMinor int) bool {
	t.Helper()
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	var major, minor int
	if _, err := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &major, &minor); err != nil {
		t.Fatal(err)
	}
	return major > wantMajor || major == wantMajor && minor >= wantMinor
}

// TestInboxHandles opens a file in every mixture of ways; a wrong one makes the kernel answer EIO.
func TestInboxHandles(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, script, want string }{
		{"reader, then writer", "exec 3< $F; exec 4> $F; echo new >&4; cat <&3", "new\n"},
		{"writer, then reader", "exec 4>> $F; exec 3< $F; echo new >&4; cat <&3", "old\nnew\n"},
		{"two writers", "exec 4>> $F; exec 5>> $F; echo a >&4; echo b >&5; echo c >&4; cat $F", "old\na\nb\nc\n"},
		{"readers come and go",
			"exec 4>> $F; cat $F $F > /dev/null; echo a >&4; exec 4>&-; cat $F; exec 5>> $F; cat $F",
			"old\na\nold\na\n"},
		{"truncated below a writer", "exec 4<> $F; truncate -s 0 $F; echo new >&4; cat $F", "new\n"},
		{"mapped, read, and appended", "$EXE remap $P; exec 4>> $P; printf x >&4; tail -c 1 $P; wc -c < $P", "x8193\n"},
		{"through two names", "ln $F $M/inbox/g; exec 4>> $F; exec 5>> $M/inbox/g; echo a >&4; echo b >&5; cat $F",
			"old\na\nb\n"},
		{"replaced below a reader", "exec 3< $F; cp $T/abc $M/inbox/n; mv $M/inbox/n $F; cat <&3; cat $F", "old\nabc"},
		{"removed below a writer",
			"exec 4<> $F; rm $F; echo new >&4; cat <&4; chmod 600 /proc/self/fd/4; cp $T/abc $F; cat $F", "abc"},
		{"direct", "dd if=$P of=$F oflag=direct bs=4096 status=none; wc -c < $F", "8192\n"},
		{"synchronous", "dd if=$P of=$F oflag=sync bs=4096 status=none; wc -c < $F", "8192\n"},
		{"copied inside", "cp $F $M/inbox/g; cat $M/inbox/g", "old\n"},
		{"copied over inside", "cp $P $M/inbox/g; cp $F $M/inbox/g; cat $M/inbox/g", "old\n"},
	} {
		for mode, passthrough := range modes {
			t.Run(tc.name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				it := mountInbox(t, passthrough)
				it.prepare(t, "echo old > $M/inbox/f; cp $T/page $M/inbox/page")
				got := it.ok(t, it.with(t, "set -e; F=$M/inbox/f; P=$M/inbox/page; "+tc.script))
				if got != tc.want {
					t.Errorf("got %q, want %q", got, tc.want)
				}
				it.rec.settled(t)
				it.noneOpen(t)
			})
		}
	}
}

// noneOpen fails if this process still has a file of the spool open.
func (it *inboxTest) noneOpen(t *testing.T) {
	t.Helper()
	left := func() []string {
		var open []string
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			return nil // no Linux
		}
		for _, fd := range fds {
			to, err := os.Readlink("/proc/self/fd/" + fd.Name())
			if err == nil && strings.HasPrefix(to, it.options.Inbox+"/") {
				open = append(open, to)
			}
		}
		return open
	}
	for end := time.Now().Add(limit); len(left()) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still open: %q", left())
		}
	}
}

// TestInboxLowSpace drops files while less than the reserve is free, and while it becomes so.
func TestInboxLowSpace(t *testing.T) {
	t.Parallel()
	it := mountInbox(t, true, func(o *Options) { o.Reserve = 1 << 62 })
	it.ok(t, it.with(t, "cp $T/hello $M/inbox/f; exec 3>> $M/inbox/f; cat $M/inbox/f; echo >&3"))
	calls := it.rec.until(t, "close")
	it.rec.settled(t)
	if all := strings.Join(calls, "\n"); strings.Contains(all, "fault") {
		t.Errorf("writes that were served, and succeeded, count as failed:\n%s", all)
	}
	it.content(t, "f", "hello\n")
}

// TestInboxFull fills a small disk.
func TestInboxFull(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED, NOTHING TESTED: only root can mount a small disk")
	}
	for mode, passthrough := range modes {
		for reserve, bytes := range map[string]int64{"no reserve": 0, "reserve": 4 << 20} {
			t.Run(mode+"/"+reserve, func(t *testing.T) {
				t.Parallel()
				it := mountInbox(t, passthrough, func(o *Options) { o.Reserve = bytes }, smallSpool(t))
				out, code := it.sh(t, "head -c 40000000 /dev/zero > /$T/big; cp $T/big $M/inbox/f")
				if code != 1 || !strings.Contains(out, "No space left on device") {
					t.Errorf("cp ended with %d and said %q", code, out)
				}
				calls := it.rec.until(t, "close")
				if last := calls[len(calls)-1]; !strings.Contains(last, "fault: ") && (bytes > 0 || !passthrough) {
					t.Errorf("no fault: %s", last)
				}
				it.noneOpen(t) // or the space would not be free yet
				it.ok(t, "rm $M/inbox/f; echo ok > $M/inbox/g")
				if last := it.rec.until(t, "close")[0:]; strings.Contains(last[len(last)-1], "fault") {
					t.Errorf("a fault after there was space again: %q", last)
				}
			})
		}
	}
}

// smallSpool puts the spool on a disk of 16 MiB.
func smallSpool(t *testing.T) func(*Options) {
	return func(o *Options) {
		dir := t.TempDir()
		if err := syscall.Mount("small", dir, "tmpfs", 0, "size=16m"); err != nil {
			t.Skipf("SKIPPED, NOTHING TESTED: no small disk can be mounted: %v", err)
		}
		t.Cleanup(func() {
			if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
		o.Spool, o.Inbox = dir, filepath.Join(dir, "inbox")
		if err := os.Mkdir(o.Inbox, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// remover is a queue that removes the file just when it is opened, as the real one does with what was uploaded.
type remover struct {
	*recorder
	inbox string
}

func (r remover) Open(name string, created bool) transfer.ID {
	if !created {
		_ = os.Remove(filepath.Join(r.inbox, name)) // the second time it is gone
	}
	return r.recorder.Open(name, created)
}

// TestInboxRemovedBelow opens a file that the queue removes meanwhile: it is created anew.
func TestInboxRemovedBelow(t *testing.T) {
	t.Parallel()
	it := mountInbox(t, false, func(o *Options) { o.Queue = remover{o.Queue.(*recorder), o.Inbox} })
	it.prepare(t, "cp $T/abc $M/inbox/f")
	it.ok(t, it.with(t, "cp $T/hello $M/inbox/f; cat $M/inbox/f"))
	has(t, it.rec.until(t, "close"), "open f 1", "close 1", "create f 1", "close 1 changed size=5")
	if out, code := it.sh(t, "echo > $M/inbox/f; dd if=/dev/zero of=$M/inbox/f conv=nocreat bs=1 count=1"); code != 1 ||
		!strings.Contains(out, "No such file or directory") {
		t.Errorf("opening a removed file without creating it: %d, %q", code, out)
	}
}
