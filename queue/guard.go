package queue

import (
	"hash/maphash"
	"slices"
	"sync"
)

// guard keeps what happens to one name in the inbox in step with what the queue knows of it. The filesystem holds it
// around an operation on a name and the call that tells the queue; the queue holds it while it unlinks an uploaded or
// deleted file. So nobody opens, or renames onto, a name whose file is being removed. doc.go has the order of the
// locks.
type guard struct {
	seed    maphash.Seed
	stripes [64]sync.Mutex
}

// Guard locks the names and returns what unlocks them. Held for the time of local metadata operations only.
func (q *Queue) Guard(names ...string) (unlock func()) {
	g := &q.names
	stripes := make([]int, 0, 2)
	for _, name := range names {
		stripes = append(stripes, int(maphash.String(g.seed, name)%uint64(len(g.stripes))))
	}
	slices.Sort(stripes)
	stripes = slices.Compact(stripes)
	for _, i := range stripes {
		g.stripes[i].Lock()
	}
	return func() {
		for _, i := range stripes {
			g.stripes[i].Unlock()
		}
	}
}

// GuardAll locks all names: for operations that move whole folders.
func (q *Queue) GuardAll() (unlock func()) {
	for i := range q.names.stripes {
		q.names.stripes[i].Lock()
	}
	return func() {
		for i := range q.names.stripes {
			q.names.stripes[i].Unlock()
		}
	}
}

// guardEntryLocked guards the name that an entry has. q.mu is held before and after, and given up meanwhile, so the
// caller must look again at whatever it knew.
func (q *Queue) guardEntryLocked(e *entry) (unlock func()) {
	for {
		name := e.name()
		q.mu.Unlock()
		unlock = q.Guard(name)
		q.mu.Lock()
		if e.name() == name {
			return unlock
		}
		q.mu.Unlock()
		unlock()
		q.mu.Lock()
	}
}
