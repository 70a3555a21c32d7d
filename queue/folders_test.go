package queue

import (
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// fakeFolders removes all folders that it is asked for but those in use.
type fakeFolders struct {
	inbox string
	mu    sync.Mutex
	inUse []string // not now
	stay  []string // never
	asked []string
}

func (f *fakeFolders) Remove(names []string, _ time.Duration) (removed, later []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, names...)
	for _, name := range names {
		switch {
		case slices.Contains(f.inUse, name):
			later = append(later, name)
		case !slices.Contains(f.stay, name) && spool.RemoveFolder(f.inbox, name) == nil:
			removed = append(removed, name)
		}
	}
	return removed, later
}

// said is which folders were asked for, in order.
func (f *fakeFolders) said() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.asked
	f.asked = nil
	return strings.Join(all, " ")
}

// foldersRig is a rig with folders, and a clock that can be set on.
type foldersRig struct {
	*rig
	folders *fakeFolders
	ahead   *atomic.Int64
}

func newFoldersRig(t *testing.T, dir string, set ...func(*Options)) *foldersRig {
	t.Helper()
	ahead := new(atomic.Int64)
	r := openRig(t, dir, append([]func(*Options){func(o *Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	}}, set...)...)
	f := &foldersRig{r, &fakeFolders{inbox: r.o.Inbox}, ahead}
	r.Shown(f.folders)
	return f
}

// upload drops a file and has it uploaded.
func (r *foldersRig) upload(name string) {
	r.t.Helper()
	r.drop(name, "content")
	r.up.next(r.t).succeed()
	r.gone(name)
	r.sweepFiles() // the file goes a moment before its folder is noted
}

// sweep lets time pass, and returns which folders were asked for then.
func (r *foldersRig) sweep() string {
	r.ahead.Add(int64(2 * folderRest))
	r.sweepFolders()
	return r.folders.said()
}

func TestSweepFolders(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newFoldersRig(t, t.TempDir())
	r.upload("top")
	r.upload("a/b/c/1")
	r.upload("a/b/d/2")
	r.upload("other/3")
	r.folders.stay, r.folders.inUse = []string{"other"}, []string{"a/b/d"}
	r.sweepFolders()
	if asked := r.folders.said(); asked != "" {
		t.Errorf("before their time it asked for %s", asked)
	}
	if asked := r.sweep(); asked != "a/b/c a/b/d other a/b" {
		t.Errorf("it asked for %s", asked)
	}
	r.folders.inUse = nil
	if asked := r.sweep(); asked != "a/b/d a/b a" {
		t.Errorf("later it asked for %s", asked)
	}
	if asked := r.sweep(); asked != "" {
		t.Errorf("in the end it asked for %s", asked)
	}
	r.upload("other/4")
	if asked := r.sweep(); asked != "other" {
		t.Errorf("then it asked for %s", asked)
	}
}

// TestSweepMovedFolder asks for folders by the names that they have then.
func TestSweepMovedFolder(t *testing.T) {
	t.Parallel()
	r := newFoldersRig(t, t.TempDir())
	r.upload("a/b/1")
	unlock := r.GuardAll()
	if err := os.Rename(r.path("a"), r.path("x")); err != nil {
		t.Fatal(err)
	}
	r.Renamed("a", "x", 0, Owner)
	unlock()
	if asked := r.sweep(); asked != "x/b x" {
		t.Errorf("it asked for %s", asked)
	}
}

// TestSweepAfterRestart finds the folders that are empty, and those that are emptied later.
func TestSweepAfterRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := newFoldersRig(t, dir, func(o *Options) { o.Start = false })
	r.drop("a/b/1", "content")
	r.state("a/b/1", list.Ready)
	for _, name := range []string{"empty", "a/x/y", ".hidden/z", "full/of/.DS_Store"} {
		if err := os.MkdirAll(r.path(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Remove(r.path("full/of/.DS_Store")), os.WriteFile(r.path("full/of/.DS_Store"), nil,
		0o600)); err != nil {
		t.Fatal(err)
	}
	r.close()
	r = newFoldersRig(t, dir)
	r.up.next(t).succeed()
	r.gone("a/b/1")
	r.sweepFiles() // the file goes a moment before its folder is noted
	if asked := r.sweep(); asked != "a/x/y a/b empty a/x a a" {
		t.Errorf("it asked for %s", asked)
	}
	r.close()
	r = newFoldersRig(t, dir, func(o *Options) { o.KeepFolders = true })
	r.upload("k/1")
	if asked := r.sweep(); asked != "" {
		t.Errorf("told to keep folders it asked for %s", asked)
	}
}

// TestFileOfAFoldersName: who copies a file into a folder that is there no more makes a file of that name. It is held,
// unless he who made it knew.
func TestFileOfAFoldersName(t *testing.T) {
	t.Parallel()
	drop := func(r *foldersRig) { r.drop("daily", "b") }
	for what, c := range map[string]struct {
		make func(r *foldersRig)
		held bool
	}{
		"copied": {drop, true},
		"renamed": {func(r *foldersRig) {
			r.drop(".b", "b")
			unlock := r.Guard(".b", "daily")
			defer unlock()
			if err := os.Rename(r.path(".b"), r.path("daily")); err != nil {
				r.t.Fatal(err)
			}
			r.Renamed(".b", "daily", 0, Owner)
		}, true},
		"renamed when it had failed": {func(r *foldersRig) {
			id := r.drop("b", "b")
			r.up.next(r.t).fail(transfer.Final, "AccessDenied")
			r.state("b", list.Failure)
			unlock := r.Guard("b", "daily")
			if err := os.Rename(r.path("b"), r.path("daily")); err != nil {
				r.t.Fatal(err)
			}
			r.Renamed("b", "daily", 0, Owner)
			unlock()
			if err := r.DoFile(r.t.Context(), Retry, id); err != nil {
				r.t.Fatal(err)
			}
		}, true},
		"linked": {func(r *foldersRig) {
			if err := os.Symlink("/etc/hostname", r.path("daily")); err != nil {
				r.t.Fatal(err)
			}
			r.Symlinked("daily", "/etc/hostname", "", Owner)
		}, true},
		"after a restart": {func(r *foldersRig) {
			r.close()
			*r = *newFoldersRig(r.t, r.dir)
			drop(r)
		}, true},
		"below it":                  {func(r *foldersRig) { r.drop("daily/b", "b") }, false},
		"another name":              {func(r *foldersRig) { r.drop("daily.b", "b") }, false},
		"after its user removed it": {func(r *foldersRig) { r.Vacated("daily"); drop(r) }, false},
		"after a folder was there too": {
			func(r *foldersRig) { r.Vacated("daily"); r.upload("daily/2"); r.sweep(); drop(r) }, true},
		"after the list was cleared": {func(r *foldersRig) {
			if _, err := r.ClearFinished(r.t.Context()); err != nil {
				r.t.Error(err)
			}
			drop(r)
		}, false},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newFoldersRig(t, t.TempDir())
			r.upload("daily/a")
			if r.sweep() != "daily" {
				t.Fatal("it is not removed")
			}
			c.make(r)
			if !c.held {
				r.up.next(t).succeed()
				return
			}
			held := r.state("daily", list.Held)
			if held.Error != codeFolder || held.Hint == "" {
				t.Errorf("it is held for %q: %q, %q", held.Error, held.Message, held.Hint)
			}
			r.up.none(t)
			if err := r.DoFile(t.Context(), Release, held.ID); err != nil {
				t.Fatal(err)
			}
			if u := r.up.next(t); u.job.Name != "daily" {
				t.Errorf("%s is uploaded", u.job.Name)
			} else {
				u.succeed()
			}
			r.state("daily", list.Success)
			r.gone("daily")
			drop(r) // again: now it is known
			r.up.next(t).succeed()
		})
	}
}
