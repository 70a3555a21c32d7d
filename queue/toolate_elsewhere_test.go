package queue

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// TestTooLateOfAReported sends the bytes again that were uploaded just before, and whose entry is off the list since,
// and calls that off: the object may be the one that was reported, and stays.
func TestTooLateOfAReported(t *testing.T) {
	t.Parallel()
	for what, again := range map[string]func(r *rig){
		"at once": func(r *rig) {},
		"restarted": func(r *rig) {
			r.close()
			*r = *openRig(r.t, r.dir)
		},
		"killed": func(r *rig) {
			dir := r.killed()
			r.close()
			*r = *openRig(r.t, dir)
		},
	} {
		for how, clear := range map[string]func(r *rig, id transfer.ID){
			"cleared": func(r *rig, _ transfer.ID) {
				_, err := r.ClearFinished(r.t.Context())
				r.refusedNot(err)
			},
			"deleted": func(r *rig, id transfer.ID) { r.doTo(Delete, id) },
		} {
			for _, unsent := range []bool{false, true} { // when the next daemon is killed, before it sends it again
				t.Run(fmt.Sprint(what, " ", how, " ", unsent), func(t *testing.T) {
					t.Parallel()
					r := newRig(t)
					id := r.drop("w", "older")
					u := r.up.next(t)
					u.send(t)
					u.succeed()
					r.state("w", list.Success)
					r.gone("w")
					clear(r, id)
					r.commit()
					again(r)
					r.drop("w", "older")
					u = r.up.next(t)
					heard := func(transfer.Outcome) {}
					if !unsent {
						_, heard = u.outlived(t)
					} else {
						u.send(t)
						dir := r.killed()
						r.close()
						r = openRig(t, dir, func(o *Options) { o.Start = false })
					}
					r.up.there = "older"
					r.rename("w", "v", 0)
					heard(transfer.Outcome{})
					if unsent { // what was sent is what the file has
						r.refusedNot(r.Do(t.Context(), Start))
					}
					r.up.next(t).succeed()
					r.state("v", list.Success)
					r.pass(stragglerMost)
					if line := r.toldLate("w"); !strings.Contains(line, "removed=false") || len(r.up.removed) > 0 {
						t.Error(line)
					}
				})
			}
		}
	}
}

// TestTooLateOfOneHeir has two names renamed to one before it is known what was sent of either: both are told.
func TestTooLateOfOneHeir(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Files = 2 })
	r.drop("a", "older")
	r.drop("b", "newer")
	r.up.next(t).send(t)
	r.up.next(t).send(t)
	dir := r.killed()
	r.close()
	r = openRig(t, dir, func(o *Options) { o.Start = false })
	r.up.found = &transfer.Found{CRC64: sum("older")}
	r.rename("a", "v", 0)
	id := r.rename("b", "v", 0)
	r.pass(stragglerMost)
	r.until(func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.heirs) > 0 && len(r.fading) == 0
	}, func() string { return "none waits for the file" })
	r.doTo(Cancel, id)
	r.toldLate("a")
	r.toldLate("b")
}

// TestTooLateUnderTheKeyOfYesterday has newer content on its way to the place, by the key that it was begun with, which
// fails: who asks for its key then hears of another place.
func TestTooLateUnderTheKeyOfYesterday(t *testing.T) {
	t.Parallel()
	r := newRig(t, keyed("mon/"))
	r.drop("w", "older")
	u := r.up.next(t)
	u.sendTo(t, "mon/w")
	_, heard := u.watch.Outlived(u.crc())
	r.drop("w", "newer")
	heard(transfer.Outcome{Answered: true, Made: true})
	u = r.up.next(t)
	if err := u.watch.Initiated(u.ctx, transfer.Multipart{Bucket: "b", Key: "mon/w", UploadID: "U",
		PartSize: 4}); err != nil {
		t.Fatal(err)
	}
	r.close()
	r = openRig(t, r.dir, keyed("tue/"))
	r.up.found = &transfer.Found{CRC64: sum("older")}
	r.pass(stragglerMost)
	r.up.next(t).fail(transfer.Final, "AccessDenied")
	r.state("w", list.Failure)
	if line := r.toldLate("w"); !strings.Contains(line, " key=mon/w ") {
		t.Error(line)
	}
}

// TestTooLateOfAReplaced has a canceled file, which was sent under the key of another day, replaced by a newer one
// under that of today before it is known what came of the first: it stays replaced, and is not sent any more.
func TestTooLateOfAReplaced(t *testing.T) {
	t.Parallel()
	r := newRig(t, keyed("mon/"))
	id := r.refer("w", "older")
	u := r.up.next(t)
	if err := u.watch.Sending(u.ctx, "b", "mon/w"); err != nil {
		t.Fatal(err)
	}
	_, heard := u.watch.Outlived(u.crc())
	r.doTo(Cancel, id)
	heard(transfer.Outcome{})
	r.close()
	r = openRig(t, r.dir, keyed("tue/"))
	r.up.found = &transfer.Found{CRC64: sum("older")}
	r.drop("w", "newer")
	u = r.up.next(t)
	if err := u.watch.Sending(u.ctx, "b", "tue/w"); err != nil {
		t.Fatal(err)
	}
	u.end <- fakeEnd{res: transfer.Result{Bucket: "b", Key: "tue/w", ETag: `"E"`, CRC64: u.crc()}}
	replaced := func() bool { return r.info(id).Error == codeReplaced }
	r.until(replaced, func() string { return "it is not replaced" })
	r.pass(stragglerMost)
	r.toldLate("w")
	if i := r.info(id); !replaced() {
		t.Errorf("%+v", i)
	}
	if r.DoFile(t.Context(), Restore, id) == nil {
		t.Error("it is resumed")
	}
}

// TestTooLateOfAReplacedElsewhere has a file replaced that may have been sent under the key of yesterday: of that
// object it is told.
func TestTooLateOfAReplacedElsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t, keyed("mon/"))
	id := r.refer("w", "older")
	u := r.up.next(t)
	if err := u.watch.Sending(u.ctx, "b", "mon/w"); err != nil {
		t.Fatal(err)
	}
	u.watch.Unheard(u.crc())
	u.fail(transfer.Resumable, "NetworkError")
	r.until(func() bool { return r.info(id).Retries > 0 }, func() string { return "it is not to be tried again" })
	r.close()
	r = openRig(t, r.dir, keyed("tue/"), func(o *Options) { o.Start, o.Files = false, 2 })
	r.up.there = "older"
	r.drop("w", "newer")
	r.state("w", list.Ready)
	r.refusedNot(r.Do(t.Context(), Start))
	for range 2 {
		if u := r.up.next(t); u.job.ID != id {
			if err := u.watch.Sending(u.ctx, "b", "tue/w"); err != nil {
				t.Fatal(err)
			}
			u.end <- fakeEnd{res: transfer.Result{Bucket: "b", Key: "tue/w", ETag: `"E"`, CRC64: u.crc()}}
		} else {
			u.fail(transfer.Resumable, "NetworkError")
		}
	}
	r.until(func() bool { return r.info(id).Error == codeReplaced }, func() string { return "it is not replaced" })
	r.pass(stragglerMost)
	if line := r.toldLate("w"); !strings.Contains(line, " key=mon/w ") {
		t.Error(line)
	}
}

// TestTooLateInTheTrash has the folder of a file renamed to what is never uploaded: the file is told of under the name
// that it was sent by.
func TestTooLateInTheTrash(t *testing.T) {
	t.Parallel()
	for what, kills := range map[string]bool{"while it is sent": false, "after a kill": true} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.drop("d/w", "older")
			u := r.up.next(t)
			u.send(t)
			heard := func(transfer.Outcome) {}
			if kills {
				dir := r.killed()
				r.close()
				r = openRig(t, dir)
			} else {
				_, heard = u.watch.Outlived(u.crc())
			}
			r.up.found = &transfer.Found{CRC64: sum("older")}
			r.rename("d", ".Trash-1000", 0)
			heard(transfer.Outcome{})
			r.until(func() bool { return len(r.List()) == 0 }, func() string { return "it is on the list" })
			r.pass(stragglerMost)
			if line := r.toldLate("d/w"); !strings.Contains(line, " key=d/w ") {
				t.Error(line)
			}
		})
	}
}

// TestTooLateOnTheWay has something done to a file, which a killed daemon may have sent, just before it follows its
// folder.
func TestTooLateOnTheWay(t *testing.T) {
	t.Parallel()
	for what, do := range map[string]func(r *rig, e *entry){
		"canceled": func(r *rig, e *entry) {
			if _, err := r.doFileLocked(Cancel, e); err != nil {
				r.t.Error(err)
			}
		},
		"written over": func(r *rig, e *entry) { r.soilLocked(e) },
		"renamed": func(r *rig, e *entry) {
			r.renameLocked(e, "v", r.moved("e/w").spooled, 0, Owner)
		},
		"renamed onto another": func(r *rig, e *entry) {
			r.newLocked("v")
			r.renameLocked(e, "v", r.moved("e/w").spooled, 0, Owner)
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			id := r.drop("d/w", "older")
			r.up.next(t).send(t)
			dir := r.killed()
			r.close()
			r = openRig(t, dir, func(o *Options) { o.Start = false })
			r.up.found = &transfer.Found{CRC64: sum("older")}
			r.crowd()
			if err := os.Rename(r.path("d"), r.path("e")); err != nil {
				t.Fatal(err)
			}
			r.mu.Lock()
			r.relocateLocked(Owner, [2]string{"d", "e"})
			e := r.list.Get(id)
			unmoved := r.unmovedLocked(e)
			do(r, e)
			r.mu.Unlock()
			if !unmoved {
				t.Fatal("it has followed its folder")
			}
			r.followed()
			for _, i := range r.List() { // no one is to wait for the file to be read
				if i.State != list.Canceled {
					r.doTo(Cancel, i.ID)
				}
			}
			r.pass(stragglerMost)
			if line := r.toldLate("d/w"); !strings.Contains(line, " key=d/w ") {
				t.Error(line)
			}
		})
	}
}
