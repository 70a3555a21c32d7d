package queue

import (
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"inboxfs/queue/list"
	"inboxfs/queue/spool"
)

// TestTaken looks which new files may be pieces of one that was uploaded.
func TestTaken(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for what, c := range map[string]struct {
		content string
		keep    bool
		later   time.Duration
		between func(r *rig)
		want    bool
	}{
		"at once":                  {content: "x", want: true},
		"a day later":              {content: "x", later: 25 * time.Hour, want: true},
		"a week later":             {content: "x", later: 7 * 24 * time.Hour},
		"it was empty":             {content: ""},
		"off the list":             {content: "x", want: true, between: (*rig).clearFinished},
		"off the list a day later": {content: "x", want: true, later: 25 * time.Hour, between: (*rig).clearFinished},
		"off the list a week ago":  {content: "x", later: 7 * 24 * time.Hour, between: (*rig).clearFinished},
		"off the list, and empty":  {content: "", between: (*rig).clearFinished},
		"deleted": {content: "x", want: true, between: func(r *rig) {
			if err := r.DoFile(r.t.Context(), Delete, r.find("a")); err != nil {
				r.t.Fatal(err)
			}
		}},
		"a piece is removed": {content: "x", want: true, between: func(r *rig) {
			r.piece("a", "y")
			r.state("a", list.Held)
			if err := os.Remove(r.path("a")); err != nil {
				r.t.Fatal(err)
			}
			r.Removed("a")
		}},
		"a piece has another name": {content: "x", want: true, between: func(r *rig) {
			r.piece("a", "y")
			r.rename("a", "a.bak", 0)
			r.state("a.bak", list.Held)
		}},
		"an empty one came after it": {content: "x", between: func(r *rig) {
			r.drop("a", "")
			r.up.next(r.t).succeed()
			r.state("a", list.Success)
			r.gone("a")
			r.sweepFiles()
			r.clearFinished()
		}},
		"a user took it": {content: "x", keep: true, between: func(r *rig) {
			if err := os.Remove(r.path("a")); err != nil {
				r.t.Fatal(err)
			}
			r.Removed("a")
		}},
	} {
		var ahead atomic.Int64
		r := newRig(t, func(o *Options) {
			o.Keep = c.keep
			o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		})
		r.drop("a", c.content)
		r.up.next(t).succeed()
		r.state("a", list.Success)
		if !c.keep {
			r.gone("a")
			r.sweepFiles() // which returns when that is noted
		}
		if c.between != nil {
			c.between(r)
		}
		ahead.Store(int64(c.later))
		if got := r.Taken(r.Open("a", true)); got != c.want {
			t.Errorf("%s: %v", what, got)
		}
		if r.Taken(r.Open("b", true)) {
			t.Errorf("%s: a name that nothing had counts as taken", what)
		}
		r.close()
	}
}

func (r *rig) clearFinished() {
	r.t.Helper()
	if _, err := r.ClearFinished(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// piece goes on with an uploaded file.
func (r *rig) piece(name, content string) {
	r.t.Helper()
	id := r.Open(name, true)
	info := r.write(name, content)
	if !r.Taken(id) {
		r.t.Fatalf("%s is no piece", name)
	}
	if err := unix.Setxattr(r.path(name), spool.Piece, []byte{'1'}, 0); err != nil {
		r.t.Fatal(err)
	}
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Piece: true})
}

// TestPieceIsHeld holds a marked file until it is released, however often it changes, and one that is not marked any
// more no longer.
func TestPieceIsHeld(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "one")
	r.up.next(t).succeed()
	r.gone("a")
	id := r.Open("a", true)
	info := r.write("a", "two")
	if err := unix.Setxattr(r.path("a"), spool.Piece, []byte{'1'}, 0); err != nil {
		t.Fatal(err)
	}
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	held := r.state("a", list.Held)
	if held.Error != codePiece || !strings.Contains(held.Hint, "after_upload") {
		t.Errorf("it is held for %s: %s; %s", held.Error, held.Message, held.Hint)
	}
	if err := r.DoFile(t.Context(), Release, id); err != nil {
		t.Fatal(err)
	}
	u := r.up.next(t)
	r.Open("a", false) // withdrawn, and there is more
	info = r.write("a", "two and three")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	u.succeed()
	r.state("a", list.Held)
	r.Open("a", false)
	if err := unix.Removexattr(r.path("a"), spool.Piece); err != nil {
		t.Fatal(err)
	}
	info = r.write("a", "one, two and three")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	r.up.next(t).succeed()
	r.state("a", list.Success)
}
