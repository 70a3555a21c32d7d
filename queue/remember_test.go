package queue

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/list"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// lagging is a rig whose journal is a moment behind: what comes after the call never gets there before the kill.
func lagging(t *testing.T, set ...func(*Options)) (r *rig, lag func()) {
	r, h := newHeldRig(t, append([]func(*Options){func(o *Options) { o.Start = false }}, set...)...)
	r.labeled()
	return r, func() {
		r.journaled()
		r.t.Cleanup(h.hold())
	}
}

// journaled returns when all that happened is in the journal.
func (r *rig) journaled() {
	r.t.Helper()
	r.mu.Lock()
	wait := r.commitLocked(commit.Change{})
	r.mu.Unlock()
	r.refusedNot(wait(r.t.Context()))
}

// TestClosedBeforeTheKill is not held, though the journal says that it was open, or nothing.
func TestClosedBeforeTheKill(t *testing.T) {
	t.Parallel()
	r, lag := lagging(t)
	opened := r.Open("known", true)
	open := r.Open("open", true)
	r.write("open", "half")
	lag()
	info := r.write("known", "whole")
	r.Close(opened, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	r.drop("unknown", "whole")
	dir := r.killed()
	r.Close(open, Closed{Changed: true, Size: 4})

	r = openRig(t, dir)
	r.state("open", list.Held)
	for range 2 {
		u := r.up.next(t)
		if u.job.Size != 5 {
			t.Errorf("%s of %d bytes is uploaded", u.job.Name, u.job.Size)
		}
		u.succeed()
	}
	r.state("known", list.Success)
	r.state("unknown", list.Success)
}

// TestNothingWrittenBeforeTheKill opens files that were something already, and writes nothing: they are that still,
// closed or not.
func TestNothingWrittenBeforeTheKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, closes := range []bool{true, false} {
		r, lag := lagging(t, func(o *Options) { o.Start, o.Keep = true, true })
		r.drop("uploaded", "content")
		r.up.next(t).succeed()
		r.state("uploaded", list.Success)
		r.drop("failed", "content")
		r.up.next(t).fail(transfer.Final, "AccessDenied")
		r.state("failed", list.Failure)
		r.refusedNot(r.Do(t.Context(), Stop))
		r.refusedNot(r.DoFile(t.Context(), Cancel, r.drop("canceled", "content")))
		id := r.Open("held", true)
		info := r.write("held", "half")
		r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: "write answered EIO"})
		r.state("held", list.Held)
		r.drop("ready", "content")
		want := make(map[string]list.Info)
		for name, state := range map[string]list.State{"uploaded": list.Success, "failed": list.Failure,
			"canceled": list.Canceled,
			"held":     list.Held, "ready": list.Ready} {
			want[name] = r.state(name, state)
		}
		ids := make(map[string]transfer.ID)
		for name := range want {
			ids[name] = r.Open(name, false)
		}
		lag() // the journal knows that they are open
		for name, id := range ids {
			if closes {
				r.Close(id, Closed{Size: want[name].Size})
			}
		}
		dir := r.killed()

		r = openRig(t, dir, func(o *Options) { o.Start, o.Keep = false, true })
		for name, before := range want {
			now := r.state(name, before.State)
			if now.ID != before.ID || now.Error != before.Error || now.Message != before.Message {
				t.Errorf("closed %v: %s is %+v, and was %+v", closes, name, now, before)
			}
		}
		if n := len(r.List()); n != len(want) {
			t.Errorf("there are %d entries", n)
		}
	}
}

// TestFailedBeforeTheKill loses the row that says why a file is not to be trusted.
func TestFailedBeforeTheKill(t *testing.T) {
	t.Parallel()
	const fault = "write answered no space left on device"
	r, lag := lagging(t)
	first := r.drop("first", "content")
	r.state("first", list.Ready)
	canceled := r.Open("canceled", true)
	r.write("canceled", "half")
	r.refusedNot(r.DoFile(t.Context(), Cancel, canceled))
	lag()
	if first != r.Open("first", false) {
		t.Fatal("it has another id")
	}
	for name, id := range map[string]transfer.ID{"first": first, "new": r.Open("new", true), "canceled": canceled} {
		info := r.write(name, "other half")
		r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: fault})
	}
	dir := r.killed()

	r = openRig(t, dir)
	for _, name := range []string{"first", "new"} {
		// The file itself may say why by then.
		if held := r.state(name, list.Held); !strings.Contains(held.Message, "failed") && held.Message != fault {
			t.Errorf("%s is held because %q", name, held.Message)
		}
	}
	r.refusedNot(r.DoFile(t.Context(), Restore, r.state("canceled", list.Canceled).ID))
	r.state("canceled", list.Held)
	r.up.none(t)
}

// TestWholeBeforeTheKill loses the row that says that a file which had ended has new content.
func TestWholeBeforeTheKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, c := range []struct{ early, truncated bool }{{true, false}, {false, false}, {true, true}, {false, true}} {
		early := c.early // the journal knows that it is open
		r, lag := lagging(t)
		half := r.Open("held", true)
		info := r.write("held", "half")
		r.Close(half, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: "write answered EIO"})
		r.state("held", list.Held)
		canceled := r.Open("canceled", true)
		r.write("canceled", "ha")
		r.refusedNot(r.DoFile(t.Context(), Cancel, canceled))
		if !early {
			lag()
		}
		r.Open("held", false)
		if early {
			lag()
		}
		if c.truncated { // which is told at once
			r.Changed("held", 0, r.write("held", "").ModTime())
		}
		for name, id := range map[string]transfer.ID{"held": half, "canceled": canceled} {
			info := r.write(name, "whole")
			r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
		}
		dir := r.killed()

		r = openRig(t, dir, func(o *Options) { o.Start = false })
		r.state("held", list.Ready)
		r.refusedNot(r.DoFile(t.Context(), Restore, r.state("canceled", list.Canceled).ID))
		r.state("canceled", list.Ready)
	}
}

// TestWholeUnderAListedName: what is held stays so while its name is never uploaded, though it was made whole, or
// released, just before the kill that nobody heard of.
func TestWholeUnderAListedName(t *testing.T) {
	t.Parallel()
	r, lag := lagging(t)
	ids := make(map[string]transfer.ID)
	for _, name := range []string{"whole.xyz", "released.xyz"} {
		ids[name] = r.Open(name, true)
		info := r.write(name, "half")
		r.Close(ids[name], Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(),
			Fault: "write answered EIO"})
		r.state(name, list.Held)
	}
	lag()
	r.mu.Lock()
	if _, err := r.doFileLocked(Release, r.list.Get(ids["released.xyz"])); err != nil {
		t.Error(err)
	}
	r.mu.Unlock()
	r.until(func() bool { all, err := spool.Labels(r.path("released.xyz")); return err == nil && len(all) == 0 },
		func() string { return "the label stays" })
	r.Open("whole.xyz", false)
	info := r.write("whole.xyz", "whole")
	r.Close(ids["whole.xyz"], Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	dir := r.killed()

	for _, lists := range []func(*Options){listing(t, "*.xyz", "no"), listing(t, "no", "no")} {
		r = openRig(t, dir, lists)
		for name := range ids {
			r.state(name, list.Held)
		}
		r.up.none(t)
		r.close()
	}
}

// TestOpenInAFolderThatCannotBeRead is held: nobody can tell.
func TestOpenInAFolderThatCannotBeRead(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 { // who reads every folder
		asNobody(t)
		return
	}
	r := newRig(t)
	r.Open("d/a", true)
	r.write("d/a", "half")
	r.refusedNot(r.Do(t.Context(), Stop))
	dir := r.killed()
	if err := os.Chmod(dir+"/inbox/d", 0); err != nil {
		t.Fatal(err)
	}
	r = openRig(t, dir)
	r.state("d/a", list.Held)
	if err := os.Chmod(dir+"/inbox/d", 0o755); err != nil {
		t.Fatal(err)
	}
}

// TestOpenAtAKillThatNobodyRemembers loses the table of open files with the first kill: the one that is made then knows
// nothing of them, whether it was decided about them before the next kill or not.
func TestOpenAtAKillThatNobodyRemembers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, decided := range []bool{true, false} {
		r, lag := lagging(t)
		for _, name := range []string{"open", "canceled"} {
			r.Open(name, true)
			info := r.write(name, "half")
			r.Changed(name, info.Size(), info.ModTime())
		}
		r.refusedNot(r.DoFile(t.Context(), Cancel, r.state("canceled", list.Receiving).ID))
		r.refusedNot(r.DoFile(t.Context(), Cancel, r.drop("again", "whole")))
		r.Open("again", false)
		r.write("again", "half")
		lag()
		dir := r.killed()
		later := time.Now().Add(time.Hour) // so it was long ago that they were written
		if err := errors.Join(os.Remove(filepath.Join(dir, "opened")), os.Chtimes(filepath.Join(dir, "journal.db"),
			later, later)); err != nil {
			t.Fatal(err)
		}
		if decided {
			r = openRig(t, dir)
			dir = r.killed()
			r.close()
		} else {
			j, recovered, err := Recover(filepath.Join(dir, "journal.db"), slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(j.Close(), recovered.Opened().Close()); err != nil {
				t.Fatal(err)
			}
		}

		r = openRig(t, dir)
		r.state("open", list.Held)
		if i, _ := r.Status("again"); i.State == list.Canceled {
			r.refusedNot(r.DoFile(t.Context(), Restore, i.ID))
		}
		r.state("again", list.Held)
		r.refusedNot(r.DoFile(t.Context(), Restore, r.state("canceled", list.Canceled).ID))
		r.state("canceled", list.Held)
		r.up.none(t)
	}
}

// TestCanceledUnderItsWriters cancels a file that is being written, and opens it once more before the kill: it was not
// whole when it was canceled.
func TestCanceledUnderItsWriters(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	id := r.Open("a", true)
	info := r.write("a", "half")
	r.Changed("a", info.Size(), info.ModTime())
	r.refusedNot(r.DoFile(t.Context(), Cancel, id))
	r.Open("a", false)
	r.journaled()
	dir := r.killed()
	r.close()

	r = openRig(t, dir)
	r.refusedNot(r.DoFile(t.Context(), Restore, r.state("a", list.Canceled).ID))
	r.state("a", list.Held)
	r.up.none(t)
}

// TestChangedPastTheQueueBeforeTheKill loses the row that says that files were closed again which are not to be
// uploaded, unchanged as far as anybody can tell. Then somebody writes them, of which the queue is not told: that is no
// reason to upload them. What another program put in the place of one, with a file of its own, is something else.
func TestChangedPastTheQueueBeforeTheKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, doubtful := range []bool{false, true} {
		r, lag := lagging(t, func(o *Options) { o.Start = true })
		r.drop("failed", "content")
		r.up.next(t).fail(transfer.Final, "AccessDenied")
		r.state("failed", list.Failure)
		r.refusedNot(r.Do(t.Context(), Stop))
		r.half("held")
		for _, name := range []string{"canceled", "replaced"} {
			r.refusedNot(r.DoFile(t.Context(), Cancel, r.drop(name, "content")))
		}
		barred := map[string]list.Info{"failed": r.state("failed", list.Failure), "held": r.state("held", list.Held),
			"canceled": r.state("canceled", list.Canceled)}
		ids := map[string]transfer.ID{"replaced": r.Open("replaced", false)}
		for name := range barred {
			ids[name] = r.Open(name, false)
		}
		lag() // the journal knows that they are open
		for name, id := range ids {
			info := r.stat(name)
			r.Close(id, Closed{Doubtful: doubtful, Size: info.Size(), ModTime: info.ModTime()})
		}
		r.labelFiles() // else what comes now gets the label
		for name := range barred {
			r.write(name, "content by somebody else")
		}
		r.write("../new", "another content")
		if err := os.Rename(r.path("../new"), r.path("replaced")); err != nil {
			t.Fatal(err)
		}
		dir := r.killed()

		for range 2 { // it is in the journal, too
			r = openRig(t, dir, func(o *Options) { o.Start = false })
			r.state("replaced", list.Ready)
			for name, was := range barred {
				if now := r.state(name, was.State); now.ID != was.ID || now.Error != was.Error ||
					now.Message != was.Message {
					t.Errorf("doubtful %v: %s is %+v, and was %+v", doubtful, name, now, was)
				}
			}
			r.close()
		}
		r = openRig(t, dir)
		if u := r.up.next(t); u.job.Name != "replaced" {
			t.Errorf("doubtful %v: %s is uploaded", doubtful, u.job.Name)
		}
		r.refusedNot(r.DoFile(t.Context(), Restore, barred["canceled"].ID))
		r.until(func() bool { i, _ := r.Status("canceled"); return i.State == list.Ready || i.State == list.Uploading },
			func() string { return "it is not resumed" })
		if i, _ := r.Status("canceled"); i.Size != int64(len("content by somebody else")) {
			t.Errorf("doubtful %v: of what is resumed %d bytes are uploaded", doubtful, i.Size)
		}
	}
}
