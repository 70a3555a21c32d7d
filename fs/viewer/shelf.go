package viewer

import (
	"slices"

	"inboxfs/fs/text"
	"inboxfs/queue"
)

// shelf keeps the first and the last entries of a state, of a list that may be long.
type shelf struct{ first, last []queue.Info }

func (s *shelf) add(i queue.Info) {
	if len(s.first) < text.ShownMost {
		s.first = append(s.first, i)
	}
	if len(s.last) == 2*text.ShownMost {
		s.last = append(s.last[:0], s.last[text.ShownMost:]...)
	}
	s.last = append(s.last, i)
}

// take is the entries in the order in which they are shown: those that wait for their turn as the list has them, and of those
// under way the ones that send first; of all others the newest.
func (s *shelf) take(state queue.State) []queue.Info {
	switch state {
	case queue.Ready, queue.Paused:
		return s.first
	case queue.Uploading:
		slices.SortStableFunc(s.first, func(a, b queue.Info) int {
			switch {
			case a.NextTry.IsZero() == b.NextTry.IsZero():
				return 0
			case a.NextTry.IsZero():
				return -1
			}
			return 1
		})
		return s.first
	}
	slices.Reverse(s.last)
	if state == queue.Success {
		slices.SortStableFunc(s.last, func(a, b queue.Info) int { return b.Finished.Compare(a.Finished) })
	}
	return s.last[:min(len(s.last), text.ShownMost)]
}
