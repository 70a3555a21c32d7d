package queue

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/sameness"
	"inboxfs/queue/spool"
)

// TestLossOfPower has the machine go down with drops in every state of reception. What a disk then has of a file that
// was not synced can have the right size and the right times, and another content; here it is there in full.
func TestLossOfPower(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, power := range []bool{false, true} {
		r := newRig(t, func(o *Options) { o.Start, o.RelaySettle = false, time.Hour })
		r.drop("sealed", "content")
		r.state("sealed", list.Ready)
		for _, name := range []string{"received", "replaced", "waiting.part"} {
			id := r.Open(name, true)
			info := r.write(name, "content")
			r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Relay: true})
		}
		was := spool.ThisInstance(r.dir)
		if power {
			was = "the one before"
		}
		r.mu.Lock()
		row := r.tree.get("waiting.part").record() // the last row: then all are there
		wait := r.commitLocked(commit.Change{Batch: journal.Batch{Boot: string(was), Put: []journal.Record{row}}})
		r.mu.Unlock()
		if err := wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		dir := r.killed()
		if err := os.WriteFile(strings.Replace(r.path("replaced"), r.dir, dir, 1), []byte("something else"),
			0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time it is the same boot again, and what was decided stays so
			r = openRig(t, dir, func(o *Options) { o.Start = false })
			r.state("sealed", list.Ready)
			want := list.Ready
			if power {
				want = list.Held
			}
			if info := r.state("received", want); power && info.Error != codeInterrupted {
				t.Errorf("held because of %s: %s", info.Error, info.Message)
			}
			r.state("replaced", want)
			r.state("waiting.part", list.Receiving)
			if err := r.journal.Commit(&journal.Batch{NextID: 100}); err != nil { // no clean end
				t.Fatal(err)
			}
			dir = r.killed()
		}
	}
}

// TestShorterThanItWas has files in the spool that nobody changed and that are not as the journal has them: ones that
// the disk lost something of. One that somebody changed while nobody looked is a new drop.
func TestShorterThanItWas(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, killed := range []bool{false, true} {
		r := newRig(t, func(o *Options) { o.Start, o.Settle = false, time.Hour })
		r.drop("sealed", "content")
		r.FlushAll()
		r.state("sealed", list.Ready)
		r.drop("received", "content")
		if err := r.DoFile(t.Context(), Cancel, r.drop("canceled", "content")); err != nil {
			t.Fatal(err)
		}
		r.drop("changed", "content")
		dir := r.dir
		if killed {
			dir = r.killed()
		}
		r.close()
		end := time.Now().Add(time.Hour) // of the daemon; the files have not changed for as long before
		if err := os.Chtimes(filepath.Join(dir, "journal.db"), end, end); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"sealed", "received", "canceled"} {
			if err := os.Truncate(filepath.Join(dir, "inbox", name), 3); err != nil {
				t.Fatal(err)
			}
		}
		r = openRig(t, dir, func(o *Options) { o.Start = false })
		for _, name := range []string{"sealed", "received", "canceled"} {
			if info := r.state(name, list.Held); info.Error != codeInterrupted || info.Size != 3 {
				t.Errorf("%s of %d bytes is held because of %s: %s", name, info.Size, info.Error, info.Message)
			}
		}
		r.state("changed", list.Ready)
	}
}

// TestUnsyncedIsHeldAtTheEnd ends when there is no time left to sync what was received.
func TestUnsyncedIsHeldAtTheEnd(t *testing.T) {
	t.Parallel()
	for _, inTime := range []bool{true, false} {
		r := newRig(t, func(o *Options) { o.Start, o.Settle = false, time.Hour })
		r.drop("a", "content")
		r.drop("b.part", "content")
		if !inTime {
			r.syncReceived(expired())
		}
		r.close()
		r = openRig(t, r.dir, func(o *Options) { o.Start = false })
		want := list.Held
		if inTime {
			want = list.Ready
		}
		if info := r.state("a", want); !inTime && info.Error != codeSync {
			t.Errorf("held because of %s: %s", info.Error, info.Message)
		}
		r.state("b.part", list.Receiving)
	}
}

func expired() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// TestTimesLostWithThePower has times set of a file that is ready, which the journal knows and the disk does not.
func TestTimesLostWithThePower(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	r.drop("a", "content")
	r.state("a", list.Ready)
	r.Touched("a", r.looks("a"), sameness.Print{ModTime: 1e18})
	r.mu.Lock()
	wait := r.commitLocked(commit.Change{Batch: journal.Batch{Boot: "the one before"}})
	r.mu.Unlock()
	if err := wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	r = openRig(t, r.killed())
	r.up.next(t).succeed() // it is ready still
	r.state("a", list.Success)
}
