package credential

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"inboxfs/queue/transfer"
)

// Options is what a Ring needs besides its source. The zero value will do.
type Options struct {
	Now func() time.Time // this machine's clock; nil: time.Now
	// Server is the server's clock, and whether it is known yet. While it is not, no credentials count as expired: a
	// wrong clock of ours must not keep good ones from being tried. nil: this machine's clock is right.
	Server func() (now time.Time, known bool)
	// Ask makes the server's clock known, if it can. nil: it cannot.
	Ask func(ctx context.Context) error
	// Renewed is called when credentials were found after Get or Rejected had to say that there are none. It is called
	// from a goroutine of the ring, without any lock.
	Renewed func()
	Log     *slog.Logger // nil: nothing is said
}

// Ring holds the current credentials. All who need them share one question to the source.
type Ring struct {
	source  Source
	renewer Renewer // source, if it is one
	o       Options
	ctx     context.Context // of all questions
	cancel  context.CancelFunc
	work    sync.WaitGroup // questions, and recovery

	mu      sync.Mutex // guards what follows; nothing waits while it is held
	closed  bool
	token   *Credentials // set through control; nil: what the source gave counts
	spent   bool         // the server refused the token
	current Credentials  // what the source gave, if have
	have    bool
	dead    bool      // the server refused current
	asked   time.Time // when current came, by this machine's clock
	lasts   time.Duration
	strikes int // credentials in a row that were refused as soon as they came
	fails   int // questions in a row without an answer that is of use
	err     error
	next    time.Time // no question before
	flight  *flight   // the question that is under way, or nil
	lost    bool      // somebody was told that there are no credentials
	seeking bool      // recovery is under way
}

// New makes a ring on a source. The caller must Close it.
func New(source Source, o Options) *Ring {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	r := &Ring{source: source, o: o}
	r.renewer, _ = source.(Renewer)
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// Close ends all questions and waits for what the ring does by itself.
func (r *Ring) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.cancel()
	r.work.Wait()
}

// Set makes c the credentials from now on, whatever the source has.
func (r *Ring) Set(c Credentials) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.token, r.spent, r.lost = &c, false, false
}

// Get returns the credentials for one request. The error wraps queue.ErrNoKey or queue.ErrKeyExpired, or is ctx's. It
// can wait for the source, so it has no place in a FUSE handler; a token that was set is answered at once, and so are
// credentials that are good still while others are being fetched.
func (r *Ring) Get(ctx context.Context) (Credentials, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		switch c, ok := r.usableLocked(); {
		case ok:
			r.aheadLocked()
			return c, nil
		case r.token != nil:
			return Credentials{}, ErrExpired
		case r.closed:
			return Credentials{}, r.lostLocked(errors.New("ending"))
		case r.flight == nil && r.lost && r.o.Now().Before(r.next):
			return Credentials{}, r.lostLocked(r.err)
		}
		f := r.flight
		if f == nil {
			f = r.askLocked(!r.lost)
		}
		r.mu.Unlock()
		select {
		case <-f.done:
		case <-ctx.Done():
		}
		r.mu.Lock()
		if _, ok := r.usableLocked(); ok || r.token != nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return Credentials{}, err
		}
		if f.err != nil && (f.patient || r.lost || r.renewer == nil) {
			return Credentials{}, r.lostLocked(f.err)
		}
	}
}

// Rejected says that the server took c for expired or unknown. It returns whether there are others to try again with:
// those that came meanwhile, or that the source gives now. However many requests say so, the source is asked once.
func (r *Ring) Rejected(ctx context.Context, c Credentials) bool {
	r.mu.Lock()
	switch {
	case r.token != nil && r.token.same(c):
		r.spent = true
	case r.token == nil && r.have && !r.dead && r.current.same(c):
		r.dead = true
		if r.o.Now().Sub(r.asked) >= young {
			r.strikes = 0
		} else if r.strikes++; r.strikes >= mostStrikes {
			// No expiry: the server does not want what this source has. Asking at this pace would go on for ever.
			r.err = errors.New("the server refuses what it gives")
			r.next = r.o.Now().Add(backoff(r.strikes))
			_ = r.lostLocked(r.err) // the caller is told in one word
			r.mu.Unlock()
			return false
		}
	}
	r.mu.Unlock()
	_, err := r.Get(ctx)
	return err == nil
}

// Check reports whether it is known already that nothing can be signed. It waits for nobody; a source that has to ask
// somebody begins to.
func (r *Ring) Check(ctx context.Context) error {
	if r.renewer != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.token == nil && !r.have && r.flight == nil && !r.o.Now().Before(r.next) {
			r.askLocked(false)
		}
		return nil
	}
	_, err := r.Get(ctx)
	return err
}

// usableLocked is the credentials that requests are signed with, if there are any.
func (r *Ring) usableLocked() (Credentials, bool) {
	c, ok := r.current, r.have && !r.dead
	if r.token != nil {
		c, ok = *r.token, !r.spent
	}
	if now, known := r.clock(); known && c.expired(now) {
		ok = false
	}
	return c, ok
}

// lostLocked is what somebody is told who cannot have credentials. From then on the ring looks for some by itself.
func (r *Ring) lostLocked(err error) error {
	r.lost = true
	r.seekLocked()
	sentinel := transfer.ErrNoKey
	if r.have {
		sentinel = transfer.ErrKeyExpired
	}
	if errors.Is(err, transfer.ErrNoKey) || errors.Is(err, transfer.ErrKeyExpired) {
		return err
	}
	return fmt.Errorf("%w: %w", sentinel, err)
}

// clock is the server's time, and whether it may be relied upon.
func (r *Ring) clock() (time.Time, bool) {
	if r.o.Server == nil {
		return r.o.Now(), true
	}
	return r.o.Server()
}

// Now is the time as the server has it, or this machine's as long as that is not known.
func (r *Ring) Now() (now time.Time, known bool) {
	if now, known = r.clock(); known {
		return now, true
	}
	return r.o.Now(), false
}

// AskTime is Now after the server was asked for its time.
func (r *Ring) AskTime(ctx context.Context) (now time.Time, known bool) {
	if r.o.Ask != nil {
		if err := r.o.Ask(ctx); err != nil {
			r.o.Log.Info("the server's clock is not known", "error", err)
		}
	}
	return r.Now()
}

// Format keeps a printed ring from showing what it holds.
func (r *Ring) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "credential ring") // a fmt.State takes everything
}
