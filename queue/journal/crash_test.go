package journal

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"inboxfs/queue/transfer"
)

// entryOf is the batch that adds entry id in the crash tests: a record, its parts and its event, all or nothing.
func entryOf(id uint64) *Batch {
	name := fmt.Sprint("clips/", id, strings.Repeat("x", int(id%300)))
	return &Batch{
		Put:    []Record{{ID: id, Name: name, State: "ready", Order: id}},
		Parts:  []PartOf{{id, transfer.Part{Number: 1, Size: int64(id)}}, {id, transfer.Part{Number: 2}}},
		Outbox: []Pending{{N: id, Line: []byte(name)}},
		NextID: id + 1,
	}
}

// wantEntries checks that the journal holds exactly the entries from 1 to n, with all that belongs to them.
func wantEntries(t testing.TB, path string, n uint64) {
	t.Helper()
	want := state{Parts: map[uint64][]transfer.Part{}, Meta: Meta{NextID: n + 1}}
	for id := uint64(1); id <= n; id++ {
		b := entryOf(id)
		want.Records = append(want.Records, b.Put[0])
		want.Parts[id] = []transfer.Part{b.Parts[0].Part, b.Parts[1].Part}
		want.Outbox = append(want.Outbox, b.Outbox[0])
	}
	wantState(t, read(t, openJournal(t, path)), want)
}

func TestKilledBetweenCommits(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	j := openJournal(t, path)
	for id := uint64(1); id <= 20; id++ {
		commit(t, j, entryOf(id))
		wantEntries(t, copyOf(t, path), id)
	}
}

// commitForEver is the child of TestKillNine: it commits entries and prints each id once it is committed.
func commitForEver(path string) int {
	j, err := Open(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for id := uint64(1); ; id++ {
		if err := j.Commit(entryOf(id)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Println(id)
	}
}

func child(t *testing.T, what, path string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, path)
	cmd.Env = append(os.Environ(), childEnv+"="+what)
	cmd.Stderr = os.Stderr
	return cmd
}

// TestKillNine kills a process at a moment of its own: what it said is committed is there, and at most one more.
func TestKillNine(t *testing.T) {
	t.Parallel()
	for n := range 4 {
		path := newPath(t)
		cmd := child(t, "commit", path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		said := uint64(0)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if said, err = strconv.ParseUint(lines.Text(), 10, 64); err != nil {
				t.Fatal(err)
			}
			if said == uint64(30+n*17) {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
			t.Fatalf("the child was not killed: %v", err)
		}
		j := openJournal(t, path)
		m, err := j.Meta()
		if err != nil {
			t.Fatal(err)
		}
		if err := j.db.Close(); err != nil { // not our Close, which would set the clean mark
			t.Fatal(err)
		}
		j.closed = true
		if got := m.NextID - 1; got != said && got != said+1 {
			t.Fatalf("the child committed %d, %d are there", said, got)
		}
		wantEntries(t, path, m.NextID-1)
	}
}

// TestPowerLoss lets any of the pages of the last commit reach the disk, in any combination, but not the meta page
// that makes them count; then a torn meta page.
func TestPowerLoss(t *testing.T) {
	t.Parallel()
	const page = 4096
	path := newPath(t)
	j := openJournal(t, path)
	for id := uint64(1); id <= 60; id++ {
		commit(t, j, entryOf(id))
	}
	pageSize := j.db.Info().PageSize
	r := rand.New(rand.NewPCG(1, 2))
	for id := uint64(61); id <= 68; id++ {
		before := bytesOf(t, path)
		commit(t, j, entryOf(id))
		after := bytesOf(t, path)
		mixed := append([]byte(nil), after...)
		copy(mixed[:2*pageSize], before) // the meta pages
		for at := 2 * pageSize; at < len(before); at += page {
			if r.IntN(2) == 0 {
				copy(mixed[at:min(at+page, len(before))], before[at:])
			}
		}
		wantEntries(t, fileOf(t, mixed), id-1)
		torn := append([]byte(nil), after...)
		for at := range 2 * pageSize {
			if torn[at] != before[at] && at%16 < 8 {
				torn[at] = before[at] // half of what differs
			}
		}
		wantEntries(t, fileOf(t, torn), id-1)
		wantEntries(t, fileOf(t, after), id)
	}
}

func bytesOf(t testing.TB, path string) []byte {
	t.Helper()
	p, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func fileOf(t testing.TB, p []byte) string {
	t.Helper()
	path := newPath(t)
	if err := os.WriteFile(path, p, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// commitOnFullDisk is the child of TestFullDisk: its files may not grow beyond a limit. It says in words what failed.
func commitOnFullDisk(path string) int {
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// Without this the kernel ends the process instead of failing the write.
	signal.Ignore(syscall.SIGXFSZ)
	j, err := Open(path)
	if err != nil {
		return fail(err)
	}
	if err := j.Commit(entryOf(1)); err != nil {
		return fail(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fail(err)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return fail(err)
	}
	full := syscall.Rlimit{Cur: uint64(info.Size()), Max: limit.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		return fail(err)
	}
	big := entryOf(2)
	big.Outbox[0].Line = make([]byte, info.Size())
	for range 2 {
		err := j.Commit(big)
		if err == nil {
			return fail(errors.New("committed beyond the limit"))
		}
		if errors.Is(err, ErrBroken) {
			return fail(fmt.Errorf("a full disk broke the journal: %w", err))
		}
	}
	if s, err := tryRead(j); err != nil || len(s.Records) != 1 || len(s.Outbox) != 1 {
		return fail(fmt.Errorf("after a failed commit: %+v, %w", s, err))
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return fail(err)
	}
	if err := j.Commit(entryOf(2)); err != nil {
		return fail(err)
	}
	return 0
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	if err := child(t, "full", path).Run(); err != nil {
		t.Fatal(err)
	}
	wantEntries(t, path, 2)
}

// TestBrokenAfterFailedSync makes a commit end as one does whose sync failed.
func TestBrokenAfterFailedSync(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	j := openJournal(t, path)
	commit(t, j, entryOf(1))
	j.noteFailure(syscall.EIO) // bbolt returns the bare errno of a failed sync
	err := j.Commit(entryOf(2))
	if !errors.Is(err, ErrBroken) || !errors.Is(err, syscall.EIO) {
		t.Errorf("Commit: %v", err)
	}
	if s := read(t, j); len(s.Records) != 1 {
		t.Errorf("%d records can be read", len(s.Records))
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	wantEntries(t, path, 1) // and it is not marked clean
}
