package upload

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"inboxfs/queue/transfer"
)

// pace slows requests down while the server says that there are too many of them, all together rather than each for
// itself:
//
//	too many       all pause, twice as long as the last time or as long as the server asks for; then half as many at once
//	got through    when something of a file did, the pause ends, unless the server asked for it; when all that may be
//	               under way at once did, one more may
//	all did        no limit any more; nor when nobody was refused for a while, however few there are
//
// A request that began before the last pause says nothing new when it is refused, too. A file that is refused again
// while others get through waits for itself: it is not that there are too many. To learn of that, files that were not
// refused yet try in a pause, too, one after another and the more rarely the more of them are refused.
type pace struct {
	first, most time.Duration // shortest and longest pause that is not asked for

	mu      sync.Mutex    // guards the rest, and all senders
	under   int           // requests under way
	limit   int           // of them; 0: none
	full    int           // requests that were under way when the limit was set first
	good    int           // that got through since limit changed
	until   time.Time     // nothing begins before, but what tries
	asked   time.Time     // nothing at all does
	pause   time.Duration // the last one
	cuts    int           // how often it was slowed down
	through bool          // something of a file got through since
	refused int           // how often it was slowed down before anything did
	try     time.Time     // nobody tries before
	trying  bool          // somebody does
	changed chan struct{} // closed and replaced when one that waits may go on
}

// sender is a file that is sent.
type sender struct{ refused bool } // or failed; and nothing of it got through since

// turn is what one request is let in with.
type turn struct {
	from   *sender // nil: of no file
	brings bool    // a success brings the file further
	cuts   int     // pace.cuts when it began
	tries  bool    // it began in a pause
}

// quiet is after how many of the longest pauses without a refusal the limit is forgotten: five minutes by default,
// longer than a run waits that was given up.
const quiet = 30

const (
	tryStep = 5 * time.Millisecond   // by which each refusal in a row puts off the next try in a pause
	tryMost = 250 * time.Millisecond // the longest
)

func newPace(o Options) *pace {
	return &pace{first: o.BackoffBase, most: o.BackoffCap, changed: make(chan struct{})}
}

// errStopped says that stop was closed before it was a request's turn.
var errStopped = errors.New("no further request is to be made")

// errPaused says that all pause. A file that was refused waits for the end of that where it is in nobody's way.
var errPaused = &transfer.Error{Kind: transfer.Resumable, Code: "SlowDown", Message: "the server wants fewer requests",
	Slow: true}

// make makes a request when it is its turn. A refusal that is for its file alone is not Slow any more.
func (p *pace) make(ctx context.Context, stop <-chan struct{}, t turn, request func(ctx context.Context) error) error {
	t, err := p.wait(ctx, stop, t, true)
	if err != nil {
		return err
	}
	err = request(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.under--
	if t.tries {
		p.trying = false
	}
	err = p.heardLocked(t, err)
	p.wakeLocked()
	return err
}

// rest waits for the end of a pause, and returns what heard is to be given. The number of requests is not limited.
func (p *pace) rest(ctx context.Context, stop <-chan struct{}) (turn, error) {
	return p.wait(ctx, stop, turn{}, false)
}

// heard is told what came of a request that was made after rest.
func (p *pace) heard(t turn, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.heardLocked(t, err) // the caller has it
}

// left is how long the pause lasts, and what is closed when that may be another.
func (p *pace) left() (time.Duration, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.leftLocked(), p.changed
}

func (p *pace) leftLocked() time.Duration {
	return max(time.Until(p.until), time.Until(p.asked))
}

// tryLocked is how long it takes until the request may try in a pause; false: it may not.
func (p *pace) tryLocked(t turn) (wait time.Duration, may bool) {
	if t.from == nil || t.from.refused || p.trying {
		return 0, false
	}
	return max(time.Until(p.try), time.Until(p.asked)), true
}

func (p *pace) wait(ctx context.Context, stop <-chan struct{}, t turn, counts bool) (turn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		left := p.leftLocked()
		if left < -quiet*p.most {
			p.limit, p.pause = 0, 0
		}
		if left > 0 && t.from != nil && t.from.refused {
			return turn{}, errPaused
		}
		room := !counts || p.limit == 0 || p.under < p.limit
		tryIn, mayTry := p.tryLocked(t)
		if t.tries = left > 0 && mayTry && tryIn <= 0; room && (left <= 0 || t.tries) {
			if counts {
				p.under++
				p.trying = p.trying || t.tries
			}
			t.cuts = p.cuts
			return t, nil
		}
		switch {
		case !room: // then it is one of those under way that is waited for, though not for ever
			left = max(left, 0) + quiet*p.most + 1
		case mayTry:
			left = min(left, tryIn)
		}
		changed := p.changed
		p.mu.Unlock()
		timer := time.NewTimer(left)
		var err error
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
			return turn{}, err
		}
	}
}

func (p *pace) heardLocked(t turn, err error) error {
	var e *transfer.Error
	slow := errors.As(err, &e) && (e.Slow || e.After > 0)
	again := t.from != nil && t.from.refused
	switch {
	case t.from == nil:
	case slow:
		t.from.refused = true
	case err == nil && t.brings:
		t.from.refused = false
	}
	switch {
	case slow && again && p.through:
		own := *e
		own.Slow = false
		return &own
	case slow && t.cuts == p.cuts:
		if p.limit == 0 {
			p.full = p.under + 1
		}
		p.limit, p.good = max(1, (p.under+1)/2), 0
		p.cuts++
		p.through = false
		p.refused++
		p.try = time.Now().Add(min(tryMost, time.Duration(p.refused)*tryStep))
		p.pause = min(max(2*p.pause, p.first), p.most)
		later(&p.until, p.pause/2+rand.N(p.pause))
		later(&p.asked, e.After)
	case slow:
		later(&p.asked, e.After)
	case err == nil && t.cuts == p.cuts && p.limit > 0:
		p.pause = 0
		if t.brings {
			p.through, p.refused, p.until = true, 0, time.Now()
		}
		if p.good++; p.good >= p.limit {
			p.limit, p.good = p.limit+1, 0
		}
		if p.limit >= p.full {
			p.limit = 0
		}
	}
	return err
}

// later lets nothing begin for d from now on.
func later(until *time.Time, d time.Duration) {
	if at := time.Now().Add(d); at.After(*until) {
		*until = at
	}
}

func (p *pace) wakeLocked() {
	if p.limit > 0 || p.cuts > 0 { // somebody may wait
		close(p.changed)
		p.changed = make(chan struct{})
	}
}
