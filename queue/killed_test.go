package queue

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// TestDoubtAfterAKill restarts a queue whose daemon died while a file was on its way: only then, and only of this
// content, there is a doubt.
func TestDoubtAfterAKill(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "content")
	u := r.up.next(t)
	if u.job.Doubt {
		t.Error("a file that was never sent is doubted")
	}
	u.send(t)
	dir := r.killed()
	r.close()

	r = openRig(t, dir)
	u = r.up.next(t)
	if !u.job.Doubt || u.job.Added.IsZero() {
		t.Errorf("after a kill: %+v", u.job)
	}
	r.close() // in good order, and still nobody knows
	r = openRig(t, dir)
	if u = r.up.next(t); !u.job.Doubt {
		t.Error("an orderly restart ends the doubt")
	}
	r.drop("b", "new")
	u.succeed()
	if u = r.up.next(t); u.job.Name != "b" || u.job.Doubt {
		t.Errorf("a file that was dropped since: %+v", u.job)
	}
}

// TestDoubtAfterAStop calls a run off that has begun to send.
func TestDoubtAfterAStop(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "content")
	r.up.next(t).send(t)
	for _, v := range []Verb{Stop, Start} {
		if err := r.Do(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	u := r.up.next(t)
	if !u.job.Doubt {
		t.Error("it may have been sent")
	}
	r.close()
	r = openRig(t, r.dir)
	if u = r.up.next(t); !u.job.Doubt {
		t.Error("it may have been sent by the daemon before, which was told to end")
	}
	r.drop("a", "other content")
	r.up.none(t) // what was sent may arrive late
	r.pass(stragglerMost)
	if u = r.up.next(t); u.job.Doubt {
		t.Error("new content is doubted")
	}
}

// TestLostInitiate kills between the order to begin a multipart upload and its id.
func TestLostInitiate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "content")
	u := r.up.next(t)
	if _, err := u.watch.Initiating(t.Context(), transfer.Lost{Bucket: "b", Key: "k"}); err != nil {
		t.Fatal(err)
	}
	dir := r.killed()
	if err := u.watch.Initiated(t.Context(), transfer.Multipart{Bucket: "b", Key: "k", UploadID: "id",
		PartSize: 4}); err != nil {
		t.Fatal(err)
	}
	known := r.killed()
	r.close()
	if lost := r.up.swept(); len(lost) != 0 {
		t.Errorf("one whose id came is looked for: %v", lost)
	}

	r = openRig(t, dir)
	r.until(func() bool { return len(r.up.swept()) == 1 }, func() string { return "nobody looks for what was begun" })
	if lost := r.up.swept()[0]; lost.Bucket != "b" || lost.Key != "k" || time.Since(lost.Since).Abs() > time.Minute {
		t.Errorf("looked for %+v", lost)
	}
	r.close()
	r = openRig(t, dir) // it was found
	r.up.next(t)
	if lost := r.up.swept(); len(lost) != 0 {
		t.Errorf("it is looked for again: %v", lost)
	}
	r.close()

	r = openRig(t, known)
	if u = r.up.next(t); u.job.Resume == nil || u.job.Resume.UploadID != "id" || len(r.up.swept()) != 0 {
		t.Errorf("resumes %+v, looked for %v", u.job.Resume, r.up.swept())
	}
}

// TestLostInitiateIsLookedFor when its run ends, and when the id that came is that of another one: which must not go.
func TestLostInitiateIsLookedFor(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, another := range []bool{false, true} {
		r := newRig(t)
		r.up.later = true
		r.drop("a", "content")
		u := r.up.next(t)
		if _, err := u.watch.Initiating(t.Context(), transfer.Lost{Bucket: "b", Key: "k"}); err != nil {
			t.Fatal(err)
		}
		if another {
			u.watch.Lost(transfer.Lost{Bucket: "b", Key: "k", Since: time.Now()})
			if err := u.watch.Initiated(t.Context(), transfer.Multipart{Bucket: "b", Key: "k", UploadID: "new",
				PartSize: 4}); err != nil {
				t.Fatal(err)
			}
		} else {
			u.fail(transfer.Resumable, "RequestTimeout")
		}
		r.until(func() bool { return len(r.up.swept()) == 1 }, func() string { return "nobody looks for it" })
		dir := r.killed()
		r.close()
		r = openRig(t, dir)
		r.until(func() bool { return len(r.up.swept()) == 1 },
			func() string { return "nobody looks for it after a kill" })
		if r.up.inUse[0] != another {
			t.Errorf("another: %v; it is known: %v", another, r.up.inUse)
		}
		r.close()
	}
}

// TestInitiatedTooLate calls a run off while its multipart upload is begun: that is aborted, however often it takes,
// and not looked for.
func TestInitiatedTooLate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.up.linger, r.up.abort = make(chan struct{}), errors.New("the network is away")
	id := r.drop("a", "content")
	u := r.up.next(t)
	if _, err := u.watch.Initiating(t.Context(), transfer.Lost{Bucket: "b", Key: "k"}); err != nil {
		t.Fatal(err)
	}
	if err := r.DoFile(t.Context(), Cancel, id); err != nil {
		t.Fatal(err)
	}
	if err := u.watch.Initiated(u.ctx, transfer.Multipart{Bucket: "b", Key: "k", UploadID: "late",
		PartSize: 4}); !errors.Is(err, context.Canceled) {
		t.Errorf("a run that was called off may go on: %v", err)
	}
	u.watch.Left(transfer.Multipart{Bucket: "b", Key: "k", UploadID: "left"})
	close(r.up.linger)
	if err := r.DoFile(t.Context(), Restore, id); err != nil { // which is in the journal behind all that
		t.Fatal(err)
	}
	dir := r.killed()
	r.close()
	if lost := r.up.swept(); len(lost) != 0 {
		t.Errorf("it is looked for: %v", lost)
	}
	r = openRig(t, dir)
	r.until(func() bool { r.up.mu.Lock(); defer r.up.mu.Unlock(); return len(r.up.aborted) == 2 },
		func() string { return "nobody aborts it" })
	slices.Sort(r.up.aborted)
	if !slices.Equal(r.up.aborted, []string{"late", "left"}) {
		t.Errorf("aborted %q", r.up.aborted)
	}
	if lost := r.up.swept(); len(lost) != 0 {
		t.Errorf("it is looked for: %v", lost)
	}
}

// TestRefusedInitiate is one of which the server said that it did nothing.
func TestRefusedInitiate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "content")
	u := r.up.next(t)
	nothing, err := u.watch.Initiating(t.Context(), transfer.Lost{Bucket: "b", Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	nothing()
	u.fail(transfer.Final, "AccessDenied")
	r.state("a", list.Failure)
	r.close()
	r = openRig(t, r.dir)
	r.state("a", list.Failure)
	if lost := r.up.swept(); len(lost) != 0 {
		t.Errorf("it is looked for: %v", lost)
	}
}

// TestKilledBeforeTheEndWasTold kills between the last success and OnUploadEnd.
func TestKilledBeforeTheEndWasTold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.close()
	j, err := journal.Open(filepath.Join(r.dir, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	since := time.Now().Add(-time.Minute).UnixMilli()
	err = j.Commit(&journal.Batch{BusySince: &since, Put: []journal.Record{
		{ID: 1, Order: 1, Name: "before", State: list.Success.String(), Finished: since - 1},
		{ID: 2, Order: 2, Name: "a", State: list.Success.String(), Finished: since + 1},
		{ID: 3, Order: 3, Name: "b", State: list.Success.String(), Finished: since + 2},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	r = openRig(t, r.dir)
	r.events("OnUploadEnd")
	tail, err := r.log.Tail(1000)
	if err != nil {
		t.Fatal(err)
	}
	if want := "event=OnUploadEnd succeeded=2 failed=0"; !strings.Contains(string(tail), want) {
		t.Errorf("%q is not in %s", want, tail)
	}
	r.close()
	r = openRig(t, r.dir)
	r.drop("c", "")
	r.up.next(t).succeed()
	if all := r.events("OnUploadEnd"); len(all) < 4 {
		t.Errorf("%q", all)
	}
}

// firstOnly is a journal of which only the first commit comes before the kill.
type firstOnly struct {
	commit.Journal
	taken bool
}

func (j *firstOnly) Commit(b *journal.Batch) error {
	if j.taken {
		return nil
	}
	j.taken = true
	return j.Journal.Commit(b)
}

// TestKilledTwice has a daemon killed while a file was being written of which the journal knows nothing yet, and its
// successor at the end of its start. The third comes much later than the file.
func TestKilledTwice(t *testing.T) {
	t.Parallel()
	rememberedOrNot(t, func(t *testing.T, killed func(*rig) string) {
		r := newRig(t)
		r.drop("whole", "whole")
		r.up.next(t)
		r.receive("half", "ha")
		dir := killed(r)
		r.close()

		r = openRig(t, dir, func(o *Options) { o.Journal = &firstOnly{Journal: o.Journal} })
		dir = killed(r)

		later := time.Now().Add(time.Hour)
		if err := os.Chtimes(filepath.Join(dir, "journal.db"), later, later); err != nil {
			t.Fatal(err)
		}
		r = openRig(t, dir)
		r.state("half", list.Held)
		if u := r.up.next(t); u.job.Name != "whole" {
			t.Errorf("%s is uploaded", u.job.Name)
		}
	})
}

// TestKilledWhileTheJournalIsSetAside has the journal damaged when half a file lies in the spool, and then a kill
// before the new journal knows anything.
func TestKilledWhileTheJournalIsSetAside(t *testing.T) {
	t.Parallel()
	rememberedOrNot(t, func(t *testing.T, killed func(*rig) string) {
		for _, opened := range []bool{false, true} {
			r := newRig(t)
			r.receive("half", "ha")
			dir := killed(r)
			r.close()
			path := filepath.Join(dir, "journal.db")
			if _, err := journal.SetAside(path); err != nil {
				t.Fatal(err)
			}
			if opened {
				other := filepath.Join(dir, "other.db") // closing it says that all is well, which a kill does not
				j, err := journal.Open(other)
				if err != nil {
					t.Fatal(err)
				}
				later := time.Now().Add(time.Hour)
				if err := errors.Join(copyFile(other, path), os.Chtimes(path, later, later), j.Close()); err != nil {
					t.Fatal(err)
				}
			}
			r = openRig(t, dir)
			r.state("half", list.Held)
		}
	})
}

// TestKilledWithADamagedJournal: when it was written last says still what may be half a file.
func TestKilledWithADamagedJournal(t *testing.T) {
	t.Parallel()
	rememberedOrNot(t, func(t *testing.T, killed func(*rig) string) {
		r := newRig(t, func(o *Options) { o.Start = false })
		r.Open("half", true)
		r.write("half", "ha")
		dir := killed(r)
		if err := os.WriteFile(filepath.Join(dir, "journal.db"), bytes.Repeat([]byte("damaged"), 10_000),
			0o600); err != nil {
			t.Fatal(err)
		}
		r = openRig(t, dir)
		if held := r.state("half", list.Held); held.Error != codeInterrupted {
			t.Errorf("it is held because %q", held.Error)
		}
	})
}
