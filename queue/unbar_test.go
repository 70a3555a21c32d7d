package queue

import (
	"fmt"
	"testing"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// TestWholeInThePlaceOfHalf gives the name of half a file to a whole one, and is killed before the journal hears of
// that: the whole one is not held for it.
func TestWholeInThePlaceOfHalf(t *testing.T) {
	t.Parallel()
	for what, do := range map[string]func(r *rig){
		"written anew": func(r *rig) {
			id := r.Open("w", false)
			r.Changed("w", 0, r.write("w", "").ModTime())
			r.until(func() bool { r.mu.Lock(); defer r.mu.Unlock(); return !r.tree.get("w").labeled },
				func() string { return "the label stays" })
			info := r.write("w", "whole")
			r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
		},
		"removed, and dropped again": func(r *rig) {
			r.remove("w")
			r.drop("w", "whole")
		},
		"another is renamed over it": func(r *rig) {
			r.drop("v", "whole")
			r.rename("v", "w", 0)
		},
		"a link is renamed over it": func(r *rig) {
			r.link("v", elsewhere(r.t, "whole"))
			r.rename("v", "w", 0)
		},
		"another has its name": func(r *rig) {
			r.write(".DS_Store", "whole")
			r.exchange("w", ".DS_Store", Owner)
		},
		"it has the name of another": func(r *rig) {
			r.write(".DS_Store", "whole")
			r.exchange(".DS_Store", "w", Owner)
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r, h := newHeldRig(t)
			r.refusedNot(r.Do(t.Context(), Stop))
			r.half("w")
			r.commit()
			release := h.hold()
			do(r)
			dir := movedRig{r, h, nil}.killedInPlace(release)
			again := openRig(t, dir)
			again.up.next(t).succeed()
			again.state("w", list.Success)
		})
	}
}

// TestWholeBesideADoubtfulWriter has two writers of half a file, of which the first may have written what is there, and
// the second says that it did, just before a kill: the file is whole.
func TestWholeBesideADoubtfulWriter(t *testing.T) {
	t.Parallel()
	r, h := newHeldRig(t)
	r.refusedNot(r.Do(t.Context(), Stop))
	r.half("w")
	first, second := r.Open("w", false), r.Open("w", false)
	info := r.write("w", "whole")
	r.Close(first, Closed{Doubtful: true, Size: info.Size(), ModTime: info.ModTime()})
	r.commit()
	release := h.hold()
	r.Close(second, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	again := openRig(t, movedRig{r, h, nil}.killedInPlace(release))
	again.up.next(t).succeed()
	again.state("w", list.Success)
}

// TestFailedWriterIsRemembered has a writer fail before it changes anything, of a file that is not to be uploaded, and
// is killed before the journal hears of that. Killed while the file settles, it is what it was. A canceled one has the
// fault then, for which it is held when it is resumed. Killed later, its label says that it is held.
func TestFailedWriterIsRemembered(t *testing.T) {
	t.Parallel()
	for was, bar := range map[list.State]func(r *rig, id transfer.ID){
		list.Canceled: func(r *rig, id transfer.ID) { r.doTo(Cancel, id) },
		list.Failure: func(r *rig, id transfer.ID) {
			r.refusedNot(r.Do(r.t.Context(), Start))
			r.up.next(r.t).fail(transfer.Final, "AccessDenied")
			r.state("w", list.Failure)
		},
	} {
		for _, settled := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v, settled %v", was, settled), func(t *testing.T) {
				t.Parallel()
				r, h := newHeldRig(t, func(o *Options) { o.Start, o.Settle = false, time.Hour })
				id := r.drop("w", "content")
				r.FlushAll()
				r.state("w", list.Ready)
				bar(r, id)
				again := r.Open("w", false)
				r.commit()
				h.fail(errFull, 0) // what is told waits, and labels go on
				info := r.stat("w")
				r.Close(again, Closed{Size: info.Size(), ModTime: info.ModTime(), Fault: "write answered EIO"})
				if settled {
					r.FlushAll()
					r.until(func() bool {
						all, err := spool.Labels(r.path("w"))
						return err == nil && len(all) == 1 && all[0].State == list.Held.String()
					}, func() string { return "its label does not say that it is held" })
				}
				r = openRig(t, movedRig{r, h, nil}.killedInPlace(func() { h.fail(nil, 0) }))
				if was == list.Canceled && !settled {
					r.state("w", list.Canceled)
					r.verb(Restore, "w")
				}
				if i := r.state("w", list.Held); i.Error != codeFault {
					t.Errorf("it is %+v", i)
				}
				r.up.none(t)
			})
		}
	}
}
