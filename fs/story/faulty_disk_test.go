package story

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// faultsOfDrops are operations on a drop, its folder or what a daemon keeps beside them; $F is the drop's last name.
var faultsOfDrops = []diskFault{
	{op: "create", name: "$F"},
	{op: "write", name: "$F"},
	{op: "write", name: "$F", skip: 1},
	{op: "flush", name: "$F"},
	{op: "lookup", name: "$F", skip: 1},
	{op: "getattr", name: "$F"},
	{op: "getattr", name: "$F", skip: 3},
	{op: "setattr", name: "$F"},
	{op: "rename", name: "$F"},
	{op: "open", name: "$F", skip: 1},
	{op: "fsync", name: "$F"},
	{op: "read", name: "$F"},
	{op: "unlink", name: "$F"},
	{op: "fsyncdir", name: "inbox"},
	{op: "opendir", name: "inbox"},
	{op: "write", name: "journal.db"},
	{op: "write", name: "journal.db", skip: 3},
	{op: "fsync", name: "journal.db"},
	{op: "write", name: "events.log"},
	{op: "write", name: "events.log", skip: 2},
}

// TestDiskThatFails has each operation on the spool fail, once and for a while, in each way in which disks fail. The
// short form takes turns at that.
func TestDiskThatFails(t *testing.T) {
	t.Parallel()
	var rules [3][]diskFault // a story each
	for i, f := range faultsOfDrops {
		for j, errno := range []syscall.Errno{syscall.EIO, syscall.ENOSPC, syscall.EROFS} {
			for _, count := range []int{1, 0} {
				f.errno, f.count = errno, count
				switch {
				case *long > 0:
					rules[j] = append(rules[j], f)
				case (i+i/6)%3 == j && i%2 == count:
					rules[0] = append(rules[0], f)
				}
			}
		}
	}
	for i, some := range rules {
		t.Run(fmt.Sprint("disk ", i), func(t *testing.T) {
			t.Parallel()
			if len(some) == 0 {
				return
			}
			s, disk := faultyStory(t, "INBOXFS_UPLOAD_PART_SIZE=1MiB", "INBOXFS_INBOX_SETTLE=20ms",
				"INBOXFS_INBOX_PASSTHROUGH=false")
			for n, f := range some {
				s.meets(disk, f, fmt.Sprintf("f%d.mov", n))
			}
			s.sh("echo wait > $MNT/control")
			s.seen()
			s.until("the inbox is empty", func() bool { return s.sh("ls $MNT/inbox") == "" })
			s.until("no multipart upload is left", func() bool { return len(s.server.Uploads()) == 0 })
		})
	}
}

// meets drops a file on a disk that fails, and then on one that works again. Whatever a program was told to be done is
// uploaded in the end, or is there with a reason that says what to do.
func (s *story) meets(disk *faultyDisk, f diskFault, name string) {
	t := s.t
	what := fmt.Sprintf("%s %s (%v, skip %d, count %d) with %s", f.op, f.name, f.errno, f.skip, f.count, name)
	if f.name == "$F" {
		f.name = name
	}
	source := "src-" + name
	s.sh("head -c 1500000 /dev/urandom > " + source)
	disk.fail(f)
	// A program that copies and then gives its file the name, as many do, and one that empties the file first.
	_, err := s.try(
		fmt.Sprintf("echo old > $MNT/inbox/%[1]s && cp %[2]s $MNT/inbox/%[1]s && "+
			"mv $MNT/inbox/%[1]s $MNT/inbox/%[1]s.part && mv $MNT/inbox/%[1]s.part $MNT/inbox/%[1]s",
			name, source))
	told := err == nil
	s.sh("for i in $(seq 60); do grep -Eq '(success|failure|held).*" + name +
		"$' $MNT/list && break; sleep 0.01; done || true")
	hits := disk.heal()
	if hits == 0 && f.skip == 0 {
		t.Errorf("%s: nothing failed", what)
	}
	t.Logf("%s: %d times; told that it is done: %v; then %s %s", what, hits, told, s.state(name),
		s.field(name, "message"))
	if f.name == "journal.db" && hits > 0 && (f.op == "fsync" || f.errno != syscall.ENOSPC) {
		s.endsBy("start inboxfs again")
		s.mount()
	}
	s.sh("echo flush > $MNT/control; echo wait > $MNT/control || true")
	switch state, why := s.state(name), s.field(name, "message"); state {
	case "held", "failure":
		if why == "" {
			t.Errorf("%s: %s without a reason", what, state)
		}
		if !told {
			s.sh("echo delete " + name + " > $MNT/control")
			return
		}
		s.sh(fmt.Sprintf("echo release %[1]s > $MNT/control || echo retry %[1]s > $MNT/control", name))
		s.sh("echo wait " + name + " > $MNT/control")
	case "success", "":
	default:
		t.Errorf("%s: it is %s", what, state)
	}
	if told {
		s.arrived(name, filepath.Join(s.dir, source))
	} else if object, _, ok := s.server.Object(bucket, name); ok {
		s.sh(fmt.Sprintf("echo old > old; cmp %[1]s old || cmp %[1]s %[2]s", object, source)) // no half file
	}
}

// endsBy waits for the daemon to end by itself, which it does with an error that says what to do.
func (s *story) endsBy(saying string) {
	s.t.Helper()
	select {
	case err := <-s.exited:
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(s.log.String(), saying) {
			s.t.Errorf("the daemon ended with %v:\n%s", err, clip(s.log.String()))
		}
		s.daemon = nil
	case <-time.After(time.Minute):
		s.t.Fatalf("the daemon goes on:\n%s", clip(s.log.String()))
	}
}
