package writer

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
)

// needEndings skips where the kernel tells the exit of no process but a child's.
func needEndings(t *testing.T) {
	t.Helper()
	ps := &Programs{}
	c := exec.Command("sh", "-c", "read x; exit 7")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	p := ps.Closed(uint32(c.Process.Pid), "x", Opener{}, fusefs.StableAttr{})
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // status 7
	if p == nil || (Ending{By: p}).Fault() == "" {
		t.Skip("SKIPPED, NOTHING TESTED: the end of a program is told by Linux 6.15")
	}
}

// TestProgramsAreBounded watches more processes than there may be, and many files of one.
func TestProgramsAreBounded(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	needEndings(t)
	ps := &Programs{}
	// Each ends with status 7 when its input does.
	start := func() (pid uint32, end func()) {
		c := exec.Command("sh", "-c", "read x; exit 7")
		in, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return uint32(c.Process.Pid), func() {
			if err := in.Close(); err != nil {
				t.Error(err)
			}
			_ = c.Wait() // status 7
		}
	}
	first, end := start()
	var p *Program
	for i := range 10_000 {
		if p = ps.Closed(first, "first", Opener{}, fusefs.StableAttr{Ino: uint64(i)}); p == nil {
			t.Fatal("not watched")
		}
	}
	if watching(ps) != 1 {
		t.Fatalf("%d are watched for one process", watching(ps))
	}
	end()
	if (Ending{p, fusefs.StableAttr{Ino: 1}}).Fault() != "" || (Ending{p, fusefs.StableAttr{Ino: 9999}}).Fault() == "" {
		t.Error("the wrong file counts as the last one")
	}
	for i := range 3 * sweepMin { // one after another: those that ended make room before there are many
		pid, end := start()
		p = ps.Closed(pid, "one", Opener{}, fusefs.StableAttr{})
		end()
		if p == nil || watching(ps) > sweepMin+1 {
			t.Fatalf("after %d: %v, and %d are watched", i, p, watching(ps))
		}
	}
	if !strings.Contains((Ending{By: p}).Fault(), "status 7") {
		t.Error("the last one did not fail")
	}
	var watched []*Program
	for range watchMost + 2 {
		pid, end := start()
		defer end()
		if p := ps.Closed(pid, "many", Opener{}, fusefs.StableAttr{}); p != nil {
			watched = append(watched, p)
		}
	}
	if watching(ps) > watchMost || len(watched) < watchMost {
		t.Errorf("%d are watched, and %d were", watching(ps), len(watched))
	}
	ps.mu.Lock()
	watched[0].at = time.Now().Add(-2 * watchIdle)
	ps.mu.Unlock()
	pid, end := start()
	defer end()
	if ps.Closed(pid, "late", Opener{}, fusefs.StableAttr{}) == nil || watching(ps) > watchMost {
		t.Error("one that was idle for long made no room")
	}
}

// watching is how many processes are watched.
func watching(ps *Programs) int {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return len(ps.byPid)
}

func TestParseStat(t *testing.T) {
	t.Parallel()
	line := func(name, flags, code string) string {
		return "123 (" + name + ") S " + strings.Repeat("1 ", 5) + flags + strings.Repeat(" 0", 42) + " " + code + "\n"
	}
	for _, tc := range []struct {
		line, end string
		relay     bool
	}{
		{line("cp", "4194304", "0"), "", false},
		{line("cp", "4194308", "0"), "", false},
		{line("cp", "4194304", "9"), "", false}, // not exiting: an old code
		{line("cp", "4194308", "9"), "cp was killed by SIGKILL", false},
		{line("cp", "4194308", "139"), "cp was killed by SIGSEGV", false}, // with a core
		{line("cp", "4194308", "40"), "cp was killed by signal 40", false},
		{line("tar", "4194308", "512"), "tar ended with status 2", false},
		{line("diff", "4194308", "256"), "", false}, // there are differences
		{line("diff", "4194308", "512"), "diff ended with status 2", false},
		{line("a) S 1 (b", "4194308", "256"), `"a) S 1 (b" ended with status 1`, false},
		{line("smbd[10.0.0.7]", "4194304", "0"), "", true},
		{line("sftp-server", "4194304", "0"), "", true},
		{line("smb", "4194304", "0"), "", false},
		{"", "", false}, {"1 (", "", false}, {"1 )(", "", false}, {"1 (nfsd) S 1", "", true},
	} {
		stat, _ := parseStat([]byte(tc.line))
		w := Writer{Comm: stat.comm}
		if stat.exiting {
			w.End = endOf(nil, stat.comm, "", stat.code, true)
		}
		if w.End.String() != tc.end || w.Relay() != tc.relay {
			t.Errorf("%q: %q, relay %v; want %q, %v", tc.line, w.End, w.Relay(), tc.end, tc.relay)
		}
	}
}

// BenchmarkClosed is what each close of a written file costs more for it to be known how its writer ended.
func BenchmarkClosed(b *testing.B) {
	ps := &Programs{}
	for i := 0; b.Loop(); i++ {
		if ps.Closed(uint32(os.Getpid()), "bench", Opener{}, fusefs.StableAttr{Ino: uint64(i)}) == nil {
			b.Skip("SKIPPED, NOTHING MEASURED: the end of a program is told by Linux 6.15")
		}
	}
}
