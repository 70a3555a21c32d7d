package list

import "fmt"

// Verify recounts everything, and lists what does not add up. It is for tests, as it looks at all entries.
func (l *List[E]) Verify() (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	var counts [len(stateNames)]Count
	var parked int64
	listed, underWay := 0, 0
	for e := range l.All() {
		i := e.Listed()
		listed++
		c := &counts[i.State]
		c.Entries++
		c.Bytes += i.Size
		c.Uploaded += i.Uploaded
		if i.Parked {
			parked++
		}
		if l.byID[i.ID] != e {
			say("#%d is not found by its id", i.ID)
		}
		if _, is := l.underWay[e]; is {
			underWay++
			if i.State != Uploading && i.State != Paused {
				say("#%d is %v and under way", i.ID, i.State)
			}
		}
	}
	if counts != l.counts {
		say("counts are %v, recounted %v", l.counts, counts)
	}
	for state := range l.standings {
		var standing int64
		for e := range l.standings[state].All {
			if standing++; int(e.Listed().State) != state {
				say("#%d is %v and stands among the %v", e.Listed().ID, e.Listed().State, State(state))
			}
		}
		if standing != counts[state].Entries {
			say("%d stand among the %v, %d are", standing, State(state), counts[state].Entries)
		}
	}
	if parked != l.parked || listed != len(l.byID) || underWay != len(l.underWay) {
		say("%d are parked, %d listed, %d under way; recounted %d, %d, %d", l.parked, len(l.byID), len(l.underWay),
			parked, listed, underWay)
	}
	for failed, line := range map[bool]orderHeap[E]{false: l.ready, true: l.again.orderHeap} {
		for n, e := range line {
			if _, is := e.Tried(); e.Listed().ranked != int32(n) || is != failed || l.byID[e.Listed().ID] != e {
				say("#%d stands wrong in a line for places: failed %v", e.Listed().ID, failed)
			}
		}
	}
	for _, h := range []dueHeap[E]{l.settling, l.retrying} {
		for n, e := range h {
			if e.Listed().timed != int32(n) || l.byID[e.Listed().ID] != e {
				say("#%d stands wrong among the timers", e.Listed().ID)
			}
		}
	}
	return wrong
}
