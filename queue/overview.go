package queue

import (
	"cmp"
	"slices"
)

// Overview is what somebody sees at a glance of a list of any length: the sums, and some of each state.
type Overview struct {
	Summary
	Entries map[State][]Info
}

// Overview is a snapshot of the queue with at most so many entries of each state: of those under way the ones that send
// just now first, of the ready ones those whose turn comes next, of all others the newest. What it costs depends on
// most and not on the length of the list.
func (q *Queue) Overview(most int) Overview {
	q.mu.Lock()
	o := Overview{Summary: q.summaryLocked(), Entries: make(map[State][]Info, len(States))}
	written := make(map[int]string)
	for _, state := range States {
		entries := q.someLocked(state, most)
		infos := make([]Info, len(entries))
		for i, e := range entries {
			infos[i] = q.infoLocked(e)
			if e.state == Receiving && e.writers > 0 {
				written[i] = q.pathLocked(e)
			}
		}
		o.Entries[state] = infos
	}
	q.mu.Unlock()
	for i, path := range written {
		info := &o.Entries[Receiving][i]
		info.Size = growing(path, info.Size)
	}
	return o
}

// someLocked is up to most entries that stand in a state, in the order of Overview.
func (q *Queue) someLocked(state State, most int) []*entry {
	all := &q.standings[state]
	switch state {
	case Ready:
		some := nextOf(q.ready, q.ready.Less, most)
		return append(some, nextOf(q.again, q.again.Less, most-len(some))...)
	case Paused:
		return all.oldest(most)
	case Uploading: // of an outage there may be many that wait for another try
		var some []*entry
		for _, r := range q.sending {
			if r.e.run == r && r.e.state == Uploading {
				some = append(some, r.e)
			}
		}
		slices.SortFunc(some, func(a, b *entry) int { return cmp.Compare(a.order, b.order) })
		for _, e := range all.oldest(most + len(some)) {
			if e.run == nil {
				some = append(some, e)
			}
		}
		return some[:min(most, len(some))]
	default:
		return all.newest(most)
	}
}

// nextOf is up to most of the entries in a heap that are ready, in its order. The rest, which are uploading and in line
// for another try, are passed over; no more than a few times most of the heap is looked at.
func nextOf(h []*entry, less func(i, j int) bool, most int) (ready []*entry) {
	open := []int{0} // what comes next is one of these
	for seen := 0; seen < 4*most && len(ready) < most; seen++ {
		open = slices.DeleteFunc(open, func(i int) bool { return i >= len(h) })
		if len(open) == 0 {
			break
		}
		at := 0
		for i := range open {
			if less(open[i], open[at]) {
				at = i
			}
		}
		i := open[at]
		if h[i].state == Ready {
			ready = append(ready, h[i])
		}
		open[at] = 2*i + 1
		open = append(open, 2*i+2)
	}
	return ready
}
