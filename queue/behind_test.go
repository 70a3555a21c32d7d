package queue

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// uploadAll lets the next n uploads succeed, and returns their names.
func (r *rig) uploadAll(n int) (names []string) {
	r.t.Helper()
	for range n {
		u := r.up.next(r.t)
		names = append(names, u.job.Name)
		u.succeed()
	}
	slices.Sort(names)
	return names
}

// TestKeptFolderIsRenamed renames a folder whose files are uploaded and kept: they are uploaded again under their new
// names, as a file is that is renamed, and each success in the list has the name of its object.
func TestKeptFolderIsRenamed(t *testing.T) {
	t.Parallel()
	for _, crowd := range []bool{false, true} {
		for _, kill := range []bool{false, true} {
			t.Run(fmt.Sprintf("crowd %v, kill %v", crowd, kill), func(t *testing.T) {
				t.Parallel()
				keep := func(o *Options) { o.Keep = true }
				r := newRig(t, keep)
				r.drop("d/a", "a")
				r.drop("d/a", "again") // an older upload has that name, too
				r.drop("d/sub/b", "b")
				r.uploadAll(2)
				r.drop("d/a", "and again")
				r.uploadAll(1)
				r.state("d/a", list.Success)
				r.state("d/sub/b", list.Success)
				if crowd {
					r.crowd()
				}
				r.rename("d", "e", 0)
				if kill {
					if err := r.Do(t.Context(), Stop); err != nil { // which is in the journal behind that
						t.Fatal(err)
					}
					dir := r.killed()
					r.close()
					r = openRig(t, dir, keep)
				} else {
					r.rename("e/sub", "e/other", 0)
					r.rename("e", "f", 0)
				}
				want := map[bool][]string{true: {"e/a", "e/sub/b"}, false: {"f/a", "f/other/b"}}[kill]
				if got := r.uploadAll(len(want)); !slices.Equal(got, want) {
					t.Errorf("uploaded are %q, not %q", got, want)
				}
				for _, name := range want {
					r.state(name, list.Success)
				}
				r.followed()
				for range 2 {
					if listed := r.Infos(); len(listed) != 3+len(want) {
						t.Errorf("the list is %+v", listed)
					}
					for _, i := range r.Infos() {
						if i.State != list.Success || i.Key != i.Name {
							t.Errorf("#%d %s is %v, as %s", i.ID, i.Name, i.State, i.Key)
						}
					}
					r.up.none(t)
					r.close()
					r = openRig(t, r.dir, keep)
				}
			})
		}
	}
}

// TestEmptiedFolderIsRenamed renames a folder whose files were uploaded and removed, and one of them not yet: what is
// gone keeps its name, and what is there has the new one.
func TestEmptiedFolderIsRenamed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("d/a", "a")
	r.uploadAll(1)
	r.gone("d/a")
	waits := r.drop("d/b", "b")
	u := r.up.next(t)
	r.rename("d", "e", 0)
	<-u.ctx.Done()
	if got := r.uploadAll(1); got[0] != "e/b" {
		t.Errorf("uploaded is %q", got)
	}
	if i := r.state("e/b", list.Success); i.ID != waits {
		t.Errorf("e/b is #%d, not #%d", i.ID, waits)
	}
	r.state("d/a", list.Success)
	if i, ok := r.Status("e/a"); ok {
		t.Errorf("e/a is %+v", i)
	}
	for _, wrong := range r.inconsistent() {
		t.Error(wrong)
	}
}

// TestFileOfAMovedFoldersName: he who moved a folder away knows that, so what he calls by its name then is what he
// means.
func TestFileOfAMovedFoldersName(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("d/sub/a", "a")
	r.uploadAll(1)
	r.gone("d/sub/a")
	r.rename("d", "e", 0)
	r.state("d/sub/a", list.Success)
	r.drop("d", "b")
	if got := r.uploadAll(1); got[0] != "d" {
		t.Errorf("uploaded is %q", got)
	}
}

// TestKeptFolderIsThrownAway: under a name that is never uploaded nothing is.
func TestKeptFolderIsThrownAway(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Keep = true })
	r.drop("d/a", "a")
	r.uploadAll(1)
	r.state("d/a", list.Success)
	r.rename("d", ".Trash-1", 0)
	r.up.none(t)
	if listed := r.Infos(); len(listed) != 1 || listed[0].Name != "d/a" || listed[0].State != list.Success {
		t.Errorf("the list is %+v", listed)
	}
}

// TestKilledUploadOfAFolderThatMoved kills the daemon when a folder has moved in which a file has parts on the server,
// another one failed and a third is uploaded, and before their rows say so: nothing is taken for an object under its
// new name.
func TestKilledUploadOfAFolderThatMoved(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRig(t, func(o *Options) { o.Keep = true })
	r.drop("d/kept", "kept")
	r.uploadAll(1)
	r.state("d/kept", list.Success)
	r.drop("d/failed", "failed")
	u := r.up.next(t)
	u.send(t)
	u.fail(transfer.Final, "CRCMissing") // it may be there
	r.state("d/failed", list.Failure)
	r.drop("d/parts", "content")
	r.up.next(t).begin(t, "U")
	if err := r.Do(t.Context(), Stop); err != nil {
		t.Fatal(err)
	}
	dir := r.killed()
	r.close()
	if err := os.Rename(filepath.Join(dir, "inbox", "d"), filepath.Join(dir, "inbox", "e")); err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(filepath.Join(dir, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.Commit(&journal.Batch{Moves: []journal.Move{{N: 1, Old: "d", New: "e"}}}),
		j.Close()); err != nil {
		t.Fatal(err)
	}
	r = openRig(t, dir, func(o *Options) { o.Keep = true })
	r.abortedIs("U")
	if _, err := r.RetryAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		u := r.up.next(t)
		if u.job.Resume != nil || u.job.Doubt {
			t.Errorf("%s goes on with %+v, doubt %v", u.job.Name, u.job.Resume, u.job.Doubt)
		}
		u.succeed()
	}
	for _, name := range []string{"e/kept", "e/failed", "e/parts"} {
		if i := r.state(name, list.Success); i.Key != name {
			t.Errorf("%s is at %s", name, i.Key)
		}
	}
	if listed := r.Infos(); len(listed) != 4 || listed[0].Name != "d/kept" || listed[0].Key != "d/kept" {
		t.Errorf("the list is %+v", listed)
	}
	for _, wrong := range r.inconsistent() {
		t.Error(wrong)
	}
}
