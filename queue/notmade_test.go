package queue

import (
	"strings"
	"testing"

	"inboxfs/queue/transfer"
)

// TestNotMadeYet has the server say that a file is not there, while a request of before may still make it. The next try
// comes to nothing, and the file is called off: that it is there in the end is told.
func TestNotMadeYet(t *testing.T) {
	t.Parallel()
	kill := func(r *rig, set func(*Options)) {
		dir := r.killed()
		r.close()
		*r = *openRig(r.t, dir, set)
	}
	for what, before := range map[string]func(r *rig, u *fakeUpload, set func(*Options)){
		"nobody heard": func(r *rig, u *fakeUpload, _ func(*Options)) {
			u.watch.Unheard(u.crc())
			u.fail(transfer.Resumable, "NetworkError")
			r.do(Retry, "w")
		},
		"nobody heard, and killed": func(r *rig, u *fakeUpload, set func(*Options)) {
			u.watch.Unheard(u.crc())
			u.fail(transfer.Resumable, "NetworkError")
			r.commit()
			kill(r, set)
		},
		"killed": func(r *rig, _ *fakeUpload, set func(*Options)) { kill(r, set) },
	} {
		for what2, sends := range map[string]bool{"before it is sent again": false,
			"refused when it is sent again": true} {
			for what3, do := range map[string]func(r *rig){
				"canceled": func(r *rig) { r.do(Cancel, "w") },
				"removed":  func(r *rig) { r.remove("w") },
				"renamed":  moveAway,
			} {
				for _, replace := range []bool{true, false} {
					t.Run(what+", "+what2+", "+what3+map[bool]string{true: "", false: ", forbid"}[replace],
						func(t *testing.T) {
							t.Parallel()
							set := func(o *Options) { o.Replace = replace }
							r := newRig(t, set)
							r.drop("w", "older")
							u := r.up.next(t)
							u.send(t)
							before(r, u, set)
							u = r.up.next(t)
							u.watch.NotMade()
							if sends {
								u.send(t)
								u.watch.NotMade()
							}
							do(r)
							r.untoldYet()
							r.up.mu.Lock()
							r.up.there = "older"
							r.up.mu.Unlock()
							r.pass(stragglerMost)
							for what3 == "renamed" { // it is read once more under its new name
								u = r.up.next(t)
								if u.job.Name == "v" {
									u.succeed()
									break
								}
							}
							if line := r.toldLate("w"); !strings.Contains(line, " key=w ") {
								t.Error(line)
							}
						})
				}
			}
		}
	}
}
