package queue

import (
	"context"
	"time"

	"inboxfs/queue/journal"
)

// straggler is a request that makes an object, and that nobody can call back: it may be carried out although its run
// was called off, the line was cut, or the daemon was killed that sent it. Until that is over, no other content is sent
// to its place: the server would let the last one win, which might be the straggler.
type straggler struct {
	run   *run      // which is still to say how it ended; nil: nobody will
	until time.Time // when one is over at the latest of which nobody says more; zero: there is none but that of run
	of    ID        // whose content it brings, which may be sent again all the same; 0: of none that is still to be sent
	gen   uint32
	kept  bool // the journal has it
}

// stragglerMost is how long after its line was cut, or its daemon killed, a request may still be carried out: OSS needs
// seconds at most for what it has, and the kernel a moment for what it still had to send, unless the line is dead just
// then. README.md has what can happen beyond that.
const stragglerMost = 5 * time.Second

// fading is when a straggler is looked at again.
type fading struct {
	place uint64
	at    time.Time
}

// overwrites reports whether a straggler may replace what was stored after it: where the first that is stored wins it does
// not. What a server gives for a file (VOD) may be given for the file's next content, too.
func (q *Queue) overwrites() bool { return q.o.Replace || q.asks }

// straggledLocked reports whether a straggler may still bring another content than the entry's to the place.
func (q *Queue) straggledLocked(place uint64, e *entry) bool {
	s, ok := q.late[place]
	return ok && (s.run != nil || s.of != e.id || s.gen != e.gen)
}

// lateForLocked reports whether the entry waits for a straggler, and until when at the latest; zero: for its answer.
func (q *Queue) lateForLocked(e *entry) (until time.Time, waits bool) {
	if _, passed := q.behind[e]; !passed {
		return until, false
	}
	place, next := e.places()
	for _, p := range []uint64{place, next} {
		if q.straggledLocked(p, e) {
			return q.late[p].until, true
		}
	}
	return until, false
}

// straggleLocked notes a straggler. What is kept is in the journal no later than whatever is staged from now on.
func (q *Queue) straggleLocked(place uint64, s straggler) {
	if !q.overwrites() || place == 0 {
		return
	}
	if old, ok := q.late[place]; ok {
		s.kept = s.kept || old.kept
		if old.until.After(s.until) {
			s.until = old.until
		}
		if old.of != s.of || old.gen != s.gen {
			s.of, s.gen = 0, 0
		}
	}
	if q.late == nil {
		q.late = make(map[uint64]straggler)
	}
	q.late[place] = s
	if s.kept {
		q.stageLocked(change{late: []journal.Late{{Place: place, ID: uint64(s.of), Gen: s.gen}}})
	}
	if s.run == nil {
		if q.fading = append(q.fading, fading{place, s.until}); len(q.fading) == 1 {
			poke(q.clockWake)
		}
	}
}

// heardLocked ends what run knows of.
func (q *Queue) heardLocked(place uint64) {
	if s := q.late[place]; s.until.After(q.now()) {
		s.run = nil
		q.late[place] = s
		q.unblockLocked(place) // of those who wait one may go on
		return
	}
	q.overLocked(place)
}

// overLocked ends a straggler: whatever is sent to its place from now on comes after it.
func (q *Queue) overLocked(place uint64) {
	s, ok := q.late[place]
	if !ok {
		return
	}
	delete(q.late, place)
	if s.kept {
		q.stageLocked(change{late: []journal.Late{{Place: place, Over: true}}})
	}
	q.unblockLocked(place)
}

// fadeLocked ends the stragglers whose time is over, and returns how long the next one has.
func (q *Queue) fadeLocked(now time.Time) time.Duration {
	for n := 0; len(q.fading) > 0; n++ {
		f := q.fading[0]
		if wait := f.at.Sub(now); wait > 0 {
			return wait
		}
		if n == tickMost {
			return 0
		}
		if q.fading = q.fading[1:]; len(q.fading) == 0 {
			q.fading = nil
		}
		if s, ok := q.late[f.place]; ok && s.run == nil && !s.until.After(now) {
			q.overLocked(f.place)
		}
	}
	return time.Hour
}

// straggler is what the run leaves behind if it never says more.
func (r *run) straggler(until time.Time) straggler {
	return straggler{until: until, of: r.e.id, gen: r.gen, kept: true}
}

// Unheard is of the Watch.
func (r *run) Unheard() {
	q := r.q
	q.mu.Lock()
	defer q.mu.Unlock()
	if r.sent {
		q.straggleLocked(r.place, r.straggler(q.now().Add(stragglerMost)))
	}
}

// Outlived is of the Watch. The queue does not end before it was told.
func (r *run) Outlived() (ctx context.Context, heard func(answered bool)) {
	q := r.q
	q.mu.Lock()
	defer q.mu.Unlock()
	if r.sent {
		s := r.straggler(time.Time{})
		s.run = r
		q.straggleLocked(r.place, s)
		r.outlived = true
	}
	q.runs.Add(1) // the run has not ended yet
	return q.ctx, func(answered bool) {
		defer q.runs.Done()
		q.mu.Lock()
		defer q.mu.Unlock()
		switch s := q.late[r.place]; {
		case s.run != r:
			return
		case answered:
			q.heardLocked(r.place)
		default:
			q.straggleLocked(r.place, r.straggler(q.now().Add(stragglerMost)))
			q.unblockLocked(r.place)
		}
		q.scheduleLocked()
	}
}

// callOffLocked has the journal know, before the entry's row says anything new, that what the run sends may arrive all
// the same.
func (r *run) callOffLocked() {
	if r.sent && !r.canceled {
		s := r.straggler(time.Time{})
		s.run = r
		r.q.straggleLocked(r.place, s)
	}
}

// heardLocked ends that, when the run has ended and left nothing behind.
func (r *run) heardLocked() {
	if s := r.q.late[r.place]; s.run == r && !r.outlived {
		r.q.heardLocked(r.place)
	}
}

// leavesLocked notes that the entry leaves a place to which a daemon that was killed may have sent it.
func (q *Queue) leavesLocked(e *entry, place uint64) {
	if !e.arrived && e.order != 0 && e.order <= q.doubt && q.now().Before(q.unsure) {
		q.straggleLocked(place, straggler{until: q.unsure, kept: true})
	}
}

// restoreStragglersLocked goes on with those of an earlier life.
func (q *Queue) restoreStragglersLocked(late []journal.Late) {
	q.unsure = q.now().Add(stragglerMost)
	for _, l := range late {
		if l.Place == 0 || !q.overwrites() {
			q.stageLocked(change{late: []journal.Late{{Place: l.Place, Over: true}}})
			continue
		}
		q.straggleLocked(l.Place, straggler{until: q.unsure, of: ID(l.ID), gen: l.Gen, kept: true})
	}
}
