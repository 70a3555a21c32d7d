package queue

import "slices"

// line is a list of entries in order in which entries are added at the end and taken from anywhere, both in constant
// time on average: what is taken leaves a hole, and holes are squeezed out when they are half of the slice. Guarded by
// Queue.mu.
type line struct {
	entries []*entry
	holes   int
}

func (l *line) add(e *entry) {
	e.pos = int32(len(l.entries))
	l.entries = append(l.entries, e)
}

func (l *line) take(e *entry) {
	l.entries[e.pos] = nil
	l.holes++
	if l.holes > 32 && l.holes > len(l.entries)/2 {
		l.entries = slices.DeleteFunc(l.entries, func(e *entry) bool { return e == nil })
		for i, e := range l.entries {
			e.pos = int32(i)
		}
		l.holes = 0
	}
}

// all visits the entries in order. fn must not change the line.
func (l *line) all(fn func(*entry)) {
	for _, e := range l.entries {
		if e != nil {
			fn(e)
		}
	}
}
