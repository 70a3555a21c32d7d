package queue

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// pass lets the time pass that a straggler has.
func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	for place, s := range r.late {
		if !s.until.IsZero() {
			s.until = s.until.Add(-d)
			r.late[place] = s
		}
	}
	for i := range r.fading {
		r.fading[i].at = r.fading[i].at.Add(-d)
	}
	r.unsure = r.unsure.Add(-d)
	r.mu.Unlock()
	r.clockWake.Ring()
}

// outlived begins a put of a file, all of which leaves, and which goes on when it is called off.
func (u *fakeUpload) outlived(t *testing.T) (over context.Context, heard func(transfer.Outcome)) {
	t.Helper()
	u.send(t)
	return u.watch.Outlived(u.crc())
}

// again is what is done to a file that is being sent, so that another content of its name comes.
var again = map[string]func(r *rig){
	"written over": func(r *rig) { r.drop("w", "newer") },
	"removed and dropped again": func(r *rig) {
		r.remove("w")
		r.drop("w", "newer")
	},
	"renamed and dropped again": func(r *rig) {
		r.rename("w", ".hidden", 0)
		r.drop("w", "newer")
	},
	"another is renamed over it": func(r *rig) {
		r.drop(".new", "newer")
		r.rename(".new", "w", 0)
	},
	"deleted and dropped again": func(r *rig) {
		i, _ := r.Status("w")
		r.doTo(Delete, i.ID)
		r.drop("w", "newer")
	},
	"canceled, and dropped again": func(r *rig) {
		i, _ := r.Status("w")
		r.doTo(Cancel, i.ID)
		r.drop("w", "newer")
	},
}

// commit waits until the journal has all that was done.
func (r *rig) commit() {
	r.t.Helper()
	r.mu.Lock()
	wait := r.commitLocked(commit.Change{})
	r.mu.Unlock()
	if err := wait(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// remove does what the filesystem does for rm.
func (r *rig) remove(name string) {
	r.t.Helper()
	defer r.GuardAll()()
	if err := os.Remove(r.path(name)); err != nil {
		r.t.Fatal(err)
	}
	r.Removed(name)
}

// TestStraggler has the server still at work on a put that was called off: what comes later under that key is not sent
// before the answer has come, or is over, if it never comes. Others are not kept, nor those who do that.
func TestStraggler(t *testing.T) {
	t.Parallel()
	for what, do := range again {
		for how, end := range map[string]func(r *rig, heard func(transfer.Outcome)){
			"answered": func(r *rig, heard func(transfer.Outcome)) {
				heard(transfer.Outcome{Answered: true, Made: true})
			},
			"never answered": func(r *rig, heard func(transfer.Outcome)) {
				heard(transfer.Outcome{})
				r.up.none(r.t)
				r.pass(stragglerMost)
			},
			"restarted": func(r *rig, heard func(transfer.Outcome)) {
				heard(transfer.Outcome{})
				r.close()
				*r = *openRig(r.t, r.dir)
				r.up.none(r.t)
				r.pass(stragglerMost)
			},
			"killed": func(r *rig, heard func(transfer.Outcome)) {
				r.until(func() bool { i, ok := r.Status("w"); return ok && i.State == list.Ready },
					func() string { return "not ready" })
				r.commit()
				dir := r.killed()
				heard(transfer.Outcome{Answered: true, Made: true})
				r.close()
				*r = *openRig(r.t, dir)
				r.up.none(r.t)
				r.pass(stragglerMost)
			},
		} {
			t.Run(what+", "+how, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				r.drop("w", "older")
				_, heard := r.up.next(t).outlived(t)
				do(r)
				r.drop("other", "x")
				if u := r.up.next(t); u.job.Name != "other" {
					t.Fatalf("%s is sent", u.job.Name)
				} else {
					u.succeed()
				}
				r.up.none(t)
				if i, _ := r.Status("w"); !strings.Contains(i.Message, "may still arrive") {
					t.Errorf("it waits, and says %q", i.Message)
				}
				end(r, heard)
				if u := r.up.next(t); u.job.Name != "w" || u.crc() != sum("newer") {
					t.Errorf("%s is sent", u.job.Name)
				} else {
					u.send(t)
					u.succeed()
				}
				r.state("w", list.Success)
				for _, wrong := range r.inconsistent() {
					t.Error(wrong)
				}
				r.untold()
				r.close()
				r = openRig(t, r.dir)
				if len(r.late) > 0 {
					t.Errorf("the journal still has %v", r.late)
				}
			})
		}
	}
}

// TestStragglerOfAKill kills a daemon that has sent a file, whose name gets other content before the next one has sent
// it, or after.
func TestStragglerOfAKill(t *testing.T) {
	t.Parallel()
	for what, do := range map[string]func(r *rig){
		"before": func(r *rig) { r.up.next(r.t) },
		"after": func(r *rig) {
			u := r.up.next(r.t)
			u.send(r.t)
			u.succeed()
			r.state("w", list.Success)
		},
	} {
		for what2, do2 := range again {
			t.Run(what+", "+what2, func(t *testing.T) {
				if what == "after" && what2 != "written over" && what2 != "another is renamed over it" {
					t.Skip("it is gone")
				}
				t.Parallel()
				r := newRig(t, func(o *Options) { o.Settle = 10 * time.Millisecond })
				r.drop("w", "older")
				r.up.next(t).send(t)
				dir := r.killed()
				r.close()
				r = openRig(t, dir)
				do(r)
				do2(r)
				r.up.none(t)
				if what == "before" { // killed once more
					r.commit()
					dir = r.killed()
					r.close()
					r = openRig(t, dir)
					r.up.none(t)
				}
				r.pass(stragglerMost)
				if u := r.up.next(t); u.job.Name != "w" || u.crc() != sum("newer") {
					t.Errorf("%s is sent", u.job.Name)
				}
			})
		}
	}
}

// TestStragglerOfItself sends a file again of which nobody heard: that need not wait, whatever arrives.
func TestStragglerOfItself(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.drop("w", "content")
	u := r.up.next(t)
	u.send(t)
	u.watch.Unheard(u.crc())
	u.fail(transfer.Resumable, "NetworkError")
	r.doTo(Retry, id)
	u = r.up.next(t)
	u.send(t)
	u.succeed()
	r.state("w", list.Success)
	r.drop("w", "newer") // but the first request may replace this
	r.up.none(t)
	r.pass(stragglerMost)
	if u := r.up.next(t); u.crc() != sum("newer") {
		t.Errorf("%s is sent", u.job.Name)
	}
}

// TestStragglerOfAChangedReference has the target of a reference changed in place, its time put back, while a request
// may still bring what it was: of that nobody tells but its looks. What it is now comes later than that.
func TestStragglerOfAChangedReference(t *testing.T) {
	t.Parallel()
	for _, killed := range []bool{false, true} {
		t.Run(fmt.Sprint("killed ", killed), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			far := filepath.Join(t.TempDir(), "far")
			if err := os.WriteFile(far, []byte("older"), 0o600); err != nil {
				t.Fatal(err)
			}
			id, err := r.Add(t.Context(), far)
			if err != nil {
				t.Fatal(err)
			}
			u := r.up.next(t)
			u.send(t)
			if killed {
				dir := r.killed()
				u.watch.Unheard(u.crc())
				r.close()
				r = openRig(t, dir)
			} else {
				u.watch.Unheard(u.crc())
				u.fail(transfer.Resumable, "NetworkError")
			}
			disguise(t, far, "newer")
			if !killed {
				r.doTo(Retry, id)
			}
			send := func() error {
				u = r.up.next(t)
				info, err := os.Stat(far)
				if err != nil {
					t.Fatal(err)
				}
				if u.job.Like(info) != transfer.Same {
					u.job.Took(info)
				}
				return u.watch.Sending(u.ctx, "b", u.job.Name)
			}
			early := send()
			if early == nil {
				t.Fatal("it is sent while the older content may still arrive")
			}
			u.end <- fakeEnd{err: early}
			r.up.none(t)
			r.pass(stragglerMost)
			r.doTo(Retry, id)
			if err := send(); err != nil {
				t.Fatal(err)
			}
			u.succeed()
			arrived := func() bool { i, err := r.Info(id); return err == nil && i.State == list.Success }
			r.until(arrived, func() string { return "no success" })
		})
	}
}
