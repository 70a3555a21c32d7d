package upload

import (
	"sync"

	"inboxfs/queue/wake"
)

// rests knows whether a run can do anything but wait. Its goroutines make requests, or rest before the next try of one.
// When all rest and others want the place, the run ends.
type rests struct {
	wanted <-chan struct{} // Job.Wanted

	mu      sync.Mutex    // guards the rest
	workers int           // goroutines that make requests
	resting int           // of them rest
	over    chan struct{} // closed when the run is to end
}

// newRests is for a run with one goroutine.
func newRests(wanted <-chan struct{}) *rests {
	return &rests{wanted: wanted, workers: 1, over: make(chan struct{})}
}

// join adds n goroutines; a negative n takes them away.
func (r *rests) join(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.workers += n
	r.lookLocked()
}

// begin says that one more rests.
func (r *rests) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resting++
	r.lookLocked()
}

// end says that one rests no more.
func (r *rests) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resting--
}

// look is called when others want the place while somebody rests.
func (r *rests) look() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lookLocked()
}

// last reports whether the run would end if one more rested.
func (r *rests) last() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return wake.Closed(r.wanted) && r.resting+1 >= r.workers
}

func (r *rests) lookLocked() {
	if wake.Closed(r.wanted) && r.resting > 0 && r.resting >= r.workers && !wake.Closed(r.over) {
		close(r.over)
	}
}
