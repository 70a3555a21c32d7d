package list

import (
	"container/heap"
	"time"
)

// dueHeap orders entries by Due. Each entry is in at most one of them, once.
type dueHeap[E Node[E]] []E

func (h dueHeap[E]) Len() int { return len(h) }
func (h dueHeap[E]) Less(i, j int) bool {
	a, b := h[i].Listed(), h[j].Listed()
	c := a.Due.Compare(*b.Due)
	return c < 0 || c == 0 && a.ID < b.ID
}
func (h dueHeap[E]) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].Listed().timed, h[j].Listed().timed = int32(i), int32(j)
}
func (h *dueHeap[E]) Push(x any) {
	e := x.(E)
	e.Listed().timed = int32(len(*h))
	*h = append(*h, e)
}
func (h *dueHeap[E]) Pop() any {
	var none E
	e := (*h)[len(*h)-1]
	(*h)[len(*h)-1] = none
	*h = (*h)[:len(*h)-1]
	i := e.Listed()
	i.timed, i.Due = -1, nil
	return e
}

// timersOf is the heap in which the entry waits, should it wait. Those that are received and those that are tried again
// wait apart, because the end of an outage ends all waits of the latter, and there may be many of the former.
func (l *List[E]) timersOf(i *Item[E]) *dueHeap[E] {
	if i.State == Receiving {
		return &l.settling
	}
	return &l.retrying
}

// Wake sets the time of an entry: the end of its settle time while it is received, or else of its wait before the next
// try. It reports whether that is now the first one.
func (l *List[E]) Wake(e E, at time.Time) (first bool) {
	i := e.Listed()
	i.Due = &at
	if h := l.timersOf(i); i.timed >= 0 {
		heap.Fix(h, int(i.timed))
	} else {
		heap.Push(h, e)
	}
	return i.timed == 0
}

// Unwake takes that back.
func (l *List[E]) Unwake(e E) {
	if i := e.Listed(); i.timed >= 0 {
		heap.Remove(l.timersOf(i), int(i.timed))
	}
}

// Waits reports whether the entry waits for its next try, or for the end of its settle time.
func (l *List[E]) Waits(e E) bool { return e.Listed().timed >= 0 }

// Settled takes the next entry whose settle time is over. Where there is none, ok is false, and wait is how long the
// next one has: an hour at most.
func (l *List[E]) Settled(now time.Time) (e E, wait time.Duration, ok bool) {
	return next(&l.settling, now, false)
}

// ToRetry is Settled for entries that wait for their next try. hurry: the first one need not wait any more.
func (l *List[E]) ToRetry(now time.Time, hurry bool) (e E, wait time.Duration, ok bool) {
	return next(&l.retrying, now, hurry)
}

func next[E Node[E]](h *dueHeap[E], now time.Time, hurry bool) (e E, wait time.Duration, ok bool) {
	wait = time.Hour
	if len(*h) > 0 {
		wait = min(wait, (*h)[0].Listed().Due.Sub(now))
	}
	if len(*h) == 0 || wait > 0 && !hurry {
		return e, wait, false
	}
	return heap.Pop(h).(E), 0, true
}

// Retrying returns how many entries wait for their next try.
func (l *List[E]) Retrying() int { return len(l.retrying) }

// SettleBy has the settle times of all entries end by now, in the order in which they would have.
func (l *List[E]) SettleBy(now time.Time, each func(E)) {
	var latest time.Time
	for _, e := range l.settling {
		each(e)
		if due := *e.Listed().Due; due.After(latest) {
			latest = due
		}
	}
	if early := latest.Sub(now); early > 0 { // of all by as much
		for _, e := range l.settling {
			i := e.Listed()
			*i.Due = i.Due.Add(-early)
		}
	}
}
