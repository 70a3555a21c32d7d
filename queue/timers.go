package queue

import "container/heap"

// dueHeap orders entries by due: Queue.settling and Queue.retrying. Each entry is in at most one of them, once.
type dueHeap []*entry

func (h dueHeap) Len() int { return len(h) }
func (h dueHeap) Less(i, j int) bool {
	c := h[i].due.Compare(*h[j].due)
	return c < 0 || c == 0 && h[i].id < h[j].id
}
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].timed, h[j].timed = int32(i), int32(j)
}
func (h *dueHeap) Push(x any) { e := x.(*entry); e.timed = int32(len(*h)); *h = append(*h, e) }
func (h *dueHeap) Pop() any {
	e := (*h)[len(*h)-1]
	(*h)[len(*h)-1] = nil
	*h = (*h)[:len(*h)-1]
	e.timed, e.due = -1, nil
	return e
}

// orderHeap orders entries by their position in the order of addition; Queue.ready: what may start now.
type orderHeap []*entry

func (h orderHeap) Len() int           { return len(h) }
func (h orderHeap) Less(i, j int) bool { return h[i].order < h[j].order }
func (h orderHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].ranked, h[j].ranked = int32(i), int32(j)
}
func (h *orderHeap) Push(x any) { e := x.(*entry); e.ranked = int32(len(*h)); *h = append(*h, e) }
func (h *orderHeap) Pop() any {
	e := (*h)[len(*h)-1]
	(*h)[len(*h)-1] = nil
	*h = (*h)[:len(*h)-1]
	e.ranked = -1
	return e
}

// failedHeap orders entries that failed: first those that failed least often, then by their position in the order of
// addition; Queue.again: what may be tried now.
type failedHeap []*entry

func (h failedHeap) Len() int { return len(h) }
func (h failedHeap) Less(i, j int) bool {
	if a, b := h[i].target.tries, h[j].target.tries; a != b {
		return a < b
	}
	return h[i].order < h[j].order
}
func (h failedHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].ranked, h[j].ranked = int32(i), int32(j)
}
func (h *failedHeap) Push(x any) { (*orderHeap)(h).Push(x) }
func (h *failedHeap) Pop() any   { return (*orderHeap)(h).Pop() }

// set adds the entry, or moves it after its due changed.
func (h *dueHeap) set(e *entry) {
	if e.timed >= 0 {
		heap.Fix(h, int(e.timed))
	} else {
		heap.Push(h, e)
	}
}

func (h *dueHeap) remove(e *entry) {
	if e.timed >= 0 {
		heap.Remove(h, int(e.timed))
	}
}

// lineUpLocked puts the entry into the line in which it waits for a place: that of those that failed, if it is one of
// them.
func (q *Queue) lineUpLocked(e *entry) {
	switch {
	case e.ranked >= 0:
	case e.failed():
		heap.Push(&q.again, e)
	default:
		heap.Push(&q.ready, e)
	}
}

// outOfLineLocked takes that back.
func (q *Queue) outOfLineLocked(e *entry) {
	switch i := int(e.ranked); {
	case i < 0:
	case i < len(q.again) && q.again[i] == e:
		heap.Remove(&q.again, i)
	default:
		heap.Remove(&q.ready, i)
	}
}

// failed reports whether the last run of the entry failed without that anything arrived.
func (e *entry) failed() bool { return e.target != nil && e.target.failed }
