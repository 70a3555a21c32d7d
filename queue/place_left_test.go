package queue

import (
	"strings"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// TestLeftBehindAtTheOldKey has a request that was in flight when the daemon was killed, or its line cut, make its
// object after all, while the file goes to another key by now: it is told that there is one under the old key, too.
func TestLeftBehindAtTheOldKey(t *testing.T) {
	t.Parallel()
	unheard := func(u *fakeUpload) {
		u.watch.Unheard(u.crc())
		u.fail(transfer.Resumable, "NetworkError")
	}
	for what, again := range map[string]func(r *rig, u *fakeUpload){
		"killed": func(r *rig, _ *fakeUpload) {
			dir := r.killed()
			r.close()
			*r = *openRig(r.t, dir, keyed("tue/"))
		},
		"killed, and nobody had heard": func(r *rig, u *fakeUpload) {
			unheard(u)
			r.commit()
			dir := r.killed()
			r.close()
			*r = *openRig(r.t, dir, keyed("tue/"))
		},
		"midnight": func(r *rig, u *fakeUpload) {
			r.mu.Lock()
			r.up.prefix = "tue/"
			r.mu.Unlock()
			unheard(u)
			r.do(Retry, "a")
		},
	} {
		for what2, comes := range map[string]bool{"it comes": true, "it does not": false} {
			for what3, ends := range map[string]bool{"uploaded before": true, "under way": false} {
				t.Run(what+", "+what2+", "+what3, func(t *testing.T) {
					t.Parallel()
					r := newRig(t, keyed("mon/"), func(o *Options) { o.Uploader.(*fakeUploader).passing = true })
					r.drop("a", "older")
					u := r.up.next(t)
					u.sendTo(t, "mon/a")
					again(r, u)
					u = r.up.next(t)
					u.watch.NotMade() // as the server says of mon/a
					u.sendTo(t, "tue/a")
					if ends {
						u.end <- fakeEnd{res: transfer.Result{Bucket: "b", Key: "tue/a", CRC64: u.crc()}}
						r.state("a", list.Success)
					}
					r.untoldYet()
					if comes {
						r.up.mu.Lock()
						r.up.there = "older"
						r.up.mu.Unlock()
					}
					r.pass(stragglerMost)
					if comes {
						if line := r.toldLate("a"); !strings.Contains(line, " key=mon/a ") {
							t.Error(line)
						}
					}
					if !ends {
						u.end <- fakeEnd{res: transfer.Result{Bucket: "b", Key: "tue/a", CRC64: u.crc()}}
					}
					info := r.state("a", list.Success)
					if info.Key != "tue/a" || !comes && info.Error != "" {
						t.Errorf("it is %s: %s %s", info.Key, info.Error, info.Message)
					}
					if !comes {
						r.untold()
					}
				})
			}
		}
	}
}

// TestDisguisedBehindAStraggler gives a file that failed another content with the same size and times, while a request
// may still bring the one before. After a restart it is tried again: what is sent now comes last.
func TestDisguisedBehindAStraggler(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "older")
	u := r.up.next(t)
	u.send(t)
	u.watch.Unheard(u.crc())
	u.fail(transfer.Final, "AccessDenied")
	r.state("a", list.Failure)
	r.close()
	disguise(t, r.path("a"), "newer")
	r = openRig(t, r.dir)
	r.do(Retry, "a")
	r.state("a", list.Ready)
	r.up.none(t)
	r.pass(stragglerMost)
	r.up.next(t).succeed()
	r.state("a", list.Success)
}
