package queue

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/seal"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
	"inboxfs/queue/wake"
)

// crowd has folders' entries follow one by one, as those of a large one do some at once.
func (r *rig) crowd() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bits = bits{locked: 1, durable: 1, seen: 1}
}

// followed waits until all entries have followed their folders.
func (r *rig) followed() {
	r.t.Helper()
	r.until(func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.moving)+len(r.adoptions) == 0
	}, func() string { return "not all entries follow" })
	for _, wrong := range r.inconsistent() {
		r.t.Error(wrong)
	}
}

// stuckJournal stops for good behind the batch that has the first move, or as many as are to pass.
type stuckJournal struct {
	commit.Journal
	mu   sync.Mutex // held during a commit
	pass int
	gate chan struct{}
	at   chan struct{} // closed when it is stuck
}

func (j *stuckJournal) Commit(b *journal.Batch) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	select {
	case <-j.at:
		<-j.gate
	default:
	}
	err := j.Journal.Commit(b)
	if j.pass -= len(b.Moves); len(b.Moves) > 0 && j.pass <= 0 && !wake.Closed(j.at) {
		close(j.at)
	}
	return err
}

// TestLargeFolderIsRenamed gives a large folder, of whose files one is on its way, another name, and then another,
// while only the first files have followed. The names are there at once, nothing arrives under an old one, and in the
// end all are uploaded in their order.
func TestLargeFolderIsRenamed(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRig(t)
	r.crowd()
	const n = 20
	var first *fakeUpload
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("d/%d/f", i%3*100+i))
		r.drop(names[i], "content")
		if i == 0 {
			first = r.up.next(t)
			first.begin(t, "U")
		}
		r.until(func() bool { s, _ := r.Status(names[i]); return s.State != list.Receiving },
			func() string { return "it is not added" })
	}
	r.rename("d", "e", 0)
	<-first.ctx.Done()
	r.rename("e", "f", 0)
	for _, row := range r.List() {
		if !strings.HasPrefix(row.Name, "f/") {
			t.Errorf("in the list is %q", row.Name)
		}
	}
	for i := range n {
		u := r.up.next(t)
		if u.job.Name != "f"+strings.TrimPrefix(names[i], "d") || u.job.Resume != nil {
			t.Errorf("number %d is %q, and uploaded is %+v", i, names[i], u.job)
		}
		u.succeed()
	}
	r.followed()
	r.abortedIs("U")
	r.until(func() bool {
		moves, err := r.journal.Moves()
		return err == nil && len(moves) == 0
	}, func() string { return "the moves stay in the journal" })
}

// TestKilledWhileEntriesFollow renames a folder, exchanges it with another, and kills the daemon before the rows of all
// files below say so. What was held, canceled or failed stays so, and all keep their numbers.
func TestKilledWhileEntriesFollow(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, exchanged := range []bool{false, true} {
		j := &stuckJournal{gate: make(chan struct{}), at: make(chan struct{})}
		r := newRig(t, func(o *Options) {
			o.Start = false
			j.Journal, o.Journal = o.Journal, j
		})
		defer close(j.gate)
		for _, folder := range []string{"d", "other"} {
			for i := range 5 {
				r.drop(fmt.Sprintf("%s/%d", folder, i), "content")
			}
			held := r.Open(folder+"/held", true)
			info := r.write(folder+"/held", "half")
			r.Close(held, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: "write failed"})
			canceled := r.drop(folder+"/sub/canceled", "content")
			r.state(folder+"/sub/canceled", list.Ready)
			r.state(folder+"/held", list.Held)
			if err := r.DoFile(t.Context(), Cancel, canceled); err != nil {
				t.Fatal(err)
			}
		}
		want := make(map[transfer.ID]list.Row)
		old := map[string]string{"d": "e", "other": "other"}
		if exchanged {
			old = map[string]string{"d": "other", "other": "d"}
		}
		for _, row := range r.List() {
			folder, rest, _ := strings.Cut(row.Name, "/")
			row.Name = old[folder] + "/" + rest
			want[row.ID] = row
		}
		r.crowd()
		if exchanged {
			for _, step := range [][2]string{{"d", "swap"}, {"other", "d"}, {"swap", "other"}} {
				if err := os.Rename(r.path(step[0]), r.path(step[1])); err != nil {
					t.Fatal(err)
				}
			}
			r.Exchanged("d", "other", Owner)
		} else {
			r.rename("d", "e", 0)
		}
		select {
		case <-j.at:
		case <-time.After(10 * time.Second):
			t.Fatal("the move is not in the journal")
		}
		again := openRig(t, r.killed(), func(o *Options) { o.Start, o.Settle = false, time.Millisecond })
		again.until(func() bool { return again.Summary().Counts[list.Receiving].Entries == 0 },
			func() string { return "some are still received" })
		got := make(map[transfer.ID]list.Row)
		for _, row := range again.List() {
			got[row.ID] = row
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("exchanged %v: after the restart:\n%s", exchanged, diff)
		}
		if moves, err := again.journal.Moves(); err != nil || len(moves) > 0 {
			t.Errorf("the journal still has %v (%v)", moves, err)
		}
	}
}

// TestLargeFolderIsRenamedUnderAnUpload withdraws the upload at once, although nearly nothing can follow its folder
// yet.
func TestLargeFolderIsRenamedUnderAnUpload(t *testing.T) {
	t.Parallel()
	j := &stuckJournal{gate: make(chan struct{}), at: make(chan struct{})}
	r := newRig(t, func(o *Options) { j.Journal, o.Journal = o.Journal, j })
	defer close(j.gate)
	r.crowd()
	r.drop("d/a", "content")
	u := r.up.next(t)
	for i := range 50 {
		r.drop(fmt.Sprintf("d/%d", i), "content")
	}
	r.rename("d", "e", 0)
	select {
	case <-u.ctx.Done():
	case <-time.After(10 * time.Second):
		t.Error("the upload goes on under the old name")
	}
}

// TestLargeFolderIsRenamedUnderASync gives a folder another name while a file in it is synced, which is therefore not
// found.
func TestLargeFolderIsRenamedUnderASync(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	j := &stuckJournal{gate: make(chan struct{}), at: make(chan struct{})}
	r := newRig(t, func(o *Options) {
		o.Start = false
		j.Journal, o.Journal = o.Journal, j
	})
	r.crowd()
	for i := range 20 {
		r.drop(fmt.Sprintf("d/%d", i), "content")
		r.state(fmt.Sprintf("d/%d", i), list.Ready)
	}
	syncing, goOn := make(chan struct{}, 100), make(chan struct{})
	r.mu.Lock()
	r.sealer.Sync = func(path string, look func(io.ReaderAt, fs.FileInfo)) (fs.FileInfo, error) {
		syncing <- struct{}{}
		<-goOn
		return spool.Sync(path, look)
	}
	r.mu.Unlock()
	id := r.drop("d/late", "content")
	<-syncing
	r.rename("d", "e", 0)
	close(goOn)
	r.until(func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.turns.Len() == 0
	}, func() string { return "the sync does not end" })
	close(j.gate)
	if i := r.state("e/late", list.Ready); i.ID != id {
		t.Errorf("it is #%d now, not #%d", i.ID, id)
	}
}

// TestLargeFolderIsThrownAway gives a folder a name that is never uploaded: nothing below starts any more, though not
// everything below has followed.
func TestLargeFolderIsThrownAway(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRig(t, func(o *Options) { o.Start = false })
	for i := range 10 {
		r.drop(fmt.Sprintf("d/%d", i), "content")
		r.state(fmt.Sprintf("d/%d", i), list.Ready)
	}
	r.crowd()
	r.rename("d", ".Trashes", 0)
	if err := r.Do(t.Context(), Start); err != nil {
		t.Fatal(err)
	}
	r.up.none(t)
	r.followed()
	if listed := r.List(); len(listed) > 0 {
		t.Errorf("in the list are %v", listed)
	}
	if err := r.WaitAll(t.Context()); err != nil {
		t.Errorf("wait says %v", err)
	}
}

// TestFolderIsTakenOutOfTheTrash has the files of a folder, which nobody knows, found and uploaded, also when it is
// renamed again before they all are.
func TestFolderIsTakenOutOfTheTrash(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.crowd()
	const n = 10
	for i := range n {
		r.write(fmt.Sprintf(".Trashes/%d/f", i), "content")
	}
	for _, step := range [][2]string{{".Trashes", "d"}, {"d/0", "d/1/0"}, {"d", "e"}, {"e/1", "e1"}} {
		r.rename(step[0], step[1], 0)
	}
	waited := make(chan error)
	go func() { waited <- r.WaitAll(t.Context()) }()
	for range n {
		u := r.up.next(t)
		if !strings.HasPrefix(u.job.Name, "e/") && !strings.HasPrefix(u.job.Name, "e1/") {
			t.Errorf("uploaded is %q", u.job.Name)
		}
		u.succeed()
	}
	if err := <-waited; err != nil {
		t.Error(err)
	}
	r.followed()
	if listed := r.List(); len(listed) != n {
		t.Errorf("in the list are %v", listed)
	}
}

// TestFolderTakesThePlaceOfAnUploadedOne: its files are gone, and their entries have no place any more.
func TestFolderTakesThePlaceOfAnUploadedOne(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	old := r.drop("d/sub/a", "content")
	r.up.next(t).succeed()
	r.state("d/sub/a", list.Success)
	r.gone("d/sub/a")
	again := r.drop("e/sub/a", "content")
	u := r.up.next(t)
	for _, folder := range []string{"d/sub", "d"} {
		if err := os.Remove(r.path(folder)); err != nil {
			t.Fatal(err)
		}
	}
	r.rename("e", "d", 0)
	<-u.ctx.Done()
	r.up.next(t).succeed()
	if i := r.state("d/sub/a", list.Success); i.ID != again {
		t.Errorf("d/sub/a is #%d, not #%d", i.ID, again)
	}
	for _, wrong := range r.inconsistent() {
		t.Error(wrong)
	}
	if err := r.DoFile(t.Context(), Delete, old); err != nil {
		t.Fatal(err)
	}
	if i := r.state("d/sub/a", list.Success); i.ID != again {
		t.Errorf("d/sub/a is #%d, not #%d", i.ID, again)
	}
}

// TestSealedBetweenRenameAndItsNews syncs a file that has another name already, of which nobody has told yet. It is not
// gone.
func TestSealedBetweenRenameAndItsNews(t *testing.T) {
	t.Parallel()
	for _, move := range [][2]string{{"d", "e"}, {"d/a", "e/a"}} {
		r := newRig(t, func(o *Options) { o.Start = false })
		r.write("e/other", "other")
		id := r.Open("d/a", true)
		info := r.write("d/a", "content")
		unlock := r.GuardAll()
		if move[0] == "d" {
			move[1] = "f"
		}
		if err := os.Rename(r.path(move[0]), r.path(move[1])); err != nil {
			t.Fatal(err)
		}
		r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
		time.Sleep(4 * seal.Gather) // for the sealer to come to it, which nothing tells of
		r.Renamed(move[0], move[1], 0, Owner)
		unlock()
		if i := r.state(strings.TrimSuffix(move[1], "/a")+"/a", list.Ready); i.ID != id {
			t.Errorf("after %v it is #%d, not #%d", move, i.ID, id)
		}
	}
}
