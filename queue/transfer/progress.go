package transfer

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Progress is what is known of the requests of one run: whether any is under way, when something of it last moved, and
// how many bytes of the file went out. A nil one takes note of nothing.
type Progress struct {
	now   func() time.Time
	moved atomic.Int64 // when, unix ns
	mute  atomic.Bool  // the run counts as one that does not move
	again func()       // called when one that is mute moves again
	way   atomic.Int64 // bytes of the file that went out and may arrive, but are not acknowledged
	rate  Meter        // of this run
	all   *Meter       // of all runs

	mu    sync.Mutex // guards under
	under int        // requests under way
}

// NewProgress has its time from now, and calls again when a run that is mute moves again. What goes out is counted in
// all, too.
func NewProgress(now func() time.Time, again func(), all *Meter) *Progress {
	p := &Progress{now: now, again: again, all: all}
	p.rate.Begin(now())
	return p
}

// Sent says that n bytes of the file were given to the network.
func (p *Progress) Sent(n int64) {
	if p == nil {
		return
	}
	now := p.now()
	p.way.Add(n)
	p.rate.Add(now, n)
	p.all.Add(now, n)
	p.movedAt(now)
}

// Lost says that n bytes that were sent will not be acknowledged: they go again, or never.
func (p *Progress) Lost(n int64) {
	if p != nil {
		p.way.Add(-n)
	}
}

// Found says that n bytes are on the server already, and about to be acknowledged without having been sent.
func (p *Progress) Found(n int64) {
	if p != nil {
		p.way.Add(n)
	}
}

// Acked says that n bytes that were sent or found are acknowledged.
func (p *Progress) Acked(n int64) {
	if p != nil {
		p.way.Add(-n)
	}
}

// Way is how many bytes of the file went out and may arrive, but are not acknowledged yet.
func (p *Progress) Way() int64 {
	if p == nil {
		return 0
	}
	return max(0, p.way.Load())
}

// Rate is how many bytes of the file go out per second, lately.
func (p *Progress) Rate() int64 { return p.rate.Rate(p.now()) }

// Begin says that a request begins, which its own side does not keep waiting any more.
func (p *Progress) Begin() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.under++
	p.moved.Store(p.now().UnixNano())
}

// End says that it is over, whatever came of it.
func (p *Progress) End() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.under--
}

// Moved says that bytes of a request reached the other side, or came from there.
func (p *Progress) Moved() {
	if p == nil {
		return
	}
	p.movedAt(p.now())
}

func (p *Progress) movedAt(now time.Time) {
	p.moved.Store(now.UnixNano())
	if p.mute.Load() {
		p.again()
	}
}

// Mute makes the run count as one that does not move, or no more. Who calls it sees to it that no other does meanwhile.
func (p *Progress) Mute(mute bool) { p.mute.Store(mute) }

// Muted reports whether the run counts as one that does not move.
func (p *Progress) Muted() bool { return p.mute.Load() }

// Still is since when nothing moved; false: nothing should.
func (p *Progress) Still() (since time.Time, waits bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Unix(0, p.moved.Load()), p.under > 0
}

type progressKey struct{}

// With is ctx for a request of the run.
func (p *Progress) With(ctx context.Context) context.Context {
	return context.WithValue(ctx, progressKey{}, p)
}

// ProgressOf is what With gave to ctx, or nil.
func ProgressOf(ctx context.Context) *Progress {
	p, _ := ctx.Value(progressKey{}).(*Progress)
	return p
}
