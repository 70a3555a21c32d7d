package queue

import (
	"cmp"
	"slices"

	"inboxfs/queue/list"
)

// Overview is what somebody sees at a glance of a list of any length: the sums, and some of each state.
type Overview struct {
	list.Summary
	Entries map[list.State][]list.Info
}

// Overview is a snapshot of the queue with at most so many entries of each state: of those under way the ones that send
// just now first, of the ready ones those whose turn comes next, of all others the newest. What it costs depends on
// most and not on the length of the list.
func (q *Queue) Overview(most int) Overview {
	q.mu.Lock()
	o := Overview{Summary: q.summaryLocked(), Entries: make(map[list.State][]list.Info, len(list.States))}
	written := make(map[int]string)
	for _, state := range list.States {
		entries := q.someLocked(state, most)
		infos := make([]list.Info, len(entries))
		for i, e := range entries {
			infos[i] = q.infoLocked(e)
			if e.State == list.Receiving && e.writers > 0 {
				written[i] = q.pathLocked(e)
			}
		}
		o.Entries[state] = infos
	}
	q.mu.Unlock()
	for i, path := range written {
		info := &o.Entries[list.Receiving][i]
		info.Resize(growing(path, info.Size))
	}
	return o
}

// someLocked is up to most entries that stand in a state, in the order of Overview.
func (q *Queue) someLocked(state list.State, most int) []*entry {
	all := q.list.In(state)
	switch state {
	case list.Ready:
		return q.list.NextReady(most)
	case list.Paused:
		return all.Oldest(most)
	case list.Uploading: // of an outage there may be many that wait for another try
		var some []*entry
		for _, r := range q.sending {
			if r.e.run == r && r.e.State == list.Uploading {
				some = append(some, r.e)
			}
		}
		slices.SortFunc(some, func(a, b *entry) int { return cmp.Compare(a.Order, b.Order) })
		for _, e := range all.Oldest(most + len(some)) {
			if e.run == nil {
				some = append(some, e)
			}
		}
		return some[:min(most, len(some))]
	default:
		return all.Newest(most)
	}
}
