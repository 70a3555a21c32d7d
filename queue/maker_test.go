package queue

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// linkBy makes a link as the filesystem does for a user.
func (r *rig) linkBy(name, text, of string, by Who) {
	r.t.Helper()
	defer r.Guard(name)()
	if err := os.MkdirAll(filepath.Dir(r.path(name)), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Symlink(text, r.path(name)); err != nil {
		r.t.Fatal(err)
	}
	r.Symlinked(name, text, of, by)
}

// renameBy renames as the filesystem does for a user.
func (r *rig) renameBy(old, name string, by Who) {
	r.t.Helper()
	defer r.GuardAll()()
	if err := os.Rename(r.path(old), r.path(name)); err != nil {
		r.t.Fatal(err)
	}
	r.Renamed(old, name, 0, by)
}

// TestWhoseLink has users make, link and rename links. Only those are followed that are the owner's under the name that
// he gave them; release follows no other either, and a restart makes no difference.
func TestWhoseLink(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do    func(r *rig, far string)
		owned list.State // of x/l where each link in the spool belongs to who made it
		other list.State // and where all belong to us
		why   string
	}{
		"the owner's": {func(r *rig, far string) { r.linkBy("x/l", far, "", Owner) }, list.Ready, list.Ready, ""},
		"another's": {func(r *rig, far string) { r.linkBy("x/l", far, "", Stranger) }, list.Held, list.Held,
			"by another user"},
		"nobody's": {func(r *rig, far string) { r.linkBy("x/l", far, "", Unknown) }, list.Ready, list.Held,
			"nobody saw who made"},
		"renamed": {func(r *rig, far string) {
			r.linkBy("x/a", far, "", Owner)
			r.renameBy("x/a", "x/l",
				Owner)
		}, list.Ready, list.Ready, ""},
		"by another": {func(r *rig, far string) {
			r.linkBy("x/a", far, "", Owner)
			r.renameBy("x/a", "x/l",
				Stranger)
		}, list.Held, list.Held, "given its name, by another"},
		"of another": {func(r *rig, far string) {
			r.linkBy("x/a", far, "", Stranger)
			r.renameBy("x/a", "x/l",
				Owner)
		}, list.Held, list.Held, "by another user"},
		"folder": {func(r *rig, far string) { r.linkBy("w/l", far, "", Owner); r.renameBy("w", "x", Owner) },
			list.Ready, list.Ready, ""},
		"its folder": {func(r *rig, far string) {
			r.linkBy("w/l", far, "", Owner)
			r.renameBy("w", "x",
				Stranger)
		}, list.Held, list.Held, "given its name, by another"},
		"ignored": {func(r *rig, far string) {
			r.linkBy("x/._l", far, "", Stranger)
			r.renameBy("x/._l",
				"x/l", Owner)
		}, list.Ready, list.Held, "nobody saw who made"},
		"its trash": {func(r *rig, far string) {
			r.linkBy(".Trash/l", far, "", Owner)
			r.renameBy(".Trash", "x",
				Owner)
		}, list.Ready, list.Held, "nobody saw who made"},
		"linked": {func(r *rig, far string) {
			r.linkBy("x/a", far, "", Owner)
			r.linkBy("x/l", far, "x/a",
				Owner)
		}, list.Ready, list.Ready, ""},
		"another's, linked": {func(r *rig, far string) {
			r.linkBy("x/a", far, "", Stranger)
			r.linkBy("x/l", far, "x/a",
				Owner)
		}, list.Held, list.Held, "by another user"},
		"linked by another": {func(r *rig, far string) {
			r.linkBy("x/a", far, "", Owner)
			r.linkBy("x/l", far, "x/a",
				Stranger)
		}, list.Held, list.Held, "by another user"},
		"exchanged": {func(r *rig, far string) {
			r.linkBy("x/l", far, "", Owner)
			r.linkBy("x/m", far, "", Stranger)
			r.exchange("x/l", "x/m", Owner)
		}, list.Held, list.Held, "by another user"},
		"exchanged by another": {func(r *rig, far string) {
			r.linkBy("x/m", far, "", Owner)
			r.linkBy("x/l", far, "", Owner)
			r.exchange("x/l", "x/m", Stranger)
		}, list.Held, list.Held, "given its name, by another"},
		"while it is canceled": {func(r *rig, far string) {
			r.linkBy("x/a", far, "", Owner)
			r.state("x/a", list.Ready)
			r.verb(Cancel, "x/a")
			r.renameBy("x/a", "x/l", Stranger)
			r.verb(Restore, "x/l")
		}, list.Held, list.Held, "given its name, by another"},
		"replaced past us": {func(r *rig, far string) {
			r.linkBy("x/l", far+"-not-there", "", Owner)
			r.state("x/l", list.Held)
			if err := errors.Join(os.Remove(r.path("x/l")), os.Symlink(far, r.path("x/l"))); err != nil {
				r.t.Fatal(err)
			}
			id, err := r.Named("x/l")
			if err == nil {
				err = r.DoFile(r.t.Context(), Release, id)
			}
			if (err == nil) != r.o.Owned {
				r.t.Errorf("release says %v", err)
			}
		}, list.Ready, list.Held, "nobody saw who made"},
	} {
		for _, owned := range []bool{true, false} {
			t.Run(name+map[bool]string{true: ", root", false: ", user"}[owned], func(t *testing.T) {
				t.Parallel()
				set := func(o *Options) { o.Owned, o.Start = owned, false }
				r := newRig(t, set)
				c.do(r, elsewhere(t, "private"))
				want := c.other
				if owned {
					want = c.owned
				}
				for range 2 {
					info := r.state("x/l", want)
					if want == list.Held {
						if info.Error != codeLink || !strings.Contains(info.Message, c.why) ||
							!strings.Contains(info.Hint, "addFile") {
							t.Errorf("it is held with %s: %s (%s)", info.Error, info.Message, info.Hint)
						}
						if err := r.DoFile(t.Context(), Release, info.ID); !errors.Is(err, transfer.ErrInvalid) {
							t.Errorf("release: %v", err)
						}
					}
					dir := r.dir
					r.close()
					r = openRig(t, dir, set)
				}
			})
		}
	}
}

func (r *rig) exchange(a, b string, by Who) {
	r.t.Helper()
	defer r.Guard(a, b)()
	for _, step := range [][2]string{{a, "swap"}, {b, a}, {"swap", b}} {
		if err := os.Rename(r.path(step[0]), r.path(step[1])); err != nil {
			r.t.Fatal(err)
		}
	}
	r.Exchanged(a, b, by)
}

func (r *rig) verb(v Verb, name string) {
	r.t.Helper()
	id, err := r.Named(name)
	if err == nil {
		err = r.DoFile(r.t.Context(), v, id)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// TestLinkOfAnOldJournal finds links at the start that nobody knows of, and rows of a version that did not ask who made
// them.
func TestLinkOfAnOldJournal(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, owned := range []bool{true, false} {
		for _, state := range []list.State{0, list.Receiving, list.Ready, list.Uploading, list.Paused, list.Failure,
			list.Canceled, list.Held} {
			dir, far := t.TempDir(), elsewhere(t, "private")
			if err := errors.Join(os.Mkdir(filepath.Join(dir, "inbox"), 0o755),
				os.Symlink(far, filepath.Join(dir, "inbox", "l"))); err != nil {
				t.Fatal(err)
			}
			if state != 0 {
				j, err := journal.Open(filepath.Join(dir, "journal.db"))
				if err != nil {
					t.Fatal(err)
				}
				row := journal.Record{ID: 1, Name: "l", Link: far, Source: far, State: state.String(), Order: 1,
					Size: 7, Gen: 1, Told: true}
				if err := errors.Join(j.Commit(&journal.Batch{Put: []journal.Record{row}, NextID: 2, NextOrder: 2,
					QueueState: "running"}), j.Close()); err != nil {
					t.Fatal(err)
				}
			}
			r := openRig(t, dir, func(o *Options) { o.Owned = owned })
			switch state {
			case 0: // without a journal nobody knows what it was
				if r.state("l", list.Held); owned {
					r.verb(Release, "l")
				}
			case list.Failure:
				r.verb(Retry, "l")
			case list.Canceled:
				r.verb(Restore, "l")
			case list.Held:
				id, err := r.Named("l")
				if err == nil {
					err = r.DoFile(t.Context(), Release, id)
				}
				if (err == nil) != owned {
					t.Errorf("owned %v: release says %v", owned, err)
				}
			}
			if owned {
				if u := r.up.next(t); u.job.Path != far {
					t.Errorf("%v: %s is uploaded", state, u.job.Path)
				}
			} else {
				r.state("l", list.Held)
				r.up.none(t)
			}
			r.close()
		}
	}
}
