package seal

import (
	"io"
	"io/fs"
	"slices"
	"sync"
	"time"

	"inboxfs/queue/spool"
	"inboxfs/queue/wake"
)

// Options is what a Sealer asks of its owner.
type Options[N Node] struct {
	Top     string          // folder above all drops: the names that lead to a drop are synced up to it
	Mounted <-chan struct{} // closed when files outside the spool may be looked at
	Visible sync.Locker     // held while Wanted and Begin are called
	Now     func() time.Time

	Wanted func(N) bool                         // reports whether the drop is still to be sealed
	Begin  func(N)                              // the drop is taken on, as it is called now: Drop.Path is wanted
	Before func()                               // is called before contents are synced
	Guard  func(N) error                        // why a drop in the spool is not to be read; nil: it is
	Follow func(N)                              // seals a foreign one, but for its turn. It may hang
	Sure   func(N)                              // waits for a rename of a file that is gone under its name
	Ended  func(stop <-chan struct{}, all ...N) // tells what became of some
	Go     func(func())                         // starts a goroutine that may hang as long as a disk does
}

// Sealer brings drops to stable storage.
type Sealer[N Node] struct {
	// Sync brings a content to stable storage: spool.Sync, but for tests.
	Sync func(path string, look func(io.ReaderAt, fs.FileInfo)) (fs.FileInfo, error)

	o    Options[N]
	bell wake.Bell

	mu      sync.Mutex // guards the lists
	due     []N
	large   []N
	foreign []N
}

const (
	Gather    = 50 * time.Millisecond // how long to wait for more drops that may share a disk wait
	BatchMost = 256                   // drops in one batch
	syncsMost = 16                    // fsyncs of a batch at once: the disk's journal joins them
	LargeMost = 4                     // large files at once

	foreignMost = 16 // looks outside the spool at once
)

// New returns a Sealer on which Run is to be called.
func New[N Node](o Options[N]) *Sealer[N] {
	return &Sealer[N]{Sync: spool.Sync, o: o, bell: wake.NewBell()}
}

// Add hands over a drop that has settled. It does not wait.
func (s *Sealer[N]) Add(n N) {
	s.mu.Lock()
	s.due = append(s.due, n)
	s.mu.Unlock()
	s.bell.Ring()
}

// Run seals what is due until stop is closed. What is left settles anew at the next start.
func (s *Sealer[N]) Run(stop <-chan struct{}) {
	slots, beside := make(chan struct{}, LargeMost), make(chan struct{}, foreignMost)
	for {
		select {
		case <-s.bell:
		case <-stop:
			return
		}
		select { // for more to come: one disk wait serves them all
		case <-time.After(Gather):
		case <-stop:
			return
		}
		for more := true; more && !wake.Closed(stop); {
			batch := s.take()
			s.o.Before() // they look as they do from now on
			more = len(batch) > 0
			small := s.sort(batch)
			foreign, large := s.waiting()
			for range foreign { // one each: any of them may hang
				s.startBeside(beside, func() { s.follow(stop) })
			}
			for range large {
				s.startBeside(slots, func() { s.sealLarge(stop) })
			}
			s.seal(small, stop)
		}
	}
}

// take returns the next batch; empty when nothing is due.
func (s *Sealer[N]) take() []N {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(BatchMost, len(s.due))
	batch := slices.Clone(s.due[:n])
	clear(s.due[:n])
	if s.due = s.due[n:]; len(s.due) == 0 {
		s.due = nil
	}
	return batch
}

// sort sets the large and the foreign files of a batch aside and returns the others.
func (s *Sealer[N]) sort(batch []N) (small []N) {
	s.o.Visible.Lock()
	defer s.o.Visible.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range batch {
		d := n.Sealing()
		switch {
		case !s.o.Wanted(n):
			continue
		case d.foreign:
			s.foreign = append(s.foreign, n)
		case d.size < LargeSize:
			d.began = s.o.Now()
			small = append(small, n)
		default:
			s.large = append(s.large, n)
		}
		s.o.Begin(n)
	}
	return small
}

// waiting returns how many foreign and large files nobody looks at yet.
func (s *Sealer[N]) waiting() (foreign, large int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.foreign), len(s.large)
}

// startBeside starts one more of those who do the work, unless as many as may are at it already: who ends looks whether
// something came in that moment.
func (s *Sealer[N]) startBeside(slots chan struct{}, work func()) {
	select {
	case slots <- struct{}{}:
		s.o.Go(func() {
			work()
			<-slots
			s.bell.Ring()
		})
	default:
	}
}
