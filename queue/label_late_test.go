package queue

import (
	"os"
	"path/filepath"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// TestResumedBeforeItsRow resumes a canceled file that was sent, of which the journal does not hear before the kill:
// its label is gone, and nobody was told that it was resumed. When it is, it is looked for on the server first.
func TestResumedBeforeItsRow(t *testing.T) {
	t.Parallel()
	r, h := newHeldRig(t)
	id := r.drop("a", "content")
	r.up.next(t).send(t)
	changed := r.looks("a").ChangeTime
	r.refusedNot(r.DoFile(t.Context(), Cancel, id))
	r.refusedNot(r.Do(t.Context(), Pause))
	r.journaled()
	r.journaled() // of the label, too
	release := h.hold()
	r.mu.Lock()
	if _, err := r.doFileLocked(Restore, r.list.Get(id)); err != nil {
		t.Error(err)
	}
	r.mu.Unlock()
	r.until(func() bool { all, err := spool.Labels(r.path("a")); return err == nil && len(all) == 0 },
		func() string { return "the label stays" })
	m := movedRig{r, h, nil}
	dir := m.killedInPlace(release)

	again := openRig(t, dir)
	again.refusedNot(again.Do(t.Context(), Resume))
	again.state("a", list.Canceled)
	again.up.none(t)
	again.refusedNot(again.DoFile(t.Context(), Restore, id))
	u := again.up.next(t)
	if u.job.ID != id || !u.job.Doubt || u.job.Changed != changed {
		t.Errorf("it is #%d, was #%d, and is sent again as if it had not been: %v; it changed at %d, "+
			"and counts as changed at %d",
			u.job.ID, id, !u.job.Doubt, changed, u.job.Changed)
	}
	u.succeed()
	again.state("a", list.Success)
}

// TestReplacedInTheSpool puts another file in the place of one that is held, past the queue, before a kill: it has no
// label, and nobody has released it.
func TestReplacedInTheSpool(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.Open("a", true)
	info := r.write("a", "half")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: "write answered EIO"})
	r.state("a", list.Held)
	r.journaled()
	if err := os.Remove(r.path("a")); err != nil {
		t.Fatal(err)
	}
	r.write("a", "another one")
	dir := r.killed()
	r.close()
	r = openRig(t, dir)
	r.state("a", list.Held)
	r.up.none(t)
}

// TestTooLateWithoutTheJournal: what was too late to be called off says so when the journal is gone.
func TestTooLateWithoutTheJournal(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.up.found = &transfer.Found{CRC64: sum("older")}
	heard := r.tooLate(func(r *rig) { r.doTo(Cancel, r.state("w", list.Uploading).ID) })
	heard(transfer.Outcome{})
	r.pass(stragglerMost)
	r.toldLate("w")
	said := r.state("w", list.Canceled).Message
	r.close()
	if err := os.Remove(filepath.Join(r.dir, "journal.db")); err != nil {
		t.Fatal(err)
	}
	r = openRig(t, r.dir)
	if i := r.state("w", list.Canceled); i.Error != codeTooLate || i.Message != said {
		t.Errorf("%+v", i)
	}
	r.up.none(t)
}

// TestTooLateBeforeTheRow cancels a file that was sent whole, of which the journal does not hear before the kill: the
// next one asks what came of that.
func TestTooLateBeforeTheRow(t *testing.T) {
	t.Parallel()
	r, h := newHeldRig(t)
	id := r.drop("w", "older")
	r.up.next(t).send(t)
	r.journaled()
	release := h.hold()
	r.mu.Lock()
	if _, err := r.doFileLocked(Cancel, r.list.Get(id)); err != nil {
		t.Error(err)
	}
	r.mu.Unlock()
	r.until(func() bool { all, err := spool.Labels(r.path("w")); return err == nil && len(all) == 1 },
		func() string { return "there is no label" })
	m := movedRig{r, h, nil}
	dir := m.killedInPlace(release)

	again := openRig(t, dir)
	again.up.mu.Lock()
	again.up.found = &transfer.Found{CRC64: sum("older")}
	again.up.mu.Unlock()
	again.pass(stragglerMost)
	again.toldLate("w")
	if i := again.state("w", list.Canceled); i.Error != codeTooLate {
		t.Errorf("%+v", i)
	}
}

// TestReplacedBeforeTheRow has a file replaced by a later one with its key, of which the journal does not hear before
// the kill. It is canceled by its label then, and competes for the key no more.
func TestReplacedBeforeTheRow(t *testing.T) {
	t.Parallel()
	set := func(o *Options) { o.Start = false }
	r, h := newHeldRig(t, set)
	id := r.drop("a/x", "older")
	r.state("a/x", list.Ready)
	later := r.drop("b/x", "newer")
	r.state("b/x", list.Ready)
	r.journaled()
	release := h.hold()
	r.mu.Lock()
	older := r.list.Get(id)
	r.replacedByLocked(older, r.list.Get(later), "x")
	r.stageRowLocked(older)
	r.mu.Unlock()
	r.until(func() bool { all, err := spool.Labels(r.path("a/x")); return err == nil && len(all) == 1 },
		func() string { return "there is no label" })
	again := openRig(t, movedRig{r, h, nil}.killedInPlace(release), set)
	if i := again.state("a/x", list.Canceled); i.Error != codeReplaced {
		t.Errorf("%+v", i)
	}
	for _, wrong := range again.inconsistent() {
		t.Error(wrong)
	}
}
