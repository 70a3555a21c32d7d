package queue

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// half makes a file that is held, as its writer did not finish.
func (r *rig) half(name string) transfer.ID {
	r.t.Helper()
	id := r.Open(name, true)
	info := r.write(name, "half of "+name)
	r.made(name)
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: "its writer was killed"})
	r.state(name, list.Held)
	return id
}

// reopen opens a file, and returns what closes it, when nobody can tell whether it was written meanwhile.
func (r *rig) reopen(name string) (doubtfully func()) {
	r.t.Helper()
	id := r.Open(name, false)
	return func() {
		info, err := os.Stat(r.path(name))
		if err != nil {
			r.t.Fatal(err)
		}
		r.closeAs(name, id, Closed{Doubtful: true, Size: info.Size(), ModTime: info.ModTime()})
	}
}

// TestDoubtMendsNothing: what is not to be uploaded is not by an open and a close of which nobody can tell whether
// something was written in between, nor is half a file made good that has yet to settle.
func TestDoubtMendsNothing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r, barred, _ := barredRig(t)
	r.refusedNot(r.Do(t.Context(), Start))
	for name, was := range barred {
		r.reopen(name)()
		if now := r.state(name, was.State); now.ID != was.ID || now.Message != was.Message {
			t.Errorf("%s is #%d %q, and was #%d %q", name, now.ID, now.Message, was.ID, was.Message)
		}
	}
	id := r.Open("settles", true)
	info := r.write("settles", "half")
	r.made("settles")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: "its writer was killed"})
	r.reopen("settles")()
	r.state("settles", list.Held)
	canceled := r.drop("under its hands", "half")
	again := r.Open("under its hands", false)
	r.refusedNot(r.DoFile(t.Context(), Cancel, canceled))
	r.Close(again, Closed{Doubtful: true, Size: 4})
	r.state("under its hands", list.Canceled)
	r.up.none(t)
}

// TestDoubtIsChange of all others: new content is not missed.
func TestDoubtIsChange(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "content")
	u := r.up.next(t)
	r.reopen("a")()
	if again := r.up.next(t); again.job.Name != "a" || u.ctx.Err() == nil {
		t.Error("it goes on as if nothing could have happened")
	}
}

// TestReleasedBeforeTheEnd releases what is held and has to wait until the next start: it is not held again.
func TestReleasedBeforeTheEnd(t *testing.T) {
	t.Parallel()
	for what, next := range map[string]func(r *rig) (dir string){
		"killed": func(r *rig) string { defer r.close(); return r.killed() },
		"ended":  func(r *rig) string { r.close(); return r.dir },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.half("a")
			r.drop("a.part", "a waits for that")
			r.do(Release, "a")
			var i list.Info
			r.until(func() bool {
				i = r.state("a", list.Receiving)
				return i.Error == "" && i.Message == "is not complete while there is a.part"
			}, func() string { return fmt.Sprintf("it says %q, %q", i.Error, i.Message) })
			r = openRig(t, next(r))
			if err := os.Remove(r.path("a.part")); err != nil {
				t.Fatal(err)
			}
			r.Removed("a.part")
			if u := r.up.next(t); u.job.Name != "a" {
				t.Errorf("%s is uploaded", u.job.Name)
			}
		})
	}
}

// TestCanceledUnderItsWriter is that still when it was closed just before a kill, of which the journal did not hear,
// and the journal is lost.
func TestCanceledUnderItsWriter(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, lost := range []bool{false, true} {
		r, h := newHeldRig(t)
		id := r.Open("a", true)
		info := r.write("a", "content")
		r.made("a")
		r.refusedNot(r.DoFile(t.Context(), Cancel, id))
		r.journaled()
		release := h.hold()
		r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
		m := movedRig{r, h, nil}
		dir := m.killedInPlace(release)
		if lost {
			if err := os.Remove(filepath.Join(dir, "journal.db")); err != nil {
				t.Fatal(err)
			}
		}
		r = openRig(t, dir)
		r.state("a", list.Canceled)
		r.up.none(t)
	}
}

// TestBarredUnderAnotherName renames what is not to be uploaded, alone and with its folder, open and closed, to a name
// that is free and over a file that waits for its upload: it is that still, and whoever had it open makes no difference
// as long as nothing was written.
func TestBarredUnderAnotherName(t *testing.T) {
	t.Parallel()
	for _, open := range []bool{false, true} {
		for _, over := range []bool{false, true} {
			t.Run(fmt.Sprintf("open %v, over another %v", open, over), func(t *testing.T) {
				t.Parallel()
				r, barred, _ := barredRig(t)
				for name, was := range barred {
					to, handles := "to-"+filepath.Base(name), 0
					if over {
						r.drop(to, "another")
						r.state(to, list.Ready)
					}
					closed := func() {}
					if open {
						id := r.Open(name, false)
						handles = 1
						closed = func() { r.closeAs(to, id, Closed{Size: was.Size}) }
					}
					if id := r.rename(name, to, handles); id != was.ID {
						t.Errorf("%s was #%d, and is #%d", name, was.ID, id)
					}
					closed()
					if now := r.state(to, was.State); now.Message != was.Message || now.Error != was.Error {
						t.Errorf("%s was %q, and is %q", name, was.Message, now.Message)
					}
				}
				r.refusedNot(r.Do(t.Context(), Start))
				r.up.none(t)
				dir := r.killed()
				r.close()
				r = openRig(t, dir)
				for name, was := range barred {
					r.state("to-"+filepath.Base(name), was.State)
				}
				r.up.none(t)
			})
		}
	}
}

// TestBarredInAFolder that gets another name while a file in it is open.
func TestBarredInAFolder(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	id := r.drop("d/a", "content")
	r.refusedNot(r.DoFile(t.Context(), Cancel, id))
	again := r.Open("d/a", false)
	if err := os.Rename(r.path("d"), r.path("e")); err != nil {
		t.Fatal(err)
	}
	r.Renamed("d", "e", 0, Owner)
	r.closeAs("", again, Closed{Size: 7})
	if now := r.state("e/a", list.Canceled); now.ID != id {
		t.Errorf("it is #%d, and was #%d", now.ID, id)
	}
}

// TestHalfOverAFailure writes half a file over one that failed, just before the end: its label says what the content
// before was, and the next start must not take the half for that.
func TestHalfOverAFailure(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Settle = time.Hour })
	r.drop("a", "content")
	r.do(Flush, "a")
	r.up.next(t).fail(transfer.Final, "AccessDenied")
	r.state("a", list.Failure)
	r.journaled()
	id := r.Open("a", false)
	info := r.write("a", "half")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: "write answered EIO"})
	r.close()
	for range 2 {
		r = openRig(t, r.dir)
		if i := r.state("a", list.Held); i.Message != "write answered EIO" {
			t.Errorf("it is held because %q", i.Message)
		}
		r.up.none(t)
		r.close()
	}
}
