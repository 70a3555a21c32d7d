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

func (h *orderHeap) add(e *entry) {
	if e.ranked < 0 {
		heap.Push(h, e)
	}
}

func (h *orderHeap) remove(e *entry) {
	if e.ranked >= 0 {
		heap.Remove(h, int(e.ranked))
	}
}
