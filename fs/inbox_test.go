package fs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"inboxfs/queue"
	"inboxfs/queue/sameness"
	"inboxfs/queue/transfer"
)

// recorder is a queue that writes down what the inbox tells it, and behaves like the real one as to ids.
type recorder struct {
	fakeQueue

	mu     sync.Mutex // guards the rest
	calls  []string
	last   transfer.ID
	ids    map[string]transfer.ID
	open   map[transfer.ID]int // writers
	ends   map[transfer.ID]queue.Ending
	guards map[string]int // how many hold a name
	more   chan struct{}  // closed and replaced with each call
}

func newRecorder() *recorder {
	return &recorder{ids: map[string]transfer.ID{}, open: map[transfer.ID]int{}, ends: map[transfer.ID]queue.Ending{},
		guards: map[string]int{}, more: make(chan struct{})}
}

func (r *recorder) record(format string, args ...any) {
	r.calls = append(r.calls, fmt.Sprintf(format, args...))
	close(r.more)
	r.more = make(chan struct{})
}

func (r *recorder) idLocked(name string) transfer.ID {
	if r.ids[name] == 0 {
		r.last++
		r.ids[name] = r.last
	}
	return r.ids[name]
}

func (r *recorder) CheckName(name string) error {
	if strings.Contains(name, "bad") {
		return fmt.Errorf("%w: %s is a bad name", transfer.ErrInvalid, name)
	}
	return nil
}

func (r *recorder) Open(name string, created bool) transfer.ID {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.guardedLocked(name)
	id := r.idLocked(name)
	r.open[id]++
	verb := "open"
	if created {
		verb = "create"
	}
	r.record("%s %s %d", verb, name, id)
	return id
}

func (r *recorder) Close(id transfer.ID, c queue.Closed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open[id]--
	if c.Changed || c.Doubtful {
		r.ends[id] = c.Ending
	}
	words := []string{fmt.Sprintf("close %d", id)}
	if c.Changed {
		words = append(words, fmt.Sprintf("changed size=%d", c.Size))
	}
	if c.Doubtful {
		words = append(words, "perhaps changed")
	}
	if c.Relay {
		words = append(words, "relay")
	}
	if c.Fault != "" {
		words = append(words, "fault: "+c.Fault)
	}
	r.record("%s", strings.Join(words, " "))
}

func (r *recorder) Changed(name string, size int64, _ time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.record("change %s size=%d", name, size)
}

func (r *recorder) Touched(name string, _, _ sameness.Print) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.record("touch %s", name)
}

func (r *recorder) Renamed(old, name string, writers int, by queue.Who) transfer.ID {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.guardedLocked(old, name)
	id := r.ids[old]
	delete(r.ids, old)
	if into := r.ids[name]; into != 0 {
		delete(r.open, id)
		id = into // the waiting drop gets new content
	}
	r.ids[name] = id
	r.open[id] = writers
	r.record("rename %s %s writers=%d is %d%s", old, name, writers, id, strange(by))
	return id
}

func (r *recorder) Exchanged(a, b string, by queue.Who) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.guardedLocked(a, b)
	r.ids[a], r.ids[b] = r.ids[b], r.ids[a]
	r.record("exchange %s %s%s", a, b, strange(by))
}

// strange is what is recorded of who does something, unless it is the owner.
func strange(by queue.Who) string {
	return map[queue.Who]string{queue.Owner: "", queue.Stranger: " by another", queue.Unknown: " by nobody"}[by]
}

func (r *recorder) Linked(old, name string, size int64, _ time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.guardedLocked(old, name)
	r.record("link %s %s size=%d", old, name, size)
}

func (r *recorder) Symlinked(name, text, of string, by queue.Who) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.guardedLocked(name)
	r.record("symlink %s to %s%s%s", name, text, map[bool]string{true: " of " + of}[of != ""], strange(by))
}

func (r *recorder) Removed(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.guardedLocked(name)
	delete(r.ids, name)
	r.record("remove %s", name)
}

func (r *recorder) Guard(names ...string) func() {
	count := func(n int) {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, name := range names {
			r.guards[name] += n
		}
	}
	count(+1)
	return func() { count(-1) }
}

const allNames = "\x00" // nothing can be called so

func (r *recorder) GuardAll() func() { return r.Guard(allNames) }

// guardedLocked writes it down when nobody holds a name that something happens to.
func (r *recorder) guardedLocked(names ...string) {
	for _, name := range names {
		if r.guards[name]+r.guards[allNames] == 0 {
			r.record("%s is not guarded", name)
		}
	}
}

// until waits for the recorded calls to end with last, which a RELEASE tells after the program that closed went on, and
// returns all since the last time.
func (r *recorder) until(t *testing.T, last string) []string {
	t.Helper()
	timeout := time.After(limit)
	for {
		r.mu.Lock()
		calls, more := r.calls, r.more
		if n := len(calls); n > 0 && strings.HasPrefix(calls[n-1], last) {
			r.calls = nil
			r.mu.Unlock()
			return calls
		}
		r.mu.Unlock()
		select {
		case <-more:
		case <-timeout:
			t.Fatalf("%q never came; got\n%s", last, strings.Join(calls, "\n"))
		}
	}
}

// told is what came so far.
func (r *recorder) told() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

// settled waits until no writer is counted.
func (r *recorder) settled(t *testing.T) {
	t.Helper()
	timeout := time.After(limit)
	for {
		r.mu.Lock()
		busy := false
		for _, n := range r.open {
			busy = busy || n != 0
		}
		more := r.more
		r.mu.Unlock()
		if !busy {
			return
		}
		select {
		case <-more:
		case <-timeout:
			t.Fatal("writers are left that nobody closes")
		}
	}
}

// idle fails if a writer is still counted.
func (r *recorder) idle(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, n := range r.open {
		if n != 0 {
			t.Errorf("%d writers left for %d", n, id)
		}
	}
}

// inboxTest is a mounted tree over a recorder.
type inboxTest struct {
	*testMount
	rec *recorder
}

// modes are the ways in which data can go. Passthrough needs root and Linux 6.9; without, its tests show that nothing
// depends on it.
var modes = map[string]bool{"served": false, "passthrough": true}

func mountInbox(t *testing.T, passthrough bool, change ...func(*Options)) *inboxTest {
	t.Helper()
	it := &inboxTest{rec: newRecorder()}
	it.testMount = mountTest(t, append([]func(*Options){func(o *Options) {
		o.Queue, o.Passthrough = it.rec, passthrough
	}}, change...)...)
	return it
}

// self returns the path of this test binary, which plays the programs that no system has; see child_test.go.
func self(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

func (it *inboxTest) spool(name string) string { return filepath.Join(it.options.Inbox, name) }

// has fails unless the calls are those wanted.
func has(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("the queue was told\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// content fails unless the file in the spool holds want.
func (it *inboxTest) content(t *testing.T, name, want string) {
	t.Helper()
	got, err := os.ReadFile(it.spool(name))
	if err != nil || string(got) != want {
		t.Errorf("%s in the spool: %q, %v; want %q", name, got, err, want)
	}
}

func TestInboxCalls(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, setup, script, last string
		want                      []string
	}{
		{"cp", "", "cp $T/abc $M/inbox/f", "close", []string{"create f 1", "close 1 changed size=3"}},
		{"cp over", "cp $T/abc $M/inbox/f", "cp $T/hello $M/inbox/f", "close",
			[]string{"open f 1", "change f size=0", "close 1 changed size=5"}},
		{"cp -p", "", "cp -p $T/abc $M/inbox/f", "", nil},
		{"mv in", "", "cp $T/abc $T/x; mv $T/x $M/inbox/f", "", nil},
		{"mv inside", "cp $T/abc $M/inbox/f", "mv $M/inbox/f $M/inbox/g", "rename",
			[]string{"rename f g writers=0 is 1"}},
		{"dd", "", "dd if=$T/abc of=$M/inbox/f status=none", "close", []string{"create f 1", "close 1 changed size=3"}},
		{"dd in place", "cp $T/hello $M/inbox/f", "printf J | dd of=$M/inbox/f conv=notrunc status=none", "close",
			[]string{"open f 1", "close 1 changed size=5"}},
		{">", "", "echo hello > $M/inbox/f", "close", []string{"create f 1", "close 1 changed size=6"}},
		{"> over", "cp $T/abc $M/inbox/f", "echo hello > $M/inbox/f", "close",
			[]string{"open f 1", "change f size=0", "close 1 changed size=6"}},
		{">>", "cp $T/abc $M/inbox/f", "echo hello >> $M/inbox/f", "close",
			[]string{"open f 1", "close 1 changed size=9"}},
		{">> new", "", "echo hello >> $M/inbox/f", "close", []string{"create f 1", "close 1 changed size=6"}},
		{"tee", "", "echo hello | tee $M/inbox/f > /dev/null", "close",
			[]string{"create f 1", "close 1 changed size=6"}},
		{"tee -a", "cp $T/abc $M/inbox/f", "echo hello | tee -a $M/inbox/f > /dev/null", "close",
			[]string{"open f 1", "close 1 changed size=9"}},
		{"subshell", "", "(echo a; echo b) > $M/inbox/f", "close", []string{"create f 1", "close 1 changed size=4"}},
		{"truncate new", "", "truncate -s 10 $M/inbox/f", "close",
			[]string{"create f 1", "change f size=10", "close 1 changed size=10"}},
		{"truncate", "cp $T/hello $M/inbox/f", "truncate -s 2 $M/inbox/f", "close",
			[]string{"open f 1", "change f size=2", "close 1 changed size=2"}},
		{"truncate by path", "cp $T/hello $M/inbox/f", "$EXE truncate $M/inbox/f 2", "close",
			[]string{"open f 1", "close 1 changed size=2"}},
		{"touch new", "", "touch $M/inbox/f", "close", []string{"create f 1", "touch f", "close 1 changed size=0"}},
		{"touch", "cp $T/abc $M/inbox/f; $EXE age $I/f", "touch $M/inbox/f", "close",
			[]string{"open f 1", "touch f", "close 1"}},
		{"touch -t", "cp $T/abc $M/inbox/f; $EXE age $I/f", "touch -t 200001010000 $M/inbox/f", "close",
			[]string{"open f 1", "touch f", "close 1"}},
		{"chmod", "cp $T/abc $M/inbox/f", "chmod 600 $M/inbox/f", "touch", []string{"touch f"}},
		{"setfattr", "cp $T/abc $M/inbox/f", "$EXE setxattr $M/inbox/f user.vod.title x", "touch", []string{"touch f"}},
		{"install", "", "install -m 600 $T/abc $M/inbox/f", "", nil},
		{"rm", "cp $T/abc $M/inbox/f", "rm $M/inbox/f", "remove", []string{"remove f"}},
		{"rm symlink", "ln -s x $M/inbox/l", "rm $M/inbox/l", "remove", []string{"remove l"}},
		{"ln -s", "", "ln -s no/such $M/inbox/l", "symlink", []string{"symlink l to no/such"}},
		{"ln of a symlink", "ln -s x $M/inbox/l", "ln -P $M/inbox/l $M/inbox/m", "symlink",
			[]string{"symlink m to x of l"}},
		{"touch -h", "ln -s x $M/inbox/l", "touch -h $M/inbox/l; rm $M/inbox/l", "remove", []string{"remove l"}},
		{"ln", "cp $T/abc $M/inbox/f", "ln $M/inbox/f $M/inbox/g", "link", []string{"link f g size=3"}},
		{"write to one of two names", "cp $T/abc $M/inbox/f; ln $M/inbox/f $M/inbox/g", "echo >> $M/inbox/g", "close 1",
			[]string{"open g 2", "open f 1", "close 2 changed size=4", "close 1 changed size=4"}},
		{"mv folder", "mkdir $M/inbox/d; cp $T/abc $M/inbox/d/f", "mv $M/inbox/d $M/inbox/e", "rename",
			[]string{"rename d e writers=0 is 0"}},
		{"mv over", "cp $T/abc $M/inbox/f; cp $T/abc $M/inbox/g", "mv $M/inbox/f $M/inbox/g", "rename",
			[]string{"rename f g writers=0 is 2"}},
		{"mv -n", "cp $T/abc $M/inbox/f; cp $T/abc $M/inbox/g", "mv -n $M/inbox/f $M/inbox/g; rm $M/inbox/f",
			"remove f",
			[]string{"remove f"}},
		{"exchange", "cp $T/abc $M/inbox/f; cp $T/hello $M/inbox/g", "$EXE exchange $M/inbox/f $M/inbox/g", "exchange",
			[]string{"exchange f g"}},
		{"two names of one file", "cp $T/abc $M/inbox/f; ln $M/inbox/f $M/inbox/g",
			"$EXE rename $M/inbox/f $M/inbox/g; rm $M/inbox/f; rm $M/inbox/g", "remove g",
			[]string{"remove f", "remove g"}},
		{"unlinked while written", "", "exec 3> $M/inbox/f; rm $M/inbox/f; echo >&3", "close",
			[]string{"create f 1", "remove f", "close 1 changed size=1"}},
		{"renamed while written", "", "exec 3> $M/inbox/f; mv $M/inbox/f $M/inbox/g; echo >&3", "close",
			[]string{"create f 1", "rename f g writers=1 is 1", "close 1 changed size=1"}},
		{"renamed over a drop while written", "cp $T/abc $M/inbox/g",
			"exec 3> $M/inbox/f; mv $M/inbox/f $M/inbox/g; echo >&3", "close",
			[]string{"create f 2", "rename f g writers=1 is 1", "close 1 changed size=1"}},
		{"replaced while written", "cp $T/abc $M/inbox/f",
			"exec 3>> $M/inbox/g; mv $M/inbox/f $M/inbox/g; echo >&3; exec 3>&-; rm $M/inbox/g",
			"remove g", []string{"create g 2", "rename f g writers=0 is 2", "remove g"}},
		{"linked while written", "", "exec 3> $M/inbox/f; ln $M/inbox/f $M/inbox/g; echo >&3", "close 2",
			[]string{"create f 1", "link f g size=0", "open g 2", "close 1 changed size=1", "close 2 changed size=1"}},
		{"folder renamed while written", "mkdir $M/inbox/d", "exec 3> $M/inbox/d/f; mv $M/inbox/d $M/inbox/e; echo >&3",
			"close 1",
			[]string{"create d/f 1", "rename d e writers=0 is 0", "close 1 changed size=1"}},
		{"opened and not written", "cp $T/abc $M/inbox/f; $EXE age $I/f", ": <> $M/inbox/f", "close",
			[]string{"open f 1", "close 1"}},
		{"read", "cp $T/abc $M/inbox/f", "cat $M/inbox/f; rm $M/inbox/f", "remove", []string{"remove f"}},
		{"mmap", "", "$EXE mmap $M/inbox/f", "close", []string{"create f 1", "change f size=8192",
			"close 1 changed size=8192"}},
		{"mmap in place", "cp $T/page $M/inbox/f; $EXE age $I/f", "$EXE remap $M/inbox/f", "close",
			[]string{"open f 1", "close 1 changed size=8192"}},
		{"fallocate", "", "fallocate -l 4096 $M/inbox/f", "close", []string{"create f 1", "close 1 changed size=4096"}},
		{"the old time set after a change", "cp $T/abc $M/inbox/f; $EXE age $I/f", "$EXE disguise $M/inbox/f", "close",
			[]string{"open f 1", "touch f", "close 1 changed size=3"}},
		{"mknod", "", "$EXE mknod $M/inbox/f", "close", []string{"create f 1", "close 1 changed size=0"}},
		{"created to be read", "", "$EXE create-readonly $M/inbox/f", "close",
			[]string{"create f 1", "close 1 changed size=0"}},
	} {
		for mode, passthrough := range modes {
			t.Run(tc.name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				it := mountInbox(t, passthrough)
				it.prepare(t, tc.setup)
				it.ok(t, it.with(t, tc.script))
				if tc.want != nil {
					has(t, it.rec.until(t, tc.last), tc.want...)
					it.rec.idle(t)
					return
				}
				it.rec.settled(t) // programs that also set times or modes, before the release comes or after
				if calls := it.rec.told(); !strings.Contains(strings.Join(calls, "\n"), "changed") {
					t.Errorf("no change among\n%s", strings.Join(calls, "\n"))
				}
			})
		}
	}
}

// with puts what the scripts use before them: T with a few files, I for the inbox in the spool, EXE for this binary.
func (it *inboxTest) with(t *testing.T, script string) string {
	t.Helper()
	return "printf abc > $T/abc; printf hello > $T/hello; head -c 8192 /dev/zero > $T/page\n" +
		"I=" + it.options.Inbox + "; EXE='env INBOXFS_TEST_CHILD=1 " + self(t) + "'\n" + script
}

// prepare runs a script and forgets what the queue was told of it.
func (it *inboxTest) prepare(t *testing.T, script string) {
	t.Helper()
	it.ok(t, it.with(t, script+"\ntouch $M/inbox/.end; rm $M/inbox/.end"))
	it.rec.settled(t) // releases come when they come
	it.rec.mu.Lock()
	defer it.rec.mu.Unlock()
	it.rec.calls, it.rec.last = nil, 0
	delete(it.rec.ids, ".end")
	for _, id := range it.rec.ids {
		it.rec.last = max(it.rec.last, id)
	}
}
