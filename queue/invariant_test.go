package queue

import (
	"fmt"
	"slices"

	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/transfer"
)

// inconsistent lists what of the queue's books does not add up. It takes the lock.
func (q *Queue) inconsistent() (all []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	all = q.list.Verify()
	uploads, videos, addresses := 0, 0, 0
	for e := range q.list.All() {
		if wrong := q.wrongWith(e); wrong != "" {
			say("#%d %q is %v: %s", e.ID, e.name(), e.State, wrong)
		}
		if address := q.addressLocked(e); address != 0 {
			addresses++
			if !q.addresses.Any(address, func(other *entry) bool { return other == e }) {
				say("#%d %q is not found by its address", e.ID, e.name())
			}
		}
		uploadID, video := e.ids()
		if _, piece := transfer.Whole(video); piece {
			video = ""
		}
		for _, x := range []struct {
			index *list.Index[string, *entry]
			found *int
			key   string
		}{{&q.uploads, &uploads, uploadID}, {&q.videos, &videos, video}} {
			if x.key != "" {
				*x.found++
				if !x.index.Any(x.key, func(other *entry) bool { return other == e }) {
					say("#%d %q is not found by %q", e.ID, e.name(), x.key)
				}
			}
		}
	}
	if n := q.addresses.Len(); n != addresses {
		say("%d are found by their addresses, and there are %d", n, addresses)
	}
	if n, m := q.uploads.Len(), q.videos.Len(); n != uploads || m != videos {
		say("%d are found by their uploads and %d by their videos, and there are %d and %d", n, m, uploads, videos)
	}
	inTurn := make(map[*sealing]bool)
	var before *sealing
	for s := range q.turns.All() {
		if inTurn[s] = true; before != nil && s.Joined().Before(before.Joined()) {
			say("#%d settled before those whose turn comes before its own", s.e.ID)
		}
		before = s
	}
	for e := range q.list.All() {
		if s := e.seal; s != nil && !s.staged && !s.Passed() && !inTurn[s] {
			say("#%d is being sealed, and its turn never comes", e.ID)
		}
	}
	trying, mute, back := 0, 0, 0
	for _, r := range q.sending {
		trying += count(r.failed && !r.mute)
		mute += count(r.mute)
		back += count(!r.mute && r.held > 0)
	}
	if trying != q.fair.Trying {
		say("%d files are tried again, counted %d", trying, q.fair.Trying)
	}
	for _, wrong := range q.rivalsWrong() {
		say("%s", wrong)
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
	for e := range q.list.All() {
		place, next := e.places()
		for _, p := range []uint64{place, next} {
			if p != 0 {
				placed++
				if !q.places.Any(p, func(o *entry) bool { return o == e }) {
					say("#%d is not found by its place", e.ID)
				}
			}
		}
		switch {
		case place != 0 && (e.State == list.Success || e.arrived || e.replaced() && e.State == list.Canceled),
			place == 0 &&
				next != 0:
			say("#%d is %v and still has a place", e.ID, e.State)
		case place == 0 && e.pending():
			say("#%d is %v and goes nowhere", e.ID, e.State)
		case e.replaced() && (e.pending() || e.State == list.Failure || e.State == list.Held):
			say("#%d is replaced, and %v", e.ID, e.State)
		}
	}
	if n := q.places.Len(); n != placed {
		say("%d are found by their places, %d have one", n, placed)
	}
	for e := range q.behind {
		if e.gone || e.InLine() || e.Waits() || !e.pending() || !q.blockedLocked(e) {
			say("#%d is %v and was passed over for nothing", e.ID, e.State)
		}
	}
	for e := range q.mediums.back {
		m, of := q.mediums.of[e], q.mediums.names[e.name()]
		lacks := func(name string) bool { return !q.hasLocked(m, name) }
		switch whole := m != nil && m.read && (!m.live || e.trusted) && !slices.ContainsFunc(m.files, lacks); {
		case e.gone || e.InLine() || e.Waits() || e.State != list.Ready || e.run != nil:
			say("#%d is %v and is kept back", e.ID, e.State)
		case whole, m == nil && of != nil && of.made:
			say("#%d %q is kept back for nothing", e.ID, e.name())
		}
	}
	for _, m := range q.mediums.of {
		for e := range m.kept {
			if !q.isBackLocked(e) {
				say("#%d %q is listed as one that waits for %q", e.ID, e.name(), m.e.name())
			}
		}
		for e := range m.under {
			if !q.isBackLocked(e) {
				say("#%d %q is listed as one that waits as long as %q", e.ID, e.name(), m.e.name())
			}
		}
	}
	for place, r := range q.sending {
		if r.place != place {
			say("the run of #%d is listed by another place", r.e.ID)
		}
	}
	return all
}

// wrongWith says what keeps the entry from going on, or should not be there; "" when all is well.
func (q *Queue) wrongWith(e *entry) string {
	timed, ranked := e.Waits(), e.InLine()
	if e.State == list.Ready || e.State == list.Uploading && e.run == nil {
		_, passed := q.behind[e]
		ranked = ranked || passed || q.isBackLocked(e)
	}
	underWay := q.list.OnWay(e)
	switch {
	case e.gone || q.list.Get(e.ID) != e:
		return "it is gone, and listed"
	case !e.isLoose() && q.tree.get(e.name()) != e:
		return "another stands in its place"
	case e.isLoose() && e.inInbox() && e.State != list.Success && !e.arrived:
		return "it has a file and no place"
	case e.Parked && e.State != list.Receiving, e.seal != nil && e.State != list.Receiving, e.writers > 0 &&
		e.State != list.Receiving && e.State != list.Canceled:
		return "it has what only a received one may have"
	case e.Parked && q.o.Names.Class(e.name()) != names.Waiting && q.companionLocked(e) == "":
		return "it waits for nothing"
	case e.arrived && (timed || e.InLine() || underWay):
		return "it has arrived, and goes on"
	case e.arrived:
		return ""
	case underWay != (e.State == list.Uploading || e.State == list.Paused):
		return "under way or not"
	}
	ways := 0
	for _, way := range []bool{timed, e.seal != nil, e.Parked, e.writers > 0} {
		if way {
			ways++
		}
	}
	switch e.State {
	case list.Receiving:
		if ways != 1 && !(ways == 0 && q.unmovedLocked(e)) || ranked {
			return fmt.Sprintf("timed %v, sealing %v, parked %v, %d writers, ranked %v", timed, e.seal != nil, e.Parked,
				e.writers, ranked)
		}
	case list.Ready:
		if timed || !ranked || !e.sealed || e.dirty {
			return fmt.Sprintf("timed %v, ranked %v, sealed %v, dirty %v", timed, ranked, e.sealed, e.dirty)
		}
	case list.Uploading:
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

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
