package credential

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"inboxfs/queue/transfer"
)

const (
	// patience is how long one question to a source may take, with all its tries.
	patience = 15 * time.Second

	backoffFirst = 500 * time.Millisecond
	backoffMost  = 30 * time.Second

	longestLead = 5 * time.Minute // before the expiry, at which others are fetched; a fifth of the lifetime at most

	// Credentials that the server refuses at this age did not expire.
	young       = 2 * time.Second
	mostStrikes = 3
)

// backoff is the wait after n failures in a row: doubling, with jitter so that many clients do not come back at once.
func backoff(n int) time.Duration {
	d := backoffMost
	if n < 7 {
		d = min(d, backoffFirst<<max(0, n-1))
	}
	return d/2 + rand.N(d/2)
}

// flight is one question to the source, which all who need its answer wait for.
type flight struct {
	patient bool          // it is asked again while nobody answers: uploads wait for it
	done    chan struct{} // closed when it is over
	err     error         // why it did not help; read after done
}

// askLocked begins a question.
func (r *Ring) askLocked(patient bool) *flight {
	f := &flight{patient: patient && r.renewer != nil, done: make(chan struct{})}
	if r.closed {
		f.err = context.Canceled
		close(f.done)
		return f
	}
	r.flight = f
	renew := r.dead
	r.work.Go(func() {
		ctx, cancel := context.WithTimeout(r.ctx, patience)
		defer cancel()
		c, err := r.ask(ctx, renew)
		for n := 1; f.patient && err != nil && !errors.Is(err, transfer.ErrInvalid) &&
			!errors.Is(err, transfer.ErrNoKey); n++ {
			select {
			case <-time.After(backoff(n)):
				c, err = r.ask(ctx, renew)
				continue
			case <-ctx.Done():
			}
			break
		}
		r.land(f, c, err)
	})
	return f
}

func (r *Ring) ask(ctx context.Context, renew bool) (Credentials, error) {
	if renew && r.renewer != nil {
		return r.renewer.Renew(ctx)
	}
	return r.source.Get(ctx)
}

// land takes the answer to a question.
func (r *Ring) land(f *flight, c Credentials, err error) {
	r.mu.Lock()
	now, known := r.Now()
	switch {
	case err != nil:
	case r.have && r.dead && r.current.same(c), known && c.expired(now):
		err = ErrExpired
	}
	r.flight, r.err, f.err = nil, err, err
	found := false
	if err != nil {
		r.fails++
		r.next = r.o.Now().Add(backoff(r.fails))
		if r.fails == 1 && r.renewer != nil && r.ctx.Err() == nil {
			r.o.Log.Warn("no new credentials yet; they are asked for again", "error", err)
		}
	} else {
		if !r.have || !r.current.same(c) || !r.current.Expires.Equal(c.Expires) {
			r.asked, r.lasts = r.o.Now(), c.Expires.Sub(now)
		}
		r.current, r.have, r.dead, r.fails = c, true, false, 0
		r.next = r.o.Now().Add(r.rest(c, now))
		found, r.lost = r.lost && r.token == nil, false
	}
	close(f.done)
	r.mu.Unlock()
	if found && r.o.Renewed != nil {
		r.o.Renewed()
	}
}

// rest is how long nobody needs to ask again for something better than c, whatever c's age.
func (r *Ring) rest(c Credentials, now time.Time) time.Duration {
	switch {
	case r.renewer == nil:
		return 0
	case c.Expires.IsZero():
		return r.renewer.Recheck()
	}
	// Some sources give the same until the last minute.
	return min(max(time.Second, c.Expires.Sub(now)/10), backoffMost)
}

// aheadLocked has the source asked before the current credentials are over. They are used meanwhile, and also when
// nothing comes of it.
func (r *Ring) aheadLocked() {
	if r.renewer == nil || r.token != nil || r.flight != nil || r.o.Now().Before(r.next) {
		return
	}
	if r.current.Expires.IsZero() {
		if r.renewer.Recheck() > 0 {
			r.askLocked(false)
		}
		return
	}
	now, _ := r.Now()
	if left := r.current.Expires.Sub(now); left < min(longestLead, r.lasts/5) {
		r.askLocked(false)
	}
}

// seekLocked begins to look for credentials, by and by, until there are some.
func (r *Ring) seekLocked() {
	if r.renewer == nil || r.seeking || r.closed {
		return
	}
	r.seeking = true
	r.work.Go(func() {
		for n := 1; ; n++ {
			select {
			case <-time.After(backoff(n + 1)):
			case <-r.ctx.Done():
				return
			}
			r.mu.Lock()
			if !r.lost || r.token != nil {
				r.seeking = false
				r.mu.Unlock()
				return
			}
			var f *flight
			if f = r.flight; f == nil && !r.o.Now().Before(r.next) {
				f = r.askLocked(false)
			}
			r.mu.Unlock()
			if f != nil {
				<-f.done
			}
		}
	})
}

// Retry asks the source now, whatever came before, and reports whether there are good credentials then. It waits no
// longer than ctx. A token that was set, and a source that always gives the same, are not asked.
func (r *Ring) Retry(ctx context.Context) bool {
	r.mu.Lock()
	if r.token != nil || r.renewer == nil {
		_, ok := r.usableLocked()
		r.mu.Unlock()
		return ok
	}
	f := r.flight
	if f == nil {
		f = r.askLocked(false)
	}
	r.mu.Unlock()
	select {
	case <-f.done:
		return f.err == nil
	case <-ctx.Done():
		return false
	}
}
