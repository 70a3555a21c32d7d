package queue

import (
	"fmt"
	"slices"

	"inboxfs/queue/names"
	"inboxfs/queue/transfer"
)

// inconsistent lists what of the queue's books does not add up. It takes the lock.
func (q *Queue) inconsistent() (all []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	var counts [len(stateNames)]Count
	var parked int64
	listed, uploads, videos, addresses := 0, 0, 0, 0
	q.eachLocked(func(e *entry) {
		listed++
		counts[e.state].Entries++
		counts[e.state].Bytes += e.size
		counts[e.state].Uploaded += e.uploaded
		if e.parked {
			parked++
		}
		if wrong := q.wrongWith(e); wrong != "" {
			say("#%d %q is %v: %s", e.id, e.name(), e.state, wrong)
		}
		if address := q.addressLocked(e); address != 0 {
			addresses++
			if !q.addresses.any(address, func(other *entry) bool { return other == e }) {
				say("#%d %q is not found by its address", e.id, e.name())
			}
		}
		uploadID, video := e.ids()
		if _, piece := transfer.Whole(video); piece {
			video = ""
		}
		for _, x := range []struct {
			index *index[string]
			found *int
			key   string
		}{{&q.uploads, &uploads, uploadID}, {&q.videos, &videos, video}} {
			if x.key != "" {
				*x.found++
				if !x.index.any(x.key, func(other *entry) bool { return other == e }) {
					say("#%d %q is not found by %q", e.id, e.name(), x.key)
				}
			}
		}
	})
	if n := q.addresses.entries(); n != addresses {
		say("%d are found by their addresses, and there are %d", n, addresses)
	}
	if n, m := q.uploads.entries(), q.videos.entries(); n != uploads || m != videos {
		say("%d are found by their uploads and %d by their videos, and there are %d and %d", n, m, uploads, videos)
	}
	if counts != q.counts {
		say("counts are %v, recounted %v", q.counts, counts)
	}
	for state := range q.standings {
		var standing int64
		for e := q.standings[state].first; e != nil; e = e.newer {
			if standing++; int(e.state) != state || e.gone || e.newer == nil && e != q.standings[state].last {
				say("#%d is %v and stands among the %v", e.id, e.state, State(state))
			}
		}
		if standing != counts[state].Entries {
			say("%d stand among the %v, %d are", standing, State(state), counts[state].Entries)
		}
	}
	if parked != q.parked {
		say("%d are parked, recounted %d", q.parked, parked)
	}
	if listed != len(q.byID) {
		say("%d are listed, %d have an id", listed, len(q.byID))
	}
	inTurn := make(map[*sealing]bool)
	for i, s := range q.turns.line {
		if inTurn[s] = true; i > 0 && s.joined.Before(q.turns.line[i-1].joined) {
			say("#%d settled before those whose turn comes before its own", s.e.id)
		}
	}
	q.eachLocked(func(e *entry) {
		if s := e.seal; s != nil && !s.staged && !s.passed && !inTurn[s] {
			say("#%d is being sealed, and its turn never comes", e.id)
		}
	})
	for failed, line := range map[bool][]*entry{false: q.ready, true: q.again} {
		for i, e := range line {
			if e.ranked != int32(i) || e.gone || e.failed() != failed {
				say("#%d stands wrong in a line for places: failed %v", e.id, failed)
			}
		}
	}
	trying, mute, back := 0, 0, 0
	for _, r := range q.sending {
		trying += count(r.failed && !r.mute)
		mute += count(r.mute)
		back += count(!r.mute && r.held > 0)
	}
	if trying != q.fair.trying {
		say("%d files are tried again, counted %d", trying, q.fair.trying)
	}
	for _, h := range []dueHeap{q.settling, q.retrying} {
		for i, e := range h {
			if e.timed != int32(i) || e.gone {
				say("#%d stands wrong among the timers", e.id)
			}
		}
	}
	for _, wrong := range q.rivalsWrong() {
		say("%s", wrong)
	}
	for e := range q.underWay {
		if e.gone || e.arrived || e.state != Uploading && e.state != Paused {
			say("#%d is %v and under way", e.id, e.state)
		}
	}
	if q.active != len(q.sending) || q.active-mute-back > q.o.Files || mute != q.mutes.runs || mute > muteMost {
		say("%d runs to %d places, %d allowed; %d without a place, counted %d", q.active, len(q.sending), q.o.Files,
			mute,
			q.mutes.runs)
	}
	return all
}

// rivalsWrong lists what is wrong with places, and with who waits because of them.
func (q *Queue) rivalsWrong() (all []string) {
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	placed := 0
	q.eachLocked(func(e *entry) {
		place, next := e.places()
		for _, p := range []uint64{place, next} {
			if p != 0 {
				placed++
				if !q.places.any(p, func(o *entry) bool { return o == e }) {
					say("#%d is not found by its place", e.id)
				}
			}
		}
		switch {
		case place != 0 && (e.state == Success || e.arrived || e.replaced() && e.state == Canceled), place == 0 &&
			next != 0:
			say("#%d is %v and still has a place", e.id, e.state)
		case place == 0 && e.pending():
			say("#%d is %v and goes nowhere", e.id, e.state)
		case e.replaced() && (e.pending() || e.state == Failure || e.state == Held):
			say("#%d is replaced, and %v", e.id, e.state)
		}
	})
	if n := q.places.entries(); n != placed {
		say("%d are found by their places, %d have one", n, placed)
	}
	for e := range q.behind {
		if e.gone || e.ranked >= 0 || e.timed >= 0 || !e.pending() || !q.blockedLocked(e) {
			say("#%d is %v and was passed over for nothing", e.id, e.state)
		}
	}
	for e := range q.mediums.back {
		m, of := q.mediums.of[e], q.mediums.names[e.name()]
		lacks := func(name string) bool { return !q.hasLocked(m, name) }
		switch whole := m != nil && m.read && (!m.live || e.trusted) && !slices.ContainsFunc(m.files, lacks); {
		case e.gone || e.ranked >= 0 || e.timed >= 0 || e.state != Ready || e.run != nil:
			say("#%d is %v and is kept back", e.id, e.state)
		case whole, m == nil && of != nil && of.made:
			say("#%d %q is kept back for nothing", e.id, e.name())
		}
	}
	for _, m := range q.mediums.of {
		for e := range m.kept {
			if !q.isBackLocked(e) {
				say("#%d %q is listed as one that waits for %q", e.id, e.name(), m.e.name())
			}
		}
		for e := range m.under {
			if !q.isBackLocked(e) {
				say("#%d %q is listed as one that waits as long as %q", e.id, e.name(), m.e.name())
			}
		}
	}
	for place, r := range q.sending {
		if r.place != place {
			say("the run of #%d is listed by another place", r.e.id)
		}
	}
	return all
}

// wrongWith says what keeps the entry from going on, or should not be there; "" when all is well.
func (q *Queue) wrongWith(e *entry) string {
	timed, ranked := e.timed >= 0, e.ranked >= 0
	if e.state == Ready || e.state == Uploading && e.run == nil {
		_, passed := q.behind[e]
		ranked = ranked || passed || q.isBackLocked(e)
	}
	_, underWay := q.underWay[e]
	switch {
	case e.gone || q.byID[e.id] != e:
		return "it is gone, and listed"
	case !e.isLoose() && q.tree.get(e.name()) != e:
		return "another stands in its place"
	case e.isLoose() && e.inInbox() && e.state != Success && !e.arrived:
		return "it has a file and no place"
	case e.parked && e.state != Receiving, e.seal != nil && e.state != Receiving, e.writers > 0 &&
		e.state != Receiving && e.state != Canceled:
		return "it has what only a received one may have"
	case e.parked && q.o.Names.Class(e.name()) != names.Waiting && q.companionLocked(e) == "":
		return "it waits for nothing"
	case e.arrived && (timed || e.ranked >= 0 || underWay):
		return "it has arrived, and goes on"
	case e.arrived:
		return ""
	case underWay != (e.state == Uploading || e.state == Paused):
		return "under way or not"
	}
	ways := 0
	for _, way := range []bool{timed, e.seal != nil, e.parked, e.writers > 0} {
		if way {
			ways++
		}
	}
	switch e.state {
	case Receiving:
		if ways != 1 && !(ways == 0 && q.unmovedLocked(e)) || ranked {
			return fmt.Sprintf("timed %v, sealing %v, parked %v, %d writers, ranked %v", timed, e.seal != nil, e.parked,
				e.writers, ranked)
		}
	case Ready:
		if timed || !ranked || !e.sealed || e.dirty {
			return fmt.Sprintf("timed %v, ranked %v, sealed %v, dirty %v", timed, ranked, e.sealed, e.dirty)
		}
	case Uploading:
		if n := count(e.run != nil) + count(timed) + count(ranked); n != 1 {
			return fmt.Sprintf("run %v, timed %v, ranked %v", e.run != nil, timed, ranked)
		}
	default:
		if timed || ranked {
			return "it waits for something"
		}
	}
	return ""
}

// entries is how many are in the index.
func (x *index[K]) entries() int {
	n := len(x.first)
	for _, more := range x.more {
		n += len(more)
	}
	return n
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
