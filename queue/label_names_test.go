package queue

import (
	"errors"
	"os"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// further gives a file a further name as the filesystem does, under which it is ready, and returns the id of that.
func (r *rig) further(old, name string) transfer.ID {
	r.t.Helper()
	defer r.GuardAll()()
	info, err := os.Stat(r.path(old))
	if err := errors.Join(err, os.Link(r.path(old), r.path(name))); err != nil {
		r.t.Fatal(err)
	}
	r.Linked(old, name, info.Size(), info.ModTime())
	return r.state(name, list.Ready).ID
}

// TestLabelOfAFileWithTwoNames has a file with two names, under one of which it is not to be uploaded. That is renamed
// or removed just before a kill, so that the journal does not hear of it. The other name goes on as what it was.
func TestLabelOfAFileWithTwoNames(t *testing.T) {
	t.Parallel()
	exchange := func(r *rig) { r.exchange("d", "e", Owner) }
	for what, c := range map[string]struct {
		do   func(r *rig)
		name string // of the barred one after it; "": it has none
	}{
		"exchanged": {exchange, "e"},
		"exchanged and written past the queue": {func(r *rig) {
			exchange(r)
			disguise(t, r.path("e"), "CONTENT")
		}, "e"},
		"renamed": {func(r *rig) { r.rename("d", "f", 0) }, "f"},
		"removed": {func(r *rig) { r.remove("d") }, ""},
	} {
		for _, state := range []list.State{list.Failure, list.Canceled} {
			t.Run(what+" "+state.String(), func(t *testing.T) {
				t.Parallel()
				r, h := newHeldRig(t)
				id := r.drop("d", "content")
				if u := r.up.next(t); state == list.Failure {
					u.fail(transfer.Final, "AccessDenied")
				} else {
					r.verb(Cancel, "d")
				}
				r.state("d", state)
				r.refusedNot(r.Do(t.Context(), Stop))
				other := r.further("d", "a") // comes first in the spool
				r.drop("e", "another one")
				r.state("e", list.Ready)
				r.labeled()
				r.journaled()
				release := h.hold()
				c.do(r)
				dir := movedRig{r, h, nil}.killedInPlace(release)

				again := openRig(t, dir, func(o *Options) { o.Start = false })
				if now := again.state("a", list.Ready).ID; now != other {
					t.Errorf("the further name is #%d, was #%d", now, other)
				}
				if c.name == "" {
					return
				}
				if now := again.state(c.name, state).ID; now != id {
					t.Errorf("it is #%d, was #%d", now, id)
				}
			})
		}
	}
}

// TestLabelOfNamesAlike: where nobody can tell which of two names it was that is not to be uploaded, none is.
func TestLabelOfNamesAlike(t *testing.T) {
	t.Parallel()
	r, h := newHeldRig(t, func(o *Options) { o.Start = false })
	r.half("d")
	other := r.Open("a", true) // the journal knows nothing of its file
	mine := r.Open("e", true)
	for _, name := range []string{"a", "e"} {
		r.write(name, "another one")
		r.made(name)
	}
	r.labeled()
	r.journaled()
	release := h.hold()
	for _, name := range []string{"a", "e"} {
		if err := os.Remove(r.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Rename(r.path("d"), r.path("e")), os.Link(r.path("e"), r.path("a"))); err != nil {
		t.Fatal(err)
	}
	dir := movedRig{r, h, nil}.killedInPlace(release)
	r.Close(other, Closed{Changed: true})
	r.Close(mine, Closed{Changed: true})

	again := openRig(t, dir, func(o *Options) { o.Start = false })
	again.state("a", list.Held)
	again.state("e", list.Held)
}

// TestAnothersLinkExchangedWithAnUploadedFile has a link that another user named exchanged by the owner with a file
// that was uploaded and kept. The link is held as it was, also after a kill.
func TestAnothersLinkExchangedWithAnUploadedFile(t *testing.T) {
	t.Parallel()
	set := func(o *Options) { o.Keep, o.Owned = true, true }
	r := newRig(t, set)
	r.linkBy("a.part", elsewhere(t, "private"), "", Owner)
	r.renameBy("a.part", "l", Stranger)
	id := r.state("l", list.Held).ID
	r.drop("b", "content")
	r.up.next(t).succeed()
	r.state("b", list.Success)
	r.exchange("l", "b", Owner)
	r.journaled()
	r = openRig(t, r.killed(), set)
	if i := r.state("b", list.Held); i.ID != id || i.Error != codeLink {
		t.Errorf("it is #%d, held with %s, and was #%d", i.ID, i.Error, id)
	}
}
