package queue

import (
	"context"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/transfer"
)

// straggler is a request that makes an object, and that nobody can call back: it may be carried out although its run
// was called off, the line was cut, or the daemon was killed that sent it. Until that is over, no other content is sent
// to its place: the server would let the last one win, which might be the straggler.
type straggler struct {
	run   *run      // which is still to say how it ended; nil: nobody will
	until time.Time // when one is over at the latest of which nobody says more; zero: there is none but that of run
	// whose content it brings, which may be sent again all the same; 0: of none that is still to be sent
	of   transfer.ID
	gen  uint32
	kept bool // the journal has it

	sum  checksum // of what it brings
	off  *callOff // what is to be asked when it is over, the newest content first; nil: nothing
	over bool     // nothing waits for it any more; it is asked what came of it (toolate.go)
	moot bool     // something is on its way to the place: it is not asked as long as that is so
	busy bool     // an object goes from the place: all wait
}

// checksum is a CRC64, if it is known.
type checksum struct {
	crc   uint64
	known bool
}

// stragglerMost is how long after its line was cut, or its daemon killed, a request may still be carried out: OSS needs
// seconds at most for what it has, and the kernel a moment for what it still had to send, unless the line is dead just
// then. The manual (promises.md) has what can happen beyond that.
const stragglerMost = 5 * time.Second

// fading is when a straggler is looked at again.
type fading struct {
	place uint64
	at    time.Time
}

// overwrites reports whether a straggler may replace what was stored after it: where the first that is stored wins it
// does not. What a server gives for a file (VOD) may be given for the file's next content, too.
func (q *Queue) overwrites() bool { return q.o.Replace || q.asks }

// straggledLocked reports whether a straggler may still bring another content than the entry's to the place.
func (q *Queue) straggledLocked(place uint64, e *entry) bool {
	s, ok := q.late[place]
	switch {
	case !ok:
		return false
	case s.over:
		return s.busy
	case !q.overwrites(): // what comes now wins, unless that is there; but if it goes there is room
		return s.busy || s.off.moved()
	}
	return s.run != nil || s.of != e.ID || s.gen != e.gen
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
	old, ok := q.late[place]
	if ok {
		s.mergeLocked(old)
	}
	if place == 0 {
		return
	}
	if q.late == nil {
		q.late = make(map[uint64]straggler)
	}
	q.late[place] = s
	q.boundAskedLocked(place)
	if s.kept {
		q.stageLocked(commit.Change{Batch: journal.Batch{Late: []journal.Late{s.row(place)}}})
	}
	if s.run == nil {
		if q.fading = append(q.fading, fading{place, s.until}); len(q.fading) == 1 {
			q.clockWake.Ring()
		}
	}
}

// mergeLocked adds what is known of another straggler of that place.
func (s *straggler) mergeLocked(old straggler) {
	s.kept = s.kept || old.kept
	if old.until.After(s.until) {
		s.until = old.until
	}
	switch {
	case old.of != s.of || old.gen != s.gen:
		s.of, s.gen, s.sum = 0, 0, checksum{}
	case !s.sum.known:
		s.sum = old.sum
	}
	s.busy = s.busy || old.busy
	if s.off == nil {
		s.off = old.off
	} else {
		s.off.older = old.off
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
	switch {
	case !ok || s.over:
		return
	case s.off != nil:
		s.run, s.over = nil, true
		q.late[place] = s
		q.askLocked(place)
	default:
		q.endStragglerLocked(place, commit.Change{})
	}
	q.unblockLocked(place)
}

// endStragglerLocked stages ch with the end of a straggler of which nothing is asked any more.
func (q *Queue) endStragglerLocked(place uint64, ch commit.Change) {
	s := q.late[place]
	if s.kept {
		ch.Late = []journal.Late{{Place: place, Over: true}}
	}
	delete(q.late, place)
	q.stageLocked(ch)
	for off := s.off; off != nil; off = off.older {
		q.videoAskedLocked(off)
	}
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
	return straggler{until: until, of: r.e.ID, gen: r.gen, kept: true, sum: r.sum}
}

// Unheard is of the Watch.
func (r *run) Unheard(crc uint64) {
	q := r.q
	q.mu.Lock()
	defer q.mu.Unlock()
	r.summedLocked(crc)
	if r.sent {
		q.straggleLocked(r.place, r.straggler(q.now().Add(stragglerMost)))
	}
}

// Outlived is of the Watch. The queue does not end before it was told.
func (r *run) Outlived(crc uint64) (ctx context.Context, heard func(transfer.Outcome)) {
	q := r.q
	q.mu.Lock()
	defer q.mu.Unlock()
	r.summedLocked(crc)
	if r.sent {
		s := r.straggler(time.Time{})
		s.run = r
		q.straggleLocked(r.place, s)
		r.outlived = true
	}
	q.runs.Add(1) // the run has not ended yet
	return q.ctx, func(o transfer.Outcome) {
		defer q.runs.Done()
		q.mu.Lock()
		defer q.mu.Unlock()
		r.outlived = false
		r.leaveLocked()
		switch s := q.late[r.place]; {
		case s.run != r:
			return
		case o.Answered:
			r.cameLocked(o)
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
	if !e.arrived && e.Order != 0 && e.Order <= q.doubt && q.now().Before(q.unsure) {
		q.straggleLocked(place, straggler{until: q.unsure, kept: true})
	}
}

// mayComeLocked reports whether a request of before may still bring the run's content to its place, though that is not
// there yet. Of the last one of a daemon that was killed the journal has a row from now on.
func (q *Queue) mayComeLocked(r *run) bool {
	e := r.e
	if !e.arrived && e.Order != 0 && e.Order <= q.doubt && q.now().Before(q.unsure) {
		q.straggleLocked(r.place, straggler{until: q.unsure, of: e.ID, gen: e.gen, kept: true})
	}
	s, ok := q.late[r.place]
	return ok && !s.over && s.until.After(q.now()) && (s.of == 0 || s.of == e.ID && s.gen == e.gen)
}

// otherwiseLocked notes that the entry's content may be another than was sent to the place so far, though it is the
// same generation: nobody told us of a change. What is to be sent now waits as if it were another's.
func (q *Queue) otherwiseLocked(e *entry, place uint64) {
	q.leavesLocked(e, place)
	s, ok := q.late[place]
	if !ok || s.over || s.of != e.ID {
		return
	}
	s.of, s.gen = 0, 0
	q.late[place] = s
	if s.kept {
		q.stageLocked(commit.Change{Batch: journal.Batch{Late: []journal.Late{s.row(place)}}})
	}
}

// restoreStragglersLocked goes on with those of an earlier life.
func (q *Queue) restoreStragglersLocked(late []journal.Late) {
	q.unsure = q.now().Add(stragglerMost)
	for _, l := range late {
		off := restoredCallOff(l.Off)
		if l.Place == 0 {
			q.stageLocked(commit.Change{Batch: journal.Batch{Late: []journal.Late{{Place: l.Place, Over: true}}}})
			continue
		}
		q.straggleLocked(l.Place, straggler{until: q.unsure, of: transfer.ID(l.ID), gen: l.Gen, kept: true, off: off})
	}
}
