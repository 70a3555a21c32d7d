package queue

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// tooLate drops w, has all of it sent, and calls it off.
func (r *rig) tooLate(do func(r *rig)) (heard func(transfer.Outcome)) {
	r.t.Helper()
	r.drop("w", "older")
	_, heard = r.up.next(r.t).outlived(r.t)
	do(r)
	return heard
}

// toldLate waits for OnUploadTooLate of a file and returns it.
func (r *rig) toldLate(file string) (line string) {
	r.t.Helper()
	r.until(func() bool {
		for line = range strings.Lines(r.logged()) {
			if strings.Contains(line, "event=OnUploadTooLate ") && strings.Contains(line, " file="+file+" ") {
				return true
			}
		}
		return false
	}, func() string { return "it is not told of " + file })
	return line
}

// untold fails if something is told.
func (r *rig) untold() {
	r.t.Helper()
	r.until(func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.late) == 0
	}, func() string { return "it is not over" })
	r.untoldYet()
}

// untoldYet fails if something is told by now.
func (r *rig) untoldYet() {
	r.t.Helper()
	r.commit()
	if text := r.logged(); strings.Contains(text, "OnUploadTooLate") {
		r.t.Error(text)
	}
}

// logged is the log of events.
func (r *rig) logged() string {
	r.t.Helper()
	text, err := r.log.Tail(1 << 20)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

func moveAway(r *rig) { r.rename("w", "v", 0) }

// TestTooLate removes what was made under an old name only where it surely is what that request made, nobody else names
// it, and nothing else is to come there.
func TestTooLate(t *testing.T) {
	t.Parallel()
	ours := &transfer.Found{ETag: `"E"`, CRC64: sum("older")}
	made := transfer.Outcome{Answered: true, Made: true, ETag: `"E"`}
	for what, c := range map[string]struct {
		before  func(r *rig)
		outcome transfer.Outcome
		found   *transfer.Found
		removed bool
		told    bool
	}{
		"made":                      {nil, made, ours, true, true},
		"refused":                   {nil, transfer.Outcome{Answered: true, Refused: true}, ours, false, false},
		"nobody heard, it is there": {nil, transfer.Outcome{}, ours, true, true},
		"nobody heard, it is not":   {nil, transfer.Outcome{}, nil, false, false},
		"another has that by now":   {nil, made, &transfer.Found{ETag: `"F"`, CRC64: sum("older")}, false, true},
		"other bytes are there":     {nil, made, &transfer.Found{ETag: `"E"`, CRC64: sum("other")}, false, true},
		"an uploaded one is called so": {func(r *rig) {
			r.drop("w", "oldest")
			r.up.next(r.t).succeed()
			r.state("w", list.Success)
			r.gone("w")
		}, made, ours, false, true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.up.found = c.found
			if c.before != nil {
				c.before(r)
			}
			heard := r.tooLate(moveAway)
			heard(c.outcome)
			r.pass(stragglerMost)
			if c.told {
				if line := r.toldLate("w"); !strings.Contains(line, " file=w size=5 bucket=b key=w ") {
					t.Error(line)
				}
			} else {
				r.untold()
			}
			r.up.mu.Lock()
			defer r.up.mu.Unlock()
			if removed := len(r.up.removed) == 1; removed != c.removed {
				t.Errorf("removed %q", r.up.removed)
			}
		})
	}
}

// TestTooLateAgain has the server not answer for a while: it is asked again, also by the next daemon, and told once.
func TestTooLateAgain(t *testing.T) {
	t.Parallel()
	for what, end := range map[string]func(r *rig){
		"later": func(r *rig) {},
		"restarted": func(r *rig) {
			r.close()
			*r = *openRig(r.t, r.dir)
			r.up.found = &transfer.Found{CRC64: sum("older")}
			r.pass(stragglerMost)
		},
		"killed": func(r *rig) {
			dir := r.killed()
			r.close()
			*r = *openRig(r.t, dir)
			r.up.found = &transfer.Found{CRC64: sum("older")}
			r.pass(stragglerMost)
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.up.find = &transfer.Error{Kind: transfer.Resumable, Code: "NetworkError"}
			id := r.drop("w", "older")
			_, heard := r.up.next(t).outlived(t)
			r.doTo(Cancel, id)
			heard(transfer.Outcome{})
			r.pass(stragglerMost)
			r.until(func() bool {
				r.up.mu.Lock()
				defer r.up.mu.Unlock()
				return len(r.up.sought) > 1
			}, func() string { return "it is not asked again" })
			r.up.mu.Lock()
			r.up.find, r.up.found = nil, &transfer.Found{CRC64: sum("older")}
			r.up.mu.Unlock()
			end(r)
			r.toldLate("w")
			if i := r.state("w", list.Canceled); i.Error != codeTooLate ||
				!strings.Contains(i.Message, "object w is in bucket b") {
				t.Errorf("%+v", i)
			}
			r.close()
			r = openRig(t, r.dir)
			if i, _ := r.Status("w"); i.Error != codeTooLate {
				t.Errorf("%+v", i)
			}
			r.mu.Lock()
			left := len(r.late)
			r.mu.Unlock()
			if left > 0 {
				t.Errorf("%d are to be asked", left)
			}
		})
	}
}

// TestTooLateRemoving keeps newer content of the place back while a request to remove the older may be under way.
func TestTooLateRemoving(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRig(t)
	r.up.found, r.up.remove = &transfer.Found{CRC64: sum("older")}, &transfer.Error{Kind: transfer.Resumable,
		Code: "NetworkError"}
	heard := r.tooLate(moveAway)
	r.up.next(t).succeed() // v
	heard(transfer.Outcome{Answered: true, Made: true})
	r.until(func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, s := range r.late {
			return s.busy && !s.until.IsZero()
		}
		return false
	}, func() string { return "it is not removed" })
	r.drop("w", "newer")
	r.up.none(t)
	r.up.mu.Lock()
	r.up.remove = nil
	r.up.mu.Unlock()
	time.Sleep(backoffFirst) // it is tried again, and not yet
	r.up.none(t)
	r.pass(stragglerMost)
	if u := r.up.next(t); u.job.Name != "w" {
		t.Errorf("%s is sent", u.job.Name)
	}
}

// TestTooLateMoot has a newer content on its way to the place: it takes the place of what is there, and nothing is
// told, unless it is called off, too.
func TestTooLateMoot(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"it arrives", "it is removed", "it is refused"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *Options) { o.Settle = time.Hour })
			id := r.drop("w", "older")
			r.doTo(Flush, id)
			_, heard := r.up.next(t).outlived(t)
			r.remove("w")
			id = r.drop("w", "newer")
			heard(transfer.Outcome{Answered: true, Made: true})
			if what == "it is removed" {
				r.remove("w")
				r.toldLate("w")
				return
			}
			r.doTo(Flush, id)
			u := r.up.next(t)
			u.send(t)
			if what == "it is refused" {
				u.fail(transfer.Final, "AccessDenied")
				r.toldLate("w")
				return
			}
			u.succeed()
			r.state("w", list.Success)
			r.untold()
		})
	}
}

// TestTooLateTwice has the newer content called off, too, which was on its way to the place of an older one: if it was
// not made, it is asked of the older one after all, whatever happened in between.
func TestTooLateTwice(t *testing.T) {
	t.Parallel()
	for what, callOff := range map[string]func(r *rig){
		"moved":    func(r *rig) { r.rename("w", "u", 0) },
		"removed":  func(r *rig) { r.remove("w") },
		"canceled": func(r *rig) { r.do(Cancel, "w") },
		"written over, and removed": func(r *rig) {
			r.drop("w", "newest")
			r.remove("w")
		},
	} {
		for how, end := range map[string]struct {
			came  func(r *rig, heard func(transfer.Outcome))
			found string // what is there
		}{
			"refused": {func(r *rig, heard func(transfer.Outcome)) {
				heard(transfer.Outcome{Answered: true, Refused: true})
			}, "older"},
			"unheard": {func(r *rig, heard func(transfer.Outcome)) {
				heard(transfer.Outcome{})
				r.pass(stragglerMost)
			}, "older"},
			"restarted": {func(r *rig, heard func(transfer.Outcome)) {
				heard(transfer.Outcome{})
				r.close()
				found := r.up.there
				*r = *openRig(r.t, r.dir, func(o *Options) { o.Start = false })
				r.up.there = found
				r.pass(stragglerMost)
			}, "older"},
			"it is there": {func(r *rig, heard func(transfer.Outcome)) {
				heard(transfer.Outcome{})
				r.pass(stragglerMost)
			}, "newer!"},
		} {
			t.Run(what+" "+how, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				r.up.there = end.found
				heard := r.tooLate(moveAway) // to v
				if u := r.up.next(t); u.job.Name != "v" {
					t.Fatalf("%s is sent", u.job.Name)
				} else {
					u.succeed()
				}
				r.state("v", list.Success)
				r.drop("w", "newer!")
				heard(transfer.Outcome{Answered: true, Made: true})
				_, heard = r.up.next(t).outlived(t)
				r.untoldYet()
				callOff(r)
				end.came(r, heard)
				line := r.toldLate("w")
				removed := end.found == "older" || what == "moved"
				if !strings.Contains(line, fmt.Sprintf(" size=%d ", len(end.found))) ||
					strings.Contains(line, "removed=true") != removed {
					t.Error(line)
				}
				r.until(func() bool {
					r.mu.Lock()
					defer r.mu.Unlock()
					return len(r.late) == 0
				}, func() string { return "it is not over" })
				if n := strings.Count(r.logged(), "event=OnUploadTooLate "); n != 1 {
					t.Errorf("told %d times", n)
				}
			})
		}
	}
}

// TestTooLateMakesRoom has a newer content wait for the place of one that moved away, also where the first that is
// stored wins: that is ours, and goes.
func TestTooLateMakesRoom(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Replace = false })
	r.up.there = "older"
	heard := r.tooLate(moveAway)
	r.up.next(t).succeed() // v
	r.state("v", list.Success)
	r.drop("w", "newer")
	r.up.none(t)
	heard(transfer.Outcome{Answered: true, Made: true, ETag: `"E"`})
	if line := r.toldLate("w"); !strings.Contains(line, "removed=true") {
		t.Error(line)
	}
	if u := r.up.next(t); u.job.Name != "w" || u.crc() != sum("newer") {
		t.Errorf("%s is sent", u.job.Name)
	}
}

// TestTooLateLeavesNoRoom has the object of a removed file stay where the first that is stored wins: who comes next
// fails, and it is told why.
func TestTooLateLeavesNoRoom(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Replace = false })
	r.up.there = "older"
	heard := r.tooLate(func(r *rig) { r.remove("w") })
	r.drop("w", "newer")
	u := r.up.next(t)
	heard(transfer.Outcome{Answered: true, Made: true, ETag: `"E"`})
	r.untoldYet()
	u.fail(transfer.Final, "FileAlreadyExists")
	r.toldLate("w")
}

// TestTooLateBound calls off more than is remembered at one place: it is asked of the newest.
func TestTooLateBound(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	r.mu.Lock()
	for n := range olderMost + 3 {
		off := &callOff{id: transfer.ID(100 + n), name: "w", bucket: "b", key: "w", size: 5, sum: checksum{7, true}}
		r.straggleLocked(r.placeOf("b", "w"), straggler{until: r.now().Add(time.Hour), kept: true, off: off})
	}
	n := 0
	for off := r.late[r.placeOf("b", "w")].off; off != nil; off = off.older {
		if n++; off.id != transfer.ID(100+olderMost+3-n) {
			t.Errorf("the %dth is #%d", n, off.id)
		}
	}
	r.mu.Unlock()
	if n != olderMost {
		t.Errorf("%d are remembered", n)
	}
}

// TestTooLateAfterAnother moves a file on whose first name is known to have an object that stays: its second name is
// asked for, too.
func TestTooLateAfterAnother(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.up.found = &transfer.Found{ETag: `"F"`, CRC64: sum("other")}
	heard := r.tooLate(moveAway)
	heard(transfer.Outcome{Answered: true, Made: true, ETag: `"E"`})
	r.toldLate("w")
	r.up.mu.Lock()
	r.up.found = &transfer.Found{ETag: `"E"`, CRC64: sum("older")}
	r.up.mu.Unlock()
	_, heard = r.up.next(t).outlived(t)
	r.rename("v", "u", 0)
	heard(transfer.Outcome{Answered: true, Made: true, ETag: `"E"`})
	if line := r.toldLate("v"); !strings.Contains(line, "removed=true") {
		t.Error(line)
	}
}

// TestTooLateOfAFailure has a canceled file resumed, of which it is not known what came, and fail: it is asked.
func TestTooLateOfAFailure(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	heard := r.tooLate(func(r *rig) { r.do(Cancel, "w") })
	r.do(Restore, "w")
	heard(transfer.Outcome{Answered: true, Made: true, ETag: `"E"`})
	u := r.up.next(t)
	r.untoldYet()
	u.fail(transfer.Final, "AccessDenied")
	r.toldLate("w")
}

// TestTooLateUnderAWriter: that it was too late does not hide that the file was not written whole since.
func TestTooLateUnderAWriter(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.up.found = &transfer.Found{CRC64: sum("older")}
	id := transfer.ID(0)
	heard := r.tooLate(func(r *rig) {
		id = r.Open("w", false)
		r.doTo(Cancel, id)
	})
	heard(transfer.Outcome{})
	r.pass(stragglerMost)
	r.toldLate("w")
	info := r.write("w", "half")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: "write answered EIO"})
	r.close()
	r = openRig(t, r.dir)
	r.refusedNot(r.DoFile(t.Context(), Restore, id))
	r.state("w", list.Held)
	r.up.none(t)
}
