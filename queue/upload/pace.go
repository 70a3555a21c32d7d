package upload

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"inboxfs/queue"
)

// pace slows requests down while the server says that there are too many of them, all together rather than each for
// itself:
//
//	too many       all pause, twice as long as the last time or as long as the server asks for; then half as many at once
//	got through    when all that may be under way at once did, one more may
//	all did        no limit any more; nor when nobody was refused for a while, however few there are
//
// A request that began before the last pause says nothing new when it is refused, too.
type pace struct {
	first, most time.Duration // shortest and longest pause that is not asked for

	mu      sync.Mutex    // guards the rest
	under   int           // requests under way
	limit   int           // of them; 0: none
	full    int           // requests that were under way when the limit was set first
	good    int           // that got through since limit changed
	until   time.Time     // nothing begins before
	pause   time.Duration // the last one
	cuts    int           // how often it was slowed down
	changed chan struct{} // closed and replaced when one that waits may go on
}

// quiet is after how many of the longest pauses without a refusal the limit is forgotten: five minutes by default, longer
// than a run waits that was given up.
const quiet = 30

func newPace(o Options) *pace {
	return &pace{first: o.BackoffBase, most: o.BackoffCap, changed: make(chan struct{})}
}

// errStopped says that stop was closed before it was a request's turn.
var errStopped = errors.New("no further request is to be made")

// make makes a request when it is its turn.
func (p *pace) make(ctx context.Context, stop <-chan struct{}, request func(ctx context.Context) error) error {
	cuts, err := p.wait(ctx, stop, true)
	if err != nil {
		return err
	}
	err = request(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.under--
	p.heardLocked(cuts, err)
	p.wakeLocked()
	return err
}

// rest waits for the end of a pause, and returns what heard is to be given. The number of requests is not limited.
func (p *pace) rest(ctx context.Context, stop <-chan struct{}) (cuts int, err error) {
	return p.wait(ctx, stop, false)
}

// heard is told what came of a request that was made after rest.
func (p *pace) heard(cuts int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heardLocked(cuts, err)
}

func (p *pace) wait(ctx context.Context, stop <-chan struct{}, counts bool) (cuts int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		left := time.Until(p.until)
		if left < -quiet*p.most {
			p.limit, p.pause = 0, 0
		}
		if left <= 0 && (!counts || p.limit == 0 || p.under < p.limit) {
			if counts {
				p.under++
			}
			return p.cuts, nil
		}
		changed := p.changed
		p.mu.Unlock()
		if left <= 0 { // then it is one of those under way that is waited for, though not for ever
			left += quiet*p.most + 1
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-changed:
		case <-stop:
			err = errStopped
		case <-ctx.Done():
			err = ctx.Err()
		}
		timer.Stop()
		p.mu.Lock()
		if err != nil {
			return 0, err
		}
	}
}

func (p *pace) heardLocked(cuts int, err error) {
	var e *queue.Error
	slow := errors.As(err, &e) && (e.Slow || e.After > 0)
	switch {
	case slow && cuts == p.cuts:
		if p.limit == 0 {
			p.full = p.under + 1
		}
		p.limit, p.good = max(1, (p.under+1)/2), 0
		p.cuts++
		p.pause = min(max(2*p.pause, p.first), p.most)
		p.restLocked(max(p.pause/2+rand.N(p.pause), e.After))
	case slow:
		p.restLocked(e.After)
	case err == nil && cuts == p.cuts && p.limit > 0:
		p.pause = 0
		if p.good++; p.good >= p.limit {
			p.limit, p.good = p.limit+1, 0
		}
		if p.limit >= p.full {
			p.limit = 0
		}
	}
}

// restLocked lets nothing begin for d from now on.
func (p *pace) restLocked(d time.Duration) {
	if until := time.Now().Add(d); until.After(p.until) {
		p.until = until
	}
}

func (p *pace) wakeLocked() {
	if p.limit > 0 || p.cuts > 0 { // somebody may wait
		close(p.changed)
		p.changed = make(chan struct{})
	}
}
