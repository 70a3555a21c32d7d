package queue

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/spool"
)

// TestTakenOverRestarts has names known after a kill and after an orderly end: of entries in the list, of those that
// were cleared and deleted, and of those that were cleared before the end before.
func TestTakenOverRestarts(t *testing.T) {
	t.Parallel()
	for how, end := range map[string]func(*rig) string{
		"kill": (*rig).killed,
		"stop": func(r *rig) string { r.close(); return r.dir },
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			for _, name := range []string{"old", "cleared", "cleared empty", "deleted", "listed"} {
				if name == "deleted" {
					r.clearFinished()
					dir := end(r)
					r.close()
					r = openRig(t, dir)
				}
				content := "x"
				if name == "cleared empty" {
					content = ""
				}
				r.drop(name, content)
				r.up.next(t).succeed()
				r.gone(name)
				r.sweepFiles()
			}
			r.do(Delete, "deleted")
			r.piece("listed", "more")
			r.state("listed", list.Held)
			dir := end(r)
			r.close()
			r = openRig(t, dir)
			r.do(Delete, "listed")
			for name, want := range map[string]bool{"old": true, "cleared": true, "cleared empty": false,
				"deleted": true, "listed": true, "none": false} {
				if got := r.Taken(r.Open(name, true)); got != want {
					t.Errorf("%s: %v", name, got)
				}
			}
		})
	}
}

// TestTakenGoes has names go from the journal when they are of no use any more.
func TestTakenGoes(t *testing.T) {
	t.Parallel()
	now := time.Now()
	r := newRig(t)
	r.drop("a", "x")
	r.up.next(t).succeed()
	r.gone("a")
	r.sweepFiles()
	r.clearFinished()
	for _, hours := range []time.Duration{1, 25, 49} {
		known := 2 // and the place of its object
		if hours > 48 {
			known = 0
		}
		r.close()
		r = openRig(t, r.dir, func(o *Options) { o.Now = func() time.Time { return now.Add(hours * time.Hour) } })
		if len(r.taken.young) != known {
			t.Errorf("after %d hours %d names are known", hours, len(r.taken.young))
		}
	}
	r.close()
	j, recovered, err := Recover(r.dir+"/journal.db", r.o.Log)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close() // it was opened to be read
	if len(recovered.taken) != 0 {
		t.Errorf("the journal has %v", recovered.taken)
	}
}

// TestTakenIsBounded notes more names than are kept: the newest are known, memory is bounded, and the journal is told
// what can go.
func TestTakenIsBounded(t *testing.T) { // alone: it looks at the memory of all
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	names := new(takenNames)
	var until uint32
	at := func(i int) uint32 { return uint32(1e9 + i/1000) }
	const all = 5*takenMost + 17
	for i := range all {
		if u := names.note(uint64(i)*0x9e3779b97f4a7c15, removal{at: at(i)}); u > 0 {
			until = u
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	for i := range all {
		_, known := names.get(uint64(i) * 0x9e3779b97f4a7c15)
		if newest := i >= all-takenMost; newest && !known {
			t.Fatalf("name %d of %d is forgotten", i, all)
		} else if known && at(i) <= until {
			t.Fatalf("name %d is known, and the journal was to forget it", i)
		}
	}
	if n := len(names.young) + len(names.old); n > 2*takenMost {
		t.Errorf("%d names are kept", n)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("they take %d bytes", grown)
	}
	runtime.KeepAlive(names)
}

// TestPieceHeldForElse says in the hint of a piece that is held for another reason what release would do: when its
// writer failed, and when inboxfs was killed before it had settled.
func TestPieceHeldForElse(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRig(t, func(o *Options) { o.Settle = time.Hour })
	warned := func(name, code string) {
		t.Helper()
		if held := r.state(name, list.Held); held.Error != code || !strings.Contains(held.Hint, "whole") ||
			!strings.Contains(held.Hint, "release") {
			t.Errorf("%s is held for %s: %s; %s", name, held.Error, held.Message, held.Hint)
		}
	}
	upload := func(name string) {
		t.Helper()
		r.drop(name, "one")
		r.do(Flush, name)
		r.up.next(t).succeed()
		r.gone(name)
		r.sweepFiles()
	}
	for _, name := range []string{"killed", "writing", "failed"} {
		upload(name)
	}
	id := r.Open("failed", true)
	info := r.write("failed", "tw")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: "write answered EIO",
		Piece: true})
	r.do(Flush, "failed")
	warned("failed", codeFault)
	r.piece("killed", "two")
	r.Open("writing", true)
	r.write("writing", "tw")
	if err := unix.Setxattr(r.path("writing"), spool.Piece, []byte{'1'}, 0); err != nil {
		t.Fatal(err)
	}
	r.receive("unheard", "two") // of which no row came to be
	r.until(func() bool { return r.rowOf("writing") == stateWriting && r.rowOf("killed") == list.Receiving.String() },
		func() string {
			return fmt.Sprintf("the rows are %q and %q", r.rowOf("writing"), r.rowOf("killed"))
		})
	dir := r.killed()
	if err := os.Remove(dir + "/inbox/failed"); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setxattr(dir+"/inbox/unheard", spool.Piece, []byte{'1'}, 0); err != nil {
		t.Fatal(err)
	}
	r.close()
	r = openRig(t, dir)
	warned("killed", codePiece)
	warned("writing", codeInterrupted)
	warned("unheard", codeInterrupted)
	r.do(Release, "writing") // which is what the hint says
	r.up.next(t).succeed()
	r.state("writing", list.Success)
}

// rowOf is the state of the newest row of a name.
func (r *rig) rowOf(name string) (state string) {
	r.t.Helper()
	err := r.journal.Load(func(rec journal.Record) error {
		if rec.Name == name {
			state = rec.State
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return state
}
