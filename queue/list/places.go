package list

import (
	"container/heap"
	"slices"
)

// orderHeap orders entries by their position in the order of addition.
type orderHeap[E Node[E]] []E

func (h orderHeap[E]) Len() int           { return len(h) }
func (h orderHeap[E]) Less(i, j int) bool { return h[i].Listed().Order < h[j].Listed().Order }
func (h orderHeap[E]) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].Listed().ranked, h[j].Listed().ranked = int32(i), int32(j)
}
func (h *orderHeap[E]) Push(x any) {
	e := x.(E)
	e.Listed().ranked = int32(len(*h))
	*h = append(*h, e)
}
func (h *orderHeap[E]) Pop() any {
	var none E
	e := (*h)[len(*h)-1]
	(*h)[len(*h)-1] = none
	*h = (*h)[:len(*h)-1]
	e.Listed().ranked = -1
	return e
}

// failedHeap orders entries that failed: first those that failed least often, then by their position in the order of
// addition.
type failedHeap[E Node[E]] struct{ orderHeap[E] }

func (h failedHeap[E]) Less(i, j int) bool {
	a, _ := h.orderHeap[i].Tried()
	b, _ := h.orderHeap[j].Tried()
	if a != b {
		return a < b
	}
	return h.orderHeap.Less(i, j)
}

// LineUp puts the entry into the line in which it waits for a place: that of those that failed, if it is one of them.
func (l *List[E]) LineUp(e E) {
	if e.Listed().ranked >= 0 {
		return
	}
	if _, failed := e.Tried(); failed {
		heap.Push(&l.again, e)
	} else {
		heap.Push(&l.ready, e)
	}
}

// OutOfLine takes that back.
func (l *List[E]) OutOfLine(e E) {
	switch i := int(e.Listed().ranked); {
	case i < 0:
	case i < l.again.Len() && l.again.orderHeap[i] == e:
		heap.Remove(&l.again, i)
	default:
		heap.Remove(&l.ready, i)
	}
}

// First returns the entry that is first in line of those that never failed, or the zero E.
func (l *List[E]) First() E { return l.ready.first() }

// FirstAgain returns the entry that is first in line of those that failed, or the zero E.
func (l *List[E]) FirstAgain() E { return l.again.first() }

func (h orderHeap[E]) first() (e E) {
	if len(h) > 0 {
		e = h[0]
	}
	return e
}

// InLine returns how many entries that never failed, and that did, are in line for a place.
func (l *List[E]) InLine() (ready, again int) { return len(l.ready), l.again.Len() }

// Again returns the entries that failed and are in line, in no order.
func (l *List[E]) Again() []E { return l.again.orderHeap }

// NextReady returns up to most entries that are ready, in the order in which they get places. The rest of the lines,
// which is uploading and waits for another try, is passed over; no more than a few times most of them is looked at.
func (l *List[E]) NextReady(most int) []E {
	some := nextOf(l.ready, l.ready.Less, most)
	return append(some, nextOf(l.again.orderHeap, l.again.Less, most-len(some))...)
}

func nextOf[E Node[E]](h []E, less func(i, j int) bool, most int) (ready []E) {
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
		if h[i].Listed().State == Ready {
			ready = append(ready, h[i])
		}
		open[at] = 2*i + 1
		open = append(open, 2*i+2)
	}
	return ready
}
