package level

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

// First is how many are let in at the beginning, Most how many there ever are.
const (
	First = 8
	Most  = 64
)

// ErrStopped says that stop was closed before it was a request's turn.
var ErrStopped = errors.New("level: stopped")

// Level lets in as many at once as it has found to be good. It may be used by many goroutines at once.
type Level struct {
	mu      sync.Mutex // guards the rest
	now     int        // that may be under way at once
	under   int        // that are
	waiting list.List  // of chan struct{}, closed when it may go; first come, first served
	cuts    int        // how often it was too many
	climb   climb
}

// New returns a Level at First.
func New() *Level {
	l := &Level{now: First}
	l.climb.begin(First)
	return l
}

// Begin forgets what was found, because the line is another now, and begins with first.
func (l *Level) Begin(first int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = first
	l.climb.begin(first)
	l.admitLocked()
}

// Now is how many may be under way at once.
func (l *Level) Now() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

// Pass is the right of one request to be under way.
type Pass struct{ cuts int }

// Enter waits until one more may be under way. Whoever gets a Pass must Leave.
func (l *Level) Enter(ctx context.Context, stop <-chan struct{}) (Pass, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.under < l.now {
		l.under++
		return Pass{l.cuts}, nil
	}
	turn := make(chan struct{})
	place := l.waiting.PushBack(turn)
	l.mu.Unlock()
	var err error
	select {
	case <-turn:
	case <-stop:
		err = ErrStopped
	case <-ctx.Done():
		err = ctx.Err()
	}
	l.mu.Lock()
	if err == nil {
		return Pass{l.cuts}, nil
	}
	select {
	case <-turn: // its turn came in the same moment
		l.under--
		l.admitLocked()
	default:
		l.waiting.Remove(place)
	}
	return Pass{}, err
}

// Outcome is what came of a request.
type Outcome int

const (
	Failed   Outcome = iota // it says nothing about how many there should be
	Arrived                 // the line works
	TimedOut                // the line may be full, or down
	Refused                 // the server takes fewer
)

// Leave ends what Enter began.
func (l *Level) Leave(p Pass, o Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.under--
	switch o {
	case Arrived:
		l.climb.arrived()
	case TimedOut, Refused:
		if p.cuts == l.cuts { // who began before the last time says nothing new
			l.cuts++
			l.now = l.climb.crowded(time.Now(), o == Refused)
		}
	case Failed:
	}
	l.admitLocked()
	if l.under < l.now {
		l.climb.idle()
	}
}

// Moved is told of bytes of requests under way that left.
func (l *Level) Moved(bytes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.under < l.now {
		l.climb.idle()
		return
	}
	l.now = l.climb.moved(time.Now(), bytes)
	l.admitLocked()
}

// admitLocked lets in who waits, as far as there is room.
func (l *Level) admitLocked() {
	for l.under < l.now && l.waiting.Len() > 0 {
		close(l.waiting.Remove(l.waiting.Front()).(chan struct{}))
		l.under++
	}
}
