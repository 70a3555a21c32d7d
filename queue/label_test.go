package queue

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// barredRig is a queue with a file in each state in which it is not uploaded, and what they say.
func barredRig(t *testing.T) (r *rig, barred map[string]list.Info, lastID transfer.ID) {
	t.Helper()
	r = newRig(t)
	r.drop("failed", "content of failed")
	r.up.next(t).fail(transfer.Final, "AccessDenied")
	r.state("failed", list.Failure)
	r.refusedNot(r.Do(t.Context(), Stop))
	for _, name := range []string{"canceled", "later", "d/held"} {
		r.drop(name, "content of "+name)
		r.state(name, list.Ready)
	}
	r.journaled()
	if err := copyFile(filepath.Join(r.dir, "journal.db"), filepath.Join(r.dir, "older.db")); err != nil {
		t.Fatal(err)
	}
	id := r.Open("d/held", false)
	info := r.write("d/held", "content of d/HELD") // as long as before
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: "write answered EIO"})
	r.state("d/held", list.Held)
	for name, verb := range map[string]Verb{"canceled": Cancel, "later": Cancel} {
		r.refusedNot(r.DoFile(t.Context(), verb, r.state(name, list.Ready).ID))
	}
	id = r.Open("new", true)
	info = r.write("new", "content of new")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: "write answered EIO"})
	r.state("new", list.Held)
	r.journaled()
	barred = make(map[string]list.Info)
	for _, i := range r.Infos() {
		if !i.State.Barred() {
			t.Fatalf("%s is %v", i.Name, i.State)
		}
		barred[i.Name], lastID = i, max(lastID, i.ID)
	}
	return r, barred, lastID
}

// spoilers are what can become of a journal.
var spoilers = map[string]func(dir string) error{
	"removed": func(dir string) error { return os.Remove(filepath.Join(dir, "journal.db")) },
	"older": func(dir string) error {
		return os.Rename(filepath.Join(dir, "older.db"), filepath.Join(dir, "journal.db"))
	},
	"truncated":     func(dir string) error { return os.Truncate(filepath.Join(dir, "journal.db"), 5000) },
	"cut":           func(dir string) error { return os.Truncate(filepath.Join(dir, "journal.db"), 0) },
	"pages damaged": damagePages,
}

// damagePages overwrites all but the first two pages of a journal, which say what it is.
func damagePages(dir string) error {
	f, err := os.OpenFile(filepath.Join(dir, "journal.db"), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(bytes.Repeat([]byte("damage"), 20_000), int64(2*os.Getpagesize()))
	return errors.Join(err, f.Close())
}

// TestBarredWithoutTheJournal starts after an end and after a kill, with a journal that is gone, damaged or an older
// one. What had failed, was canceled or is held is that still, for the same reason, and no id is given again.
func TestBarredWithoutTheJournal(t *testing.T) {
	t.Parallel()
	for what, spoil := range spoilers {
		for _, kill := range []bool{false, true} {
			t.Run(what, func(t *testing.T) {
				t.Parallel()
				r, barred, last := barredRig(t)
				dir := r.dir
				if kill {
					dir = r.killed()
				}
				r.close()
				if err := spoil(dir); err != nil {
					t.Fatal(err)
				}
				r = openRig(t, dir)
				for name, was := range barred {
					now := r.state(name, was.State)
					if now.Error != was.Error || now.Message != was.Message || now.Hint != was.Hint {
						t.Errorf("%s is %q %q, and was %q %q", name, now.Error, now.Message, was.Error, was.Message)
					}
				}
				r.up.none(t)
				if id := r.drop("fresh", "content"); id <= last {
					t.Errorf("#%d is given again", id)
				}
				if u := r.up.next(t); u.job.Name != "fresh" {
					t.Errorf("%s is uploaded", u.job.Name)
				}
			})
		}
	}
}

// TestUnknownHistoryIsHeld starts without a journal in a spool that does not say that all labels are there: one of an
// older program, or a copy.
func TestUnknownHistoryIsHeld(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(dir string) error{
		"older program": func(dir string) error { return os.Remove(filepath.Join(dir, "known")) },
		"copy": func(dir string) error {
			from, to := filepath.Join(dir, "known"), filepath.Join(dir, "copy")
			return errors.Join(copyFile(from, to), os.Rename(to, from))
		},
		"damaged": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "known"), []byte("inboxfs"),
				0o600)
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *Options) { o.Start = false })
			r.drop("a", "content")
			r.state("a", list.Ready)
			r.close()
			if err := errors.Join(change(r.dir), os.Remove(filepath.Join(r.dir, "journal.db"))); err != nil {
				t.Fatal(err)
			}
			r = openRig(t, r.dir)
			if held := r.state("a", list.Held); held.Error != codeHistory {
				t.Errorf("it is held because %q", held.Error)
			}
			r.close()
			if err := os.Remove(filepath.Join(r.dir, "journal.db")); err != nil { // now that it says so itself
				t.Fatal(err)
			}
			r = openRig(t, r.dir)
			r.drop("b", "content")
			if u := r.up.next(t); u.job.Name != "b" {
				t.Errorf("%s is uploaded", u.job.Name)
			}
			r.state("a", list.Held)
		})
	}
}

// TestLinksWithoutTheJournal: they have no labels, so all of them are held, also when the journal is only older than
// some of theirs.
func TestLinksWithoutTheJournal(t *testing.T) {
	t.Parallel()
	for what, spoil := range map[string]func(dir string) error{"removed": spoilers["removed"],
		"older": spoilers["older"]} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *Options) { o.Start = false })
			far := filepath.Join(t.TempDir(), "far")
			if err := os.WriteFile(far, []byte("far away"), 0o600); err != nil {
				t.Fatal(err)
			}
			r.link("canceled", far)
			r.state("canceled", list.Ready)
			r.journaled()
			if err := copyFile(filepath.Join(r.dir, "journal.db"), filepath.Join(r.dir, "older.db")); err != nil {
				t.Fatal(err)
			}
			r.refusedNot(r.DoFile(t.Context(), Cancel, r.state("canceled", list.Ready).ID))
			r.close()
			if err := spoil(r.dir); err != nil {
				t.Fatal(err)
			}
			r = openRig(t, r.dir)
			r.state("canceled", list.Held)
			r.up.none(t)
		})
	}
}

// TestRenamedBeforeTheKill: what is barred is that under its new name, though the journal has yet to hear of it.
func TestRenamedBeforeTheKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r, lag := lagging(t)
	far := filepath.Join(t.TempDir(), "far")
	if err := os.WriteFile(far, []byte("far away"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.link("link", far)
	want := map[string]string{"moved": "content of free", "onto": "half", "exchanged": "content of swapped"}
	for _, name := range []string{"free", "onto", "swapped", "exchanged"} {
		r.drop(name, "content of "+name)
		r.state(name, list.Ready)
	}
	id := r.Open("onto it", true)
	info := r.write("onto it", "half")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: "write answered EIO"})
	r.state("onto it", list.Held)
	for _, name := range []string{"free", "swapped", "link"} {
		r.refusedNot(r.DoFile(t.Context(), Cancel, r.state(name, list.Ready).ID))
	}
	lag()
	r.rename("free", "moved", 0)
	r.rename("link", "other link", 0)
	r.rename("onto it", "onto", 0)
	for _, step := range [][2]string{{"swapped", "swap"}, {"exchanged", "swapped"}, {"swap", "exchanged"}} {
		if err := os.Rename(r.path(step[0]), r.path(step[1])); err != nil {
			t.Fatal(err)
		}
	}
	r.Exchanged("swapped", "exchanged", Owner)
	r.until(func() bool { // what has a label that is to go has none any more
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.labels.due) == 0
	}, func() string { return "labels are due" })
	dir := r.killed()

	r = openRig(t, dir)
	r.state("other link", list.Canceled)
	for name, content := range want {
		if is, err := os.ReadFile(r.path(name)); err != nil || string(is) != content {
			t.Fatalf("%s is %q, %v", name, is, err)
		}
		if i, ok := r.Status(name); !ok || !i.State.Barred() {
			t.Errorf("%s is %v", name, i.State)
		}
	}
	if u := r.up.next(t); u.job.Name != "swapped" { // which is what was ready
		t.Errorf("%s is uploaded", u.job.Name)
	} else {
		u.succeed()
	}
	r.up.none(t)
}

// TestKeyOfOneRenamedBeforeTheKill: what may have been stored under the old name is not the object of the new one.
func TestKeyOfOneRenamedBeforeTheKill(t *testing.T) {
	t.Parallel()
	r, h := newHeldRig(t)
	r.drop("d/a", "content")
	u := r.up.next(t)
	u.send(t)
	u.fail(transfer.Final, "AccessDenied")
	id := r.state("d/a", list.Failure).ID
	r.journaled()
	release := h.hold()
	if err := os.Rename(r.path("d"), r.path("e")); err != nil {
		t.Fatal(err)
	}
	r.Renamed("d", "e", 0, Owner)
	dir := r.killed()
	release()
	r.close()

	r = openRig(t, dir)
	if i := r.state("e/a", list.Failure); i.ID != id || i.Key != "" {
		t.Errorf("it is #%d, was #%d, and has the key %q", i.ID, id, i.Key)
	}
	r.refusedNot(r.DoFile(t.Context(), Retry, id))
	if u := r.up.next(t); u.job.Doubt {
		t.Error("it is looked for under its old name")
	}
}

// TestLabelBeforeItsRow cancels a file that was just sent, of which the journal does not hear before the kill: should
// it be resumed, it is looked for on the server first, as it was before its label changed how it looks.
func TestLabelBeforeItsRow(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, of := range []string{"nothing", "all", "not the latest label"} {
		heard := of != "nothing"
		r, h := newHeldRig(t)
		id := r.drop("a", "content")
		r.up.next(t).send(t)
		r.journaled()
		changed := r.looks("a").ChangeTime
		release := func() {}
		if heard {
			r.refusedNot(r.DoFile(t.Context(), Cancel, id))
			r.journaled()
			r.journaled() // of the label, too
		} else {
			release = h.hold()
			r.mu.Lock()
			if _, err := r.doFileLocked(Cancel, r.list.Get(id)); err != nil {
				t.Error(err)
			}
			r.mu.Unlock()
			r.until(func() bool { all, err := spool.Labels(r.path("a")); return err == nil && len(all) == 1 },
				func() string { return "there is no label" })
		}
		m := movedRig{r, h, nil}
		dir := m.killedInPlace(release)
		if of == "not the latest label" {
			l := spool.Label{ID: uint64(id), State: list.Canceled.String(), Message: "later", Changed: changed}
			if before, now, _, err := spool.Relabel(filepath.Join(dir, "inbox"), "a", l); err != nil || before == now {
				t.Fatal(before, now, err)
			}
		}

		again := openRig(t, dir)
		again.state("a", list.Canceled)
		again.refusedNot(again.DoFile(t.Context(), Restore, id))
		u := again.up.next(t)
		if !u.job.Doubt {
			t.Errorf("heard %v: it is sent again as if it had not been", of)
		}
		if u.job.Changed != changed {
			t.Errorf("heard %v: it changed at %d, and counts as changed at %d", of, changed, u.job.Changed)
		}
		u.succeed()
		again.state("a", list.Success)
	}
}

// TestLabelGoesWithWhatItSays: who may be uploaded has none, before the upload looks at the file.
func TestLabelGoesWithWhatItSays(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r, barred, _ := barredRig(t)
	has := func(name string) bool {
		t.Helper()
		all, err := spool.Labels(r.path(name))
		if err != nil {
			t.Fatal(err)
		}
		return len(all) > 0
	}
	verbs := map[list.State]Verb{list.Failure: Retry, list.Canceled: Restore, list.Held: Release}
	for name, was := range barred {
		if !has(name) {
			t.Errorf("%s, which is %v, has no label", name, was.State)
		}
		r.refusedNot(r.DoFile(t.Context(), verbs[was.State], was.ID))
		if has(name) {
			t.Errorf("%s, which was %v, has a label still", name, was.State)
		}
	}
	r.refusedNot(r.Do(t.Context(), Start))
	for range barred {
		r.up.next(t).succeed()
	}
}

// TestHardLinksHaveTheirOwnLabels: one file with two names, of which one is canceled.
func TestHardLinksHaveTheirOwnLabels(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	a := r.drop("a", "content")
	r.state("a", list.Ready)
	if err := os.Link(r.path("a"), r.path("b")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(r.path("b"))
	if err != nil {
		t.Fatal(err)
	}
	r.Linked("a", "b", info.Size(), info.ModTime())
	b := r.state("b", list.Ready).ID
	r.refusedNot(errors.Join(r.DoFile(t.Context(), Cancel, a), r.DoFile(t.Context(), Cancel, b),
		r.DoFile(t.Context(), Restore, b)))
	dir := r.killed()
	r.close()
	r = openRig(t, dir, func(o *Options) { o.Start = false })
	r.state("a", list.Canceled)
	r.state("b", list.Ready)
}

// TestOldJournalGetsLabels starts with a journal of an older program, which had no labels.
func TestOldJournalGetsLabels(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r, barred, _ := barredRig(t)
	r.close()
	for name, was := range barred {
		if _, _, _, err := spool.Relabel(filepath.Join(r.dir, "inbox"), name,
			spool.Label{ID: uint64(was.ID)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(r.dir, "known")); err != nil {
		t.Fatal(err)
	}
	r = openRig(t, r.dir)
	r.labeled()
	for name, was := range barred {
		r.state(name, was.State)
		if all, err := spool.Labels(r.path(name)); err != nil || len(all) != 1 || all[0].State != was.State.String() {
			t.Errorf("%s has the labels %v, %v", name, all, err)
		}
	}
}

// lookingJournal looks at each batch before it is committed.
type lookingJournal struct {
	commit.Journal
	look func(*journal.Batch)
}

func (l lookingJournal) Commit(b *journal.Batch) error {
	l.look(b)
	return l.Journal.Commit(b)
}

// TestLabelBeforeTheFirstRow holds a file at the start, which was canceled, and of which half is new: its label says so
// before its row does.
func TestLabelBeforeTheFirstRow(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	r.refusedNot(r.DoFile(t.Context(), Cancel, r.drop("a", "whole")))
	r.Open("a", false)
	r.write("a", "half")
	r.journaled()
	dir := r.killed()
	held := false
	r = openRig(t, dir, func(o *Options) {
		o.Journal = lookingJournal{o.Journal, func(b *journal.Batch) {
			for _, rec := range b.Put {
				if rec.State != list.Held.String() {
					continue
				}
				held = true
				if all, err := spool.Labels(filepath.Join(dir, "inbox", "a")); err != nil || len(all) != 1 ||
					all[0].State != rec.State {
					t.Errorf("%s is held, and its label is %v, %v", rec.Name, all, err)
				}
			}
		}}
	})
	if r.state("a", list.Held); !held {
		t.Error("no row says so")
	}
}
