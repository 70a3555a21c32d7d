package list

import "slices"

// line is a list of entries in order in which entries are added at the end and taken from anywhere, both in constant
// time on average: what is taken leaves a hole, and holes are squeezed out when they are half of the slice.
type line[E Node[E]] struct {
	entries []E
	holes   int
}

func (l *line[E]) add(e E) {
	e.Listed().pos = int32(len(l.entries))
	l.entries = append(l.entries, e)
}

func (l *line[E]) take(e E) {
	var hole E
	l.entries[e.Listed().pos] = hole
	l.holes++
	if l.holes > 32 && l.holes > len(l.entries)/2 {
		l.entries = slices.DeleteFunc(l.entries, func(e E) bool { return e == hole })
		for i, e := range l.entries {
			e.Listed().pos = int32(i)
		}
		l.holes = 0
	}
}

// all visits the entries in order until yield has had enough, and reports whether it has not.
func (l *line[E]) all(yield func(E) bool) bool {
	var hole E
	for _, e := range l.entries {
		if e != hole && !yield(e) {
			return false
		}
	}
	return true
}
