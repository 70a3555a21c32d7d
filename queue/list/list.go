package list

import (
	"fmt"
	"iter"

	"inboxfs/queue/transfer"
)

// List is the entries and their order. New makes one.
type List[E Node[E]] struct {
	LastID    transfer.ID // the last that was given
	LastOrder uint64      // the same of positions in the order of addition

	byID     map[transfer.ID]E
	underWay map[E]struct{} // uploading or paused
	added    line[E]        // entries that were ready once, in order of addition
	incoming line[E]        // the others, in order of creation

	counts    [len(stateNames)]Count
	standings [len(stateNames)]Standing[E]
	parked    int64

	ready orderHeap[E]  // what may start now
	again failedHeap[E] // those of them that failed

	settling dueHeap[E] // received, and waiting for the end of their settle time
	retrying dueHeap[E] // uploading, and waiting for the next try
}

// New returns an empty List.
func New[E Node[E]]() *List[E] {
	return &List[E]{byID: make(map[transfer.ID]E), underWay: make(map[E]struct{})}
}

// NextID gives an id that no entry had before.
func (l *List[E]) NextID() transfer.ID {
	l.LastID++
	return l.LastID
}

// Add puts an entry into the list. It is not counted yet: see Count.
func (l *List[E]) Add(e E) {
	i := e.Listed()
	l.LastID, l.LastOrder = max(l.LastID, i.ID), max(l.LastOrder, i.Order)
	l.byID[i.ID] = e
	l.lineOf(i).add(e)
}

// lineOf is the line in which an entry stands for its lifetime.
func (l *List[E]) lineOf(i *Item[E]) *line[E] {
	if i.Order > 0 {
		return &l.added
	}
	return &l.incoming
}

// Get returns the entry with that id, or the zero E.
func (l *List[E]) Get(id transfer.ID) E { return l.byID[id] }

// Len returns how many entries there are.
func (l *List[E]) Len() int { return len(l.byID) }

// All visits the entries in order of addition, those that never were ready last. None is added or taken meanwhile.
func (l *List[E]) All() iter.Seq[E] {
	return func(yield func(E) bool) {
		_ = l.added.all(yield) && l.incoming.all(yield) // whoever had enough is not asked again
	}
}

// Added returns a copy of the order of addition. It has zero values where entries were taken.
func (l *List[E]) Added() []E { return append([]E(nil), l.added.entries...) }

// UnderWay visits the entries whose upload has begun and not ended, in no order.
func (l *List[E]) UnderWay() iter.Seq[E] {
	return func(yield func(E) bool) {
		for e := range l.underWay {
			if !yield(e) {
				return
			}
		}
	}
}

// OnWay reports whether the entry's upload has begun and not ended.
func (l *List[E]) OnWay(e E) bool {
	_, is := l.underWay[e]
	return is
}

// EndWay says that an entry's upload has ended, though its state says so only later.
func (l *List[E]) EndWay(e E) { delete(l.underWay, e) }

// Rank gives the entry its place in the order of addition: the last one. A place it had is given up.
func (l *List[E]) Rank(e E) {
	i := e.Listed()
	l.lineOf(i).take(e)
	l.LastOrder++
	i.Order = l.LastOrder
	l.added.add(e)
}

// Remove takes an entry off the list for good.
func (l *List[E]) Remove(e E) {
	i := e.Listed()
	l.Unwake(e)
	l.OutOfLine(e)
	l.Park(e, false)
	l.count(e, -1)
	l.lineOf(i).take(e)
	delete(l.byID, i.ID)
	delete(l.underWay, e)
}

// Move is the only way to another state. It keeps the counts, the lines and the timers in step. A move that is not in
// the table is a fault of the program: Move panics.
func (l *List[E]) Move(e E, to State) {
	i := e.Listed()
	if !May(i.State, to) {
		panic(fmt.Sprintf("queue: entry %d may not go from %v to %v", i.ID, i.State, to))
	}
	l.Unwake(e)
	l.count(e, -1)
	i.State = to
	l.count(e, +1)
	if to != Receiving {
		l.Park(e, false)
	}
	switch to {
	case Ready:
		l.LineUp(e)
	case Uploading:
	default:
		l.OutOfLine(e)
	}
	if to == Uploading || to == Paused {
		l.underWay[e] = struct{}{}
	} else {
		delete(l.underWay, e)
	}
}
