package queue

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// movedRig is a queue of ready files that is killed, or ends, when the journal has all of that, and then one operation
// more was done.
type movedRig struct {
	*rig
	held *heldJournal
	ids  map[string]transfer.ID
}

func newMovedRig(t *testing.T, names ...string) movedRig {
	t.Helper()
	r, h := newHeldRig(t, func(o *Options) { o.Start = false })
	m := movedRig{r, h, make(map[string]transfer.ID)}
	for _, name := range names {
		m.ids[name] = r.drop(name, "content of "+name)
		r.state(name, list.Ready)
	}
	r.journaled()
	return m
}

// killedInPlace is killed for a rig that does nothing more: its files stay the files they are, with their inodes.
func (m movedRig) killedInPlace(release func()) (dir string) {
	m.t.Helper()
	dir = m.t.TempDir()
	if err := copyKnown(m.dir, dir); err != nil {
		m.t.Fatal(err)
	}
	for _, name := range []string{"journal.db", "opened"} {
		if err := copyFile(filepath.Join(m.dir, name), filepath.Join(dir, name)); err != nil &&
			!errors.Is(err, fs.ErrNotExist) {
			m.t.Fatal(err)
		}
	}
	if err := errors.Join(noCopy(filepath.Join(dir, "opened")),
		os.Rename(m.path(""), filepath.Join(dir, "inbox"))); err != nil {
		m.t.Fatal(err)
	}
	release()
	m.close()
	return dir
}

// TestReadyFilesUnderOtherNames renames files that are ready just before a kill, or while nobody looks: each keeps its
// id and its content, and none is held, whether it is remembered which files were open or not.
func TestReadyFilesUnderOtherNames(t *testing.T) {
	t.Parallel()
	all := []string{"a", "b", "c", "d/x", "d/sub/y"}
	for what, test := range map[string]struct {
		steps [][2]string       // renames
		want  map[string]string // which file has which name
	}{
		"a file": {[][2]string{{"a", "z"}}, map[string]string{"z": "a", "b": "b", "c": "c", "d/x": "d/x",
			"d/sub/y": "d/sub/y"}},
		"a folder": {[][2]string{{"d", "e"}}, map[string]string{"a": "a", "b": "b", "c": "c", "e/x": "d/x",
			"e/sub/y": "d/sub/y"}},
		"into a folder": {[][2]string{{"a", "d/a"}}, map[string]string{"d/a": "a", "b": "b", "c": "c",
			"d/x": "d/x", "d/sub/y": "d/sub/y"}},
		"exchanged": {[][2]string{{"a", "t"}, {"b", "a"}, {"t", "b"}}, map[string]string{"b": "a", "a": "b",
			"c": "c", "d/x": "d/x", "d/sub/y": "d/sub/y"}},
		"all round": {[][2]string{{"a", "t"}, {"b", "a"}, {"c", "b"}, {"t", "c"}},
			map[string]string{"c": "a", "a": "b", "b": "c", "d/x": "d/x", "d/sub/y": "d/sub/y"}},
		"one after the other": {[][2]string{{"a", "z"}, {"b", "a"}, {"c", "b"}}, map[string]string{"z": "a", "a": "b",
			"b": "c", "d/x": "d/x", "d/sub/y": "d/sub/y"}},
		"a folder and a file": {[][2]string{{"d/x", "a2"}, {"d", "e"}}, map[string]string{"a": "a", "b": "b", "c": "c",
			"a2": "d/x", "e/sub/y": "d/sub/y"}},
		"often": {[][2]string{{"a", "1"}, {"1", "2"}, {"2", "3"}}, map[string]string{"3": "a", "b": "b",
			"c": "c", "d/x": "d/x", "d/sub/y": "d/sub/y"}},
	} {
		for _, how := range []string{"killed", "forgotten", "powerless", "away"} {
			t.Run(what+" "+how, func(t *testing.T) {
				t.Parallel()
				r := newMovedRig(t, all...)
				if how == "powerless" {
					r.mu.Lock()
					wait := r.commitLocked(commit.Change{Batch: journal.Batch{Boot: "the one before"}})
					r.mu.Unlock()
					r.refusedNot(wait(t.Context()))
				}
				move := func(name func(string) string, tell bool) {
					for _, s := range test.steps {
						if err := os.Rename(name(s[0]), name(s[1])); err != nil {
							t.Fatal(err)
						}
						if tell {
							r.Renamed(s[0], s[1], 0, Owner)
						}
					}
				}
				var dir string
				if how == "away" {
					dir = r.dir
					r.close()
					move(r.path, false)
				} else {
					release := r.held.hold()
					move(r.path, true)
					dir = r.killedInPlace(release)
				}
				if how == "forgotten" || how == "powerless" {
					if err := os.Remove(filepath.Join(dir, "opened")); err != nil {
						t.Fatal(err)
					}
				}
				again := openRig(t, dir, func(o *Options) { o.Start = false })
				is := make(map[string]string)
				for name := range test.want {
					id := again.state(name, list.Ready).ID
					for old, was := range r.ids {
						if was == id {
							is[name] = old
						}
					}
					if text, err := os.ReadFile(again.path(name)); err != nil || string(text) != "content of "+
						test.want[name] {
						t.Errorf("%s is %q, %v", name, text, err)
					}
				}
				if diff := cmp.Diff(test.want, is); diff != "" {
					t.Errorf("which files have which entries (-want +is):\n%s", diff)
				}
				if n := len(again.List()); n != len(all) {
					t.Errorf("the list has %d entries: %v", n, again.List())
				}
			})
		}
	}
}

// TestReadyFilesThatAreNotRenamed has files look nearly as those that are ready, just before a kill: what is another
// file, what somebody has open and what has a temporary name is not taken for one that was renamed.
func TestReadyFilesThatAreNotRenamed(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newMovedRig(t, "linked", "copied", "open", "temp", "onto", "over")
	release := r.held.hold()
	if err := os.Link(r.path("linked"), r.path("link")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(r.path("copied"))
	if err == nil {
		err = errors.Join(copyFile(r.path("copied"), r.path("copy")), os.Remove(r.path("copied")),
			os.Chtimes(r.path("copy"), time.Time{}, info.ModTime()))
	}
	if err != nil {
		t.Fatal(err)
	}
	r.rename("temp", "temp.part", 0)
	r.rename("over", "onto", 0)
	r.table.Seen() // all this was done through the filesystem
	r.Open("open", false)
	r.rename("open", "still open", 1)
	writeHalf(t, r.path("still open"))
	dir := r.killedInPlace(release)

	again := openRig(t, dir, func(o *Options) { o.Start = false })
	again.state("linked", list.Ready)
	if i := again.state("link", list.Ready); i.ID == r.ids["linked"] {
		t.Error("the link has the id of the file")
	}
	if i := again.state("copy", list.Ready); i.ID == r.ids["copied"] {
		t.Error("a copy has the id of what it was copied from")
	}
	if i := again.state("still open", list.Held); i.Error != codeInterrupted {
		t.Errorf("what was open is held because of %q", i.Error)
	}
	if i := again.state("temp.part", list.Receiving); i.ID != r.ids["temp"] {
		t.Errorf("temp is #%d, was #%d", i.ID, r.ids["temp"])
	}
	if i := again.state("onto", list.Ready); i.ID != r.ids["onto"] || i.Size != int64(len("content of over")) {
		t.Errorf("onto is %+v", i)
	}
	if n := len(again.List()); n != 6 {
		t.Errorf("the list has %d entries: %v", n, again.List())
	}
}

// TestMovedOntoBeforeTheKill renames one ready file onto another just before a kill: it is what it was, as the entry
// that had the name, whether it is remembered which files were open or not; and it is asked what was sent of either.
func TestMovedOntoBeforeTheKill(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"killed", "forgotten", "powerless"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			r := newMovedRig(t, "over", "onto", "next")
			if how == "powerless" {
				r.mu.Lock()
				wait := r.commitLocked(commit.Change{Batch: journal.Batch{Boot: "the one before"}})
				r.mu.Unlock()
				r.refusedNot(wait(t.Context()))
			}
			release := r.held.hold()
			r.rename("over", "onto", 0)
			r.rename("next", "over", 0)
			dir := r.killedInPlace(release)
			if how != "killed" {
				if err := os.Remove(filepath.Join(dir, "opened")); err != nil {
					t.Fatal(err)
				}
			}
			again := openRig(t, dir, func(o *Options) { o.Start = false })
			again.up.there = "content of over"
			for name, of := range map[string]string{"onto": "over", "over": "next"} {
				i := again.state(name, list.Ready)
				if text, err := os.ReadFile(again.path(name)); err != nil || string(text) != "content of "+of ||
					i.Size != int64(len(text)) {
					t.Errorf("%s is %+v, %q, %v", name, i, text, err)
				}
			}
			if i := again.state("onto", list.Ready); i.ID != r.ids["onto"] {
				t.Errorf("onto is #%d, was #%d", i.ID, r.ids["onto"])
			}
			if i := again.state("over", list.Ready); i.ID != r.ids["next"] {
				t.Errorf("next is #%d, was #%d", i.ID, r.ids["next"])
			}
			if n := len(again.List()); n != 2 {
				t.Errorf("the list has %d entries: %v", n, again.List())
			}
			again.remove("over") // nothing is on its way there any more
			again.pass(stragglerMost)
			again.do(Cancel, "onto") // nor is the file read again
			again.toldLate("over")
			for _, wrong := range again.inconsistent() {
				t.Error(wrong)
			}
		})
	}
}

// writeHalf writes into a file that is there, as one does who has it open.
func writeHalf(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString("half")
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestTouchedBeforeTheKill sets times and modes of files that are ready, and looks into one, just before a kill: they
// are ready still.
func TestTouchedBeforeTheKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newMovedRig(t, "now", "then", "chmod", "looked into")
	release := r.held.hold()
	for name, at := range map[string]time.Time{"now": time.Now(), "then": time.Unix(1, 0)} {
		before := r.looks(name)
		if err := os.Chtimes(r.path(name), at, at); err != nil {
			t.Fatal(err)
		}
		r.Touched(name, before, r.looks(name))
	}
	if err := os.Chmod(r.path("chmod"), 0o600); err != nil {
		t.Fatal(err)
	}
	looked := r.looks("looked into")
	r.Close(r.Open("looked into", false), Closed{Size: looked.Size, ModTime: time.Unix(0, looked.ModTime)})
	dir := r.killedInPlace(release)
	again := openRig(t, dir, func(o *Options) { o.Start = false })
	for name, id := range r.ids {
		if i := again.state(name, list.Ready); i.ID != id {
			t.Errorf("%s is #%d, was #%d", name, i.ID, id)
		}
	}
}

// TestKeptFilesOfAFolderThatWasRenamedAfterAKill renames the folder of a file that was uploaded just before the kill,
// and is kept: it goes again under its new name.
func TestKeptFilesOfAFolderThatWasRenamedAfterAKill(t *testing.T) {
	t.Parallel()
	keep := func(o *Options) { o.Keep = true }
	r, h := newHeldRig(t, keep)
	id := r.drop("d/a", "content")
	r.up.next(t).succeed()
	r.state("d/a", list.Success)
	r.journaled()
	dir := movedRig{r, h, nil}.killedInPlace(func() {})
	if err := os.Rename(filepath.Join(dir, "inbox", "d"), filepath.Join(dir, "inbox", "e")); err != nil {
		t.Fatal(err)
	}
	again := openRig(t, dir, keep)
	if u := again.up.next(t); u.job.Name != "e/a" || u.job.ID == id {
		t.Errorf("#%d %s is uploaded", u.job.ID, u.job.Name)
	} else {
		u.succeed()
	}
	again.state("e/a", list.Success)
	again.state("d/a", list.Success)
}
