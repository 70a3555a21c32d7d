package story

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

// kill says where a daemon dies: when it passes a point for the nth time, or after a while.
type kill struct {
	point string
	nth   int
	after time.Duration
}

func (k kill) String() string {
	if k.point == "" {
		return "after " + k.after.String()
	}
	return fmt.Sprintf("%s#%d", k.point, k.nth)
}

// matrix is one spool whose daemon is killed again and again while clients use it.
type matrix struct {
	*story
	program string
	sent    map[string]string // bucket/key by name and CRC-64, as it was told
	asked   *backend          // which VOD is asked by; nil: by the daemon
	changes bool              // the configuration does: one file may have an object in each place, if that is told
	ending  string            // of the names, where files go to VOD; "" where they go to a bucket
	book    *book
	tally   *tally
	faults  []*ossdev.FaultHandle
	names   atomic.Int64
	sources atomic.Int64
	lines   map[string]string // the event log so far, by sequence number
	stuck   atomic.Bool       // a client is, and the daemon was asked why
	missed  string            // what the mount said at the end of a life in which a point was not reached
}

// tally is the sum over all spools.
type tally struct {
	mu sync.Mutex     // guards the rest
	at map[string]int // point: kills

	kills, files, pending, uploaded, held, failed, changed, double int
}

// TestKillMatrix kills the daemon at each point in the code, and at random moments, while programs write into the
// inbox, and starts it again. In the end each file whose close succeeded is in the endpoint, once and as it was
// written, or listed with its reason.
func TestKillMatrix(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	needPrograms(t, "rsync python3")
	all := points(t)
	if left, err := free(program, all); err != nil || len(left) > 0 {
		t.Errorf("the program that users get has points: %q, %v", left, err)
	}
	tagged := killable(t)
	sum := &tally{at: make(map[string]int)}
	began := time.Now()
	seed := matrixSeed(t)
	random := rand.New(rand.NewPCG(seed, 1))
	var passed sync.Map
	const spools = 2
	for round := 0; round == 0 || time.Since(began) < *long; round++ {
		var kills []kill
		for _, point := range all {
			if elsewhere[point] != "" {
				continue
			}
			kills = append(kills, kill{point: point, nth: 1 + random.IntN(most(point, round))})
		}
		for range 6 {
			kills = append(kills, kill{after: time.Duration(50+random.IntN(700)) * time.Millisecond})
		}
		random.Shuffle(len(kills), func(i, j int) { kills[i], kills[j] = kills[j], kills[i] })
		t.Run(fmt.Sprint("round ", round), func(t *testing.T) {
			for n := range spools {
				seed := seed + uint64(round*spools+n)
				t.Run(fmt.Sprint("spool ", n), func(t *testing.T) {
					t.Parallel()
					m := newMatrix(t, tagged, seed, sum)
					for i := n; i < len(kills); i += spools {
						m.tryAt(kills[i])
					}
					m.settle()
					for _, point := range m.passed() {
						passed.Store(point, true)
					}
				})
			}
		})
		if t.Failed() {
			break
		}
	}
	for _, point := range all {
		if _, ok := passed.Load(point); elsewhere[point] == "" && (!ok || sum.at[point] == 0) && !t.Failed() {
			t.Errorf("%s: passed %v, killed at %d times", point, ok, sum.at[point])
		}
	}
	t.Logf("%d kills survived, at %d points and at random moments; %d files closed, of which %d uploaded, %d held, "+
		"%d failed, "+
		"%d changed or removed by their users before; %d times one was pending at a kill; %d duplicates; %v", sum.kills,
		len(sum.at), sum.files,
		sum.uploaded, sum.held, sum.failed, sum.changed, sum.pending, sum.double, time.Since(began).Round(time.Second))
}

// passed is the points that the daemons of a spool have passed.
func (m *matrix) passed() []string {
	text, err := os.ReadFile(filepath.Join(m.dir, "passed"))
	if err != nil {
		m.t.Error(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// points are the names of all points in the code.
func points(t *testing.T) (all []string) {
	t.Helper()
	call := regexp.MustCompile(`killpoint\.At\("([^"]*)"\)`)
	for _, top := range []string{"../../fs", "../../queue", "../../control"} {
		err := filepath.WalkDir(top, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") ||
				filepath.Base(filepath.Dir(path)) == "killpoint" {
				return err
			}
			text, err := os.ReadFile(path)
			for _, found := range call.FindAllSubmatch(text, -1) {
				all = append(all, string(found[1]))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(all)
	if n := len(slices.Compact(slices.Clone(all))); n != len(all) || n == 0 {
		t.Fatalf("%d points have %d names", len(all), n)
	}
	return all
}

// build builds the program with its points, once for all tests that kill it.
var build = sync.OnceValues(func() (string, error) {
	path := filepath.Join(filepath.Dir(program), "killable", "inboxfs")
	if out, err := exec.Command("go", "build", "-tags", "killpoint", "-o", path,
		"inboxfs").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building inboxfs: %w\n%s", err, out)
	}
	return path, nil
})

// killable is the program with its points.
func killable(t *testing.T) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// newMatrix makes a spool, on which nothing runs yet.
func newMatrix(t *testing.T, program string, seed uint64, all *tally, env ...string) *matrix {
	t.Helper()
	s := prepareAt(t, ossdev.Options{LogSize: 1 << 20},
		append([]string{"INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_UPLOAD_LIMIT=8MiB",
			"INBOXFS_UPLOAD_FILES=4", "INBOXFS_UPLOAD_PARTS=3", "INBOXFS_EVENTS_MAX_SIZE=64KiB",
			"INBOXFS_EVENTS_KEEP=1000"}, env...)...)
	m := &matrix{story: s, program: program, book: newBook(seed), tally: all, lines: make(map[string]string),
		sent: make(map[string]string)}
	t.Cleanup(m.end)
	if err := os.Mkdir(filepath.Join(s.dir, "source"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, action := range []string{"PutObject", "CompleteMultipartUpload"} {
		m.faults = append(m.faults, s.server.AddFault(ossdev.Fault{Action: action, Key: "denied-*",
			Code: "AccessDenied"}),
			s.server.AddFault(ossdev.Fault{Action: action, Key: "lost-*", ResetAfter: true}))
	}
	return m
}

// life is one daemon, from its start to its death.
type life struct {
	cmd  *exec.Cmd
	over chan struct{} // closed when it is dead
	err  error         // why; readable then
}

func (l *life) dead() bool {
	select {
	case <-l.over:
		return true
	default:
		return false
	}
}

// diedWithin waits for the death.
func (l *life) diedWithin(d time.Duration) bool {
	select {
	case <-l.over:
		return true
	case <-time.After(d):
		return false
	}
}

// killed reports whether it died of SIGKILL.
func (l *life) killed() bool {
	var exit *exec.ExitError
	if !errors.As(l.err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// start starts a daemon.
func (m *matrix) start(env ...string) *life {
	m.t.Helper()
	l := &life{cmd: exec.Command(m.program, "mount", m.mnt), over: make(chan struct{})}
	l.cmd.Env = append(append(m.env[:len(m.env):len(m.env)], "KILLPOINT_LOG="+filepath.Join(m.dir, "passed")), env...)
	l.cmd.Stderr = &m.log
	if err := l.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	exited := make(chan error, 1)
	m.daemon, m.exited = l.cmd, exited
	go func() {
		l.err = l.cmd.Wait()
		exited <- l.err
		close(l.over)
	}()
	return l
}

// answers waits until the mount answers; false: it died before.
func (m *matrix) answers(l *life) bool {
	m.t.Helper()
	for deadline := time.Now().Add(time.Minute); !l.dead(); time.Sleep(5 * time.Millisecond) {
		if _, err := os.ReadFile(m.mnt + "/queue"); err == nil {
			return true
		}
		if time.Now().After(deadline) {
			m.t.Fatal("the mount does not answer")
		}
	}
	return false
}

// tryAt kills at k while something is pending. When nothing was, nothing was tried: then it is done again, with
// something to do, and at an earlier pass of the point.
func (m *matrix) tryAt(k kill) {
	m.t.Helper()
	for range 4 {
		m.missed = ""
		if m.live(k) > 0 {
			return
		}
		m.live(kill{after: 500 * time.Millisecond})
		k.nth = max(1, k.nth/2)
	}
	m.t.Errorf("%v: it was never reached with something pending. At the end of the last life:\n%s", k, m.missed)
}

// live is a life that ends with k, and says how many files were pending then; 0 also when its point was not reached, as
// on a machine that has too much else to do.
func (m *matrix) live(k kill) (pending int) {
	m.t.Helper()
	var env []string
	missed := false
	if k.point != "" {
		env = append(env, "KILLPOINT="+k.String())
	}
	l := m.start(env...)
	if m.answers(l) {
		wait := m.clients(l)
		switch {
		case k.point == "":
			l.diedWithin(k.after)
		case atTheEnd(k.point):
			l.diedWithin(300 * time.Millisecond)
			if err := l.cmd.Process.Signal(syscall.SIGTERM); err != nil && !l.dead() {
				m.t.Error(err)
			}
			l.diedWithin(patience)
		default:
			l.diedWithin(patience)
		}
		if !l.dead() {
			if missed = k.point != ""; missed {
				m.missed, _ = m.try("cat $MNT/queue; head -40 $MNT/list; tail -40 $MNT/events") // it may be dying
			}
			if err := l.cmd.Process.Kill(); err != nil && !l.dead() {
				m.t.Error(err)
			}
		}
		<-l.over
		wait()
	}
	<-l.over
	m.daemon = nil
	if !l.killed() {
		m.t.Fatalf("%v: the daemon ended by itself: %v\n%s", k, l.err, clip(m.log.String()))
	}
	if pending = m.killed(k); missed {
		return 0
	}
	return pending
}

// often is the points that each small file passes, so that a kill may come at any of many passes.
var often = []string{"body: ", "commit: ", "create: ", "open: announced", "part: ", "put: ", "ready: ", "release: ",
	"run: ", "seal: ",
	"settle: ", "spool copy: ", "success: "}

// most is at how many passes of a point to kill.
func most(point string, round int) int {
	if !slices.ContainsFunc(often, func(start string) bool { return strings.HasPrefix(point, start) }) {
		return 1
	}
	return 3 + 5*min(round, 1)
}

// patience is how long a point may take to be reached, on a machine that does much else.
const patience = time.Minute

// atTheEnd reports whether a point is only passed by a daemon that is told to end.
func atTheEnd(point string) bool {
	return strings.HasPrefix(point, "end: ") || point == "journal: marked clean" || point == "outbox: log synced"
}

// killed counts what was pending when the daemon died. A kill at which nothing was does not count.
func (m *matrix) killed(k kill) (pending int) {
	m.t.Helper()
	m.collect()
	if pending = m.spooled(); pending == 0 {
		return 0
	}
	m.tally.mu.Lock()
	defer m.tally.mu.Unlock()
	m.tally.kills++
	m.tally.pending += pending
	if k.point != "" {
		m.tally.at[k.point]++
	}
	return pending
}

// spooled counts the files in the spool that were closed.
func (m *matrix) spooled() (n int) {
	m.book.mu.Lock()
	defer m.book.mu.Unlock()
	for _, g := range m.book.all {
		if g.closed && !g.given {
			if _, err := os.Lstat(filepath.Join(m.dir, "spool", "inbox", g.key)); err == nil {
				n++
			}
		}
	}
	return n
}

// collect reads the event log, which may be rotated away before the end.
func (m *matrix) collect() {
	m.t.Helper()
	logs, err := filepath.Glob(filepath.Join(m.dir, "spool", "events.log*"))
	if err != nil {
		m.t.Fatal(err)
	}
	for _, log := range logs {
		text, err := os.ReadFile(log)
		if err != nil {
			m.t.Fatal(err)
		}
		for lines := bufio.NewScanner(bytes.NewReader(text[:bytes.LastIndexByte(text, '\n')+1])); lines.Scan(); {
			line := lines.Text()
			seq := fields(line)["seq"]
			if before, ok := m.lines[seq]; ok && before != line {
				m.t.Errorf("two events have one number:\n%s\n%s", before, line)
			}
			m.lines[seq] = line
			if strings.Contains(line, " event=OnUploadSucceed ") {
				f := fields(line)
				m.sent[f["file"]+" "+f["crc64"]] = f["bucket"] + "/" + f["key"]
			}
		}
	}
}
