package fs

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	fusefs "github.com/hanwen/go-fuse/v2/fs"

	"inboxfs/fs/writer"
	"inboxfs/queue/transfer"
)

// TestInboxKilled ends writers before they are done.
func TestInboxKilled(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, script, want string }{
		{"killed", "sh -c 'echo half; kill -9 $$' > $M/inbox/f", "fault: sh was killed by SIGKILL after 5 B"},
		{"interrupted", "sh -c 'echo half; kill -2 $$' > $M/inbox/f", "fault: sh was killed by SIGINT after 5 B"},
		{"failed", "sh -c 'echo half; exit 3' > $M/inbox/f",
			"fault: sh ended with status 3 with the file open after 5 B"},
		{"killed, and its shell went on", "{ sh -c 'echo half; kill -9 $$'; echo more; } > $M/inbox/f",
			"fault: sh was killed by SIGKILL after 10 B"},
		{"failed, and its shell went on", "{ sh -c 'echo half; exit 3'; echo more; } > $M/inbox/f",
			"close 1 changed size=10"},
		{"ended well", "sh -c 'echo all; exit 0' > $M/inbox/f", "close 1 changed size=4"},
		{"half of a file of a known size", "$EXE half $M/inbox/f",
			"fault: fs.test was killed by SIGKILL at 1.5 of 3.0 MiB"},
		{"nothing found", "grep x $T/abc > $M/inbox/f", "close 1 changed size=0"},
		{"nothing written", "cp $T/abc $M/inbox/f; $EXE age $I/f; sh -c 'kill -9 $$' >> $M/inbox/f", "close 1"},
		{"relay with threads that have names",
			"ln -s ${EXE##* } $T/dufs; INBOXFS_TEST_CHILD=1 $T/dufs thread $M/inbox/f", "close 1 changed size=3 relay"},
		{"relay", "ln -s $(command -v dd) $T/smbd; $T/smbd if=$T/abc of=$M/inbox/f status=none",
			"close 1 changed size=3 relay"},
	} {
		for mode, passthrough := range modes {
			t.Run(tc.name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				it := mountInbox(t, passthrough)
				it.sh(t, it.with(t, tc.script))
				calls := it.rec.until(t, "close")
				it.rec.settled(t)
				want := tc.want
				if passthrough && os.Geteuid() == 0 {
					want = strings.TrimSuffix(want, " at 1.5 of 3.0 MiB") // nobody tells us of the writes
				}
				if last := calls[len(calls)-1]; strings.HasPrefix(want, "fault") && !strings.HasSuffix(last, want) ||
					!strings.HasPrefix(want, "fault") && last != want {
					t.Errorf("the queue was told %q, want %q", last, want)
				}
			})
		}
	}
}

// TestInboxEndings has programs close files in good order and fail then.
func TestInboxEndings(t *testing.T) {
	t.Parallel()
	needEndings(t)
	for _, tc := range []struct {
		name, script string
		want         map[int]string // by id
	}{
		{"failed", "$EXE write-and-fail $M/inbox/a", map[int]string{1: "fs.test ended with status 18"}},
		{"the last of several", "$EXE write-and-fail $M/inbox/a $M/inbox/b $M/inbox/c",
			map[int]string{1: "", 2: "", 3: "fs.test ended with status 18"}},
		{"failed, and had given it its name before", "$EXE write-name-and-fail $M/inbox/a.part $M/inbox/a",
			map[int]string{1: ""}},
		{"rsync --partial",
			"ln -s ${EXE##* } $T/rsync; INBOXFS_TEST_CHILD=1 $T/rsync write-name-and-fail $M/inbox/.a $M/inbox/a",
			map[int]string{1: "rsync ended with status 18"}},
		{"killed", "$EXE write-and-die $M/inbox/a", map[int]string{1: "fs.test was killed by SIGKILL"}},
		{"another one was the last", "sh -c 'echo whole > $M/inbox/a; exec > $M/inbox/b; kill -9 $$'",
			map[int]string{1: "", 2: ""}},
		{"a shell", "sh -c 'echo whole > $M/inbox/a; exit 3'", map[int]string{1: ""}},
		{"ended well", "cp $T/abc $M/inbox/a", map[int]string{1: ""}},
		{"cp that lacked another", "cp $T/abc $T/missing $T/hello $M/inbox/ 2>/dev/null",
			map[int]string{1: "", 2: "cp ended with status 1"}},
		{"read again, and closed",
			"cp -p $T/abc $T/missing $M/inbox/ 2>/dev/null; cat $M/inbox/abc; $EXE age $I/abc; touch $M/inbox/abc",
			map[int]string{1: "cp ended with status 1"}},
		{"its parent does not ask", "$EXE write-and-fail $M/inbox/a & exec sleep 1000",
			map[int]string{1: "fs.test ended with status 18"}},
	} {
		for mode, passthrough := range modes {
			t.Run(tc.name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				it := mountInbox(t, passthrough)
				c := it.command(t, it.with(t, tc.script))
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				if strings.Contains(tc.script, "exec sleep") {
					defer c.Wait() // says that it was killed
					defer c.Process.Kill()
					it.rec.until(t, "close 1")
				} else {
					_ = c.Wait() // it fails, mostly
				}
				it.rec.settled(t)
				for id, want := range tc.want {
					it.ending(t, id, want)
				}
			})
		}
	}
}

// ending waits until it is known that the writer of a drop ended in that way, and otherwise fails if it ended badly.
func (it *inboxTest) ending(t *testing.T, id int, want string) {
	t.Helper()
	it.rec.mu.Lock()
	end := it.rec.ends[transfer.ID(id)]
	it.rec.mu.Unlock()
	got := ""
	for stop := time.Now().Add(limit); ; time.Sleep(time.Millisecond) {
		if end != nil {
			got = end.Fault()
		}
		if want == "" || strings.HasPrefix(got, want+" right after") || time.Now().After(stop) {
			break
		}
	}
	if want == "" && got != "" || !strings.HasPrefix(got, want) {
		t.Errorf("#%d: %q, want %q", id, got, want)
	}
}

// needEndings skips where the kernel tells the exit of no process but a child's.
func needEndings(t *testing.T) {
	t.Helper()
	ps := &writer.Programs{}
	c := exec.Command("sh", "-c", "read x; exit 7")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	p := ps.Closed(uint32(c.Process.Pid), "x", writer.Opener{}, fusefs.StableAttr{})
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // status 7
	if p == nil || (writer.Ending{By: p}).Fault() == "" {
		if os.Getenv("STORY_STRICT") != "" && kernelAtLeast(t, 6, 15) {
			t.Fatal("this kernel should tell how programs end, and does not")
		}
		t.Skip("SKIPPED, NOTHING TESTED: the end of a program is told by Linux 6.15")
	}
}
