package queue

import (
	"container/heap"
	"fmt"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/playlist"
)

// A file that looks like a segment waits for a playlist until aloneMost after the last such file was added to its
// folder, as programs write the playlist last, perhaps after hours; but no longer than aloneLongest, as cameras number
// films, too, and do not end.
const (
	aloneMost    = 10 * time.Minute
	aloneLongest = 6 * time.Hour
)

// alone is when the wait of a file that looks like a segment ends.
type alone struct {
	e  *entry
	at time.Time
}

// aloneHeap is those waits, the next one first. One that ended otherwise stays there until its time.
type aloneHeap []alone

func (h aloneHeap) Len() int           { return len(h) }
func (h aloneHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h aloneHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *aloneHeap) Push(x any)        { *h = append(*h, x.(alone)) }
func (h *aloneHeap) Pop() any {
	last := len(*h) - 1
	a := (*h)[last]
	(*h)[last] = alone{}
	*h = (*h)[:last]
	return a
}

// aloneUntil is when an entry that waits for a playlist is taken for a video of its own.
func (e *entry) aloneUntil() time.Time {
	last, longest := e.added, unixMilli(e.added).Add(aloneLongest)
	if !e.isLoose() {
		last = max(last, e.dir.alone)
	}
	if until := unixMilli(last).Add(aloneMost); until.Before(longest) {
		return until
	}
	return longest
}

// addedAloneLocked notes when a file was added that looks like a segment.
func (e *entry) addedAloneLocked() {
	if playlist.Segment(e.base) && e.standing() != list.Success && !e.isLoose() {
		e.dir.alone = max(e.dir.alone, e.added)
	}
}

// looksAloneLocked reports whether an entry looks like a segment, whatever lies beside it.
func (q *Queue) looksAloneLocked(e *entry) bool {
	return playlist.Segment(e.base) || playlist.Beginning(e.base) && !e.isLoose() && hasFragment(e.dir)
}

// hasFragment reports whether a folder has something that may begin with a file of its own.
func hasFragment(d *dir) bool {
	const most = 1000
	looks := 0
	for name := range d.files {
		if looks++; playlist.Fragment(name) {
			return true
		}
		if looks == most { // the others are in no order: it would have been among these
			break
		}
	}
	return false
}

// waitAloneLocked has an entry looked at again when it has waited long enough.
func (q *Queue) waitAloneLocked(e *entry) {
	ms := &q.mediums
	if _, waits := ms.timed[e]; waits {
		return
	}
	ms.timed[e] = struct{}{}
	heap.Push(&ms.alone, alone{e, e.aloneUntil()})
	if ms.alone[0].e == e {
		q.clockWake.Ring()
	}
}

// endAloneLocked ends the waits that are over, and says how long the next one has.
func (q *Queue) endAloneLocked(now time.Time) time.Duration {
	ms := &q.mediums
	for n := 0; len(ms.alone) > 0; n++ {
		next := ms.alone[0]
		if wait := next.at.Sub(now); wait > 0 {
			return wait
		}
		if n == tickMost {
			return 0
		}
		heap.Pop(&ms.alone)
		delete(ms.timed, next.e)
		q.comeForwardLocked(next.e)
	}
	return time.Hour
}

// stuckLocked says why an entry waits that is kept back while nothing is on its way for which it might; "" when it
// does not.
func (q *Queue) stuckLocked(e *entry) string {
	if !q.isBackLocked(e) || q.list.Of(list.Receiving).Entries > q.list.Parked() {
		return ""
	}
	why, hint := q.whyBackLocked(e)
	if m := q.mediums.of[e]; m != nil && m.made && q.leftLocked() > 0 || why == "" {
		return ""
	}
	if m := q.mediums.names[e.name()]; m != nil && !q.isBackLocked(m.e) {
		return ""
	}
	if hint != "" {
		hint = "; " + hint
	}
	return fmt.Sprintf("%q %s%s", e.name(), why, hint)
}
