package queue

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// TestFailedCreateLeavesNothing is what the filesystem does when the disk is full: Open, and then no file.
func TestFailedCreateLeavesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.Open("a", true)
	r.Close(id, Closed{})
	if listed := r.List(); len(listed) != 0 {
		t.Errorf("the list is %v", listed)
	}
	r.drop("b", "content")
	r.up.next(t).succeed()
	if all := strings.Join(r.events("OnUploadEnd"), " "); strings.Contains(all, ":a") {
		t.Errorf("the log tells of a file that never was: %s", all)
	}
}

func TestFailedOpenOfADropKeepsIt(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	id := r.drop("a", "content")
	r.state("a", list.Ready)
	if again := r.Open("a", false); again != id {
		t.Fatalf("it is #%d", again)
	}
	r.Close(id, Closed{}) // too many open files
	r.state("a", list.Ready)
	if i := r.state("a", list.Ready); i.Size != 7 {
		t.Errorf("it has %d bytes", i.Size)
	}
}

func TestResumeFileUnderAWriterWaitsForIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.Do(t.Context(), Stop); err != nil {
		t.Fatal(err)
	}
	id := r.drop("a", "content")
	r.state("a", list.Ready)
	r.Open("a", false)
	for _, v := range []Verb{Cancel, Restore} {
		if err := r.DoFile(t.Context(), v, id); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Do(t.Context(), Start); err != nil {
		t.Fatal(err)
	}
	r.up.none(t)
	r.Close(id, Closed{Size: 7, ModTime: time.Now()})
	r.up.next(t).succeed()
	r.state("a", list.Success)
}

func TestFaultOfACanceledFileIsNotForgotten(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.Open("a", true)
	info := r.write("a", "half")
	if err := r.DoFile(t.Context(), Cancel, id); err != nil {
		t.Fatal(err)
	}
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(),
		Fault: "write answered no space left on device"})
	r.close()
	r = openRig(t, r.dir)
	if err := r.DoFile(t.Context(), Restore, id); err != nil {
		t.Fatal(err)
	}
	if held := r.state("a", list.Held); !strings.Contains(held.Message, "no space left") {
		t.Errorf("it is held because %q", held.Message)
	}
}

func TestKillWhileWritingACanceledFile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.Open("a", true)
	r.write("a", "half")
	if err := r.DoFile(t.Context(), Cancel, id); err != nil {
		t.Fatal(err)
	}
	dir := r.killed()
	r.close()
	r = openRig(t, dir)
	r.state("a", list.Held)
	r.up.none(t)
}

func TestHeldContentStaysHeldUnderAnotherName(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	r.drop("a", "whole")
	r.state("a", list.Ready)
	id := r.Open("half", true)
	info := r.write("half", "half")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: "write answered EIO"})
	r.state("half", list.Held)
	if err := os.Link(r.path("half"), r.path("link")); err != nil {
		t.Fatal(err)
	}
	r.Linked("half", "link", info.Size(), info.ModTime())
	r.rename("half", "a", 0)
	for _, name := range []string{"a", "link"} {
		if held := r.state(name, list.Held); !strings.Contains(held.Message, "EIO") {
			t.Errorf("%s is held because %q", name, held.Message)
		}
	}
}

// TestContentOfAnIgnoredNameIsTrusted replaces a held drop by a file that has nothing to do with it.
func TestContentOfAnIgnoredNameIsTrusted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.Open("a", true)
	info := r.write("a", "half")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: "write answered EIO"})
	r.state("a", list.Held)
	r.write(".DS_Store", "whole")
	r.rename(".DS_Store", "a", 0)
	u := r.up.next(t)
	if u.job.Size != 5 {
		t.Errorf("%d bytes are uploaded", u.job.Size)
	}
	u.succeed()
	r.state("a", list.Success)
}

func TestWaitForAnUploadedFileThatIsLookedInto(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Keep = true })
	r.drop("a", "content")
	r.up.next(t).succeed()
	r.state("a", list.Success)
	id := r.Open("a", false)
	one, all := make(chan error, 1), make(chan error, 1)
	go func() { one <- r.Wait(t.Context(), id) }()
	go func() { all <- r.WaitAll(t.Context()) }()
	r.until(func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.waiters[nil])+len(r.waiters[r.list.Get(id)]) == 2
	},
		func() string { return "nobody waits" })
	r.Close(id, Closed{Size: 7, ModTime: time.Now()})
	for _, c := range []chan error{one, all} {
		select {
		case err := <-c:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("a wait does not end")
		}
	}
}

// TestClearFinishedLeavesNoFileBehind takes uploaded entries off the list before their spool copies are gone.
func TestClearFinishedLeavesNoFileBehind(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "content")
	unlock := r.GuardAll() // the copy cannot be removed yet
	r.up.next(t).succeed()
	r.state("a", list.Success)
	cleared := make(chan int)
	go func() {
		n, err := r.ClearFinished(t.Context())
		if err != nil {
			t.Error(err)
		}
		cleared <- n
	}()
	select {
	case n := <-cleared:
		t.Errorf("%d entries are cleared, and the file stays", n)
	case <-time.After(20 * time.Millisecond):
	}
	unlock()
	if n := <-cleared; n != 1 {
		t.Errorf("%d entries are cleared", n)
	}
	if _, err := os.Lstat(r.path("a")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the file is still there, and nobody knows it")
	}
}

func TestCompanionThatIsHeldStillHoldsBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.Open("a.aria2", true)
	info := r.write("a.aria2", "state")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: "its writer was killed"})
	r.state("a.aria2", list.Held)
	r.drop("a", "half of it, with holes")
	r.until(func() bool { i, _ := r.Status("a"); return strings.Contains(i.Message, "a.aria2") },
		func() string { return "a does not wait" })
	r.up.none(t)
	if err := r.DoFile(t.Context(), Flush, r.state("a", list.Receiving).ID); !errors.Is(err, transfer.ErrBusy) ||
		!strings.Contains(err.Error(), "a.aria2") {
		t.Errorf("flush says %v", err)
	}
	if err := os.Remove(r.path("a.aria2")); err != nil {
		t.Fatal(err)
	}
	r.Removed("a.aria2")
	waited := make(chan error, 1) // who waits from now on waits for a
	go func() { waited <- r.WaitAll(t.Context()) }()
	run := r.up.next(t)
	select {
	case err := <-waited:
		t.Fatalf("wait ends before a is uploaded: %v", err)
	default:
	}
	run.succeed()
	r.state("a", list.Success)
	if err := <-waited; err != nil {
		t.Error(err)
	}
}

func TestExchangeWithNamesThatAreNoDrops(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	r.drop("a", "a")
	r.state("a", list.Ready)
	r.write(".DS_Store", "junk, and now content")
	r.write("d/x", "x")
	r.drop("d/x", "x")
	r.state("d/x", list.Ready)
	swap := func(a, b string) {
		t.Helper()
		for _, step := range [][2]string{{a, "swap"}, {b, a}, {"swap", b}} {
			if err := os.Rename(r.path(step[0]), r.path(step[1])); err != nil {
				t.Fatal(err)
			}
		}
		r.Exchanged(a, b, Owner)
	}
	swap("a", ".DS_Store")
	if i := r.state("a", list.Ready); i.Size != 21 {
		t.Errorf("a has %d bytes", i.Size)
	}
	swap("a", "d")
	r.state("a/x", list.Ready)
	r.state("d", list.Ready)
	if n := len(r.List()); n != 2 {
		t.Errorf("the list has %d entries: %v", n, r.List())
	}
}

// TestLookingIntoAHeldFileDoesNotReleaseIt opens files for writing that ended, and writes nothing.
func TestLookingIntoAHeldFileDoesNotReleaseIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Open("half", true)
	r.write("half", "half")
	canceled := r.drop("canceled", "content")
	if err := r.DoFile(t.Context(), Cancel, canceled); err != nil {
		t.Fatal(err)
	}
	r.close()
	r = openRig(t, r.dir)
	for name, state := range map[string]list.State{"half": list.Held, "canceled": list.Canceled} {
		before := r.state(name, state)
		id := r.Open(name, false)
		r.Close(id, Closed{Size: before.Size, ModTime: time.Now()})
		if diff := cmp.Diff(before, r.state(name, state)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	r.up.none(t)
}
