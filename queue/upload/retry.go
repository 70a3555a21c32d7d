package upload

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"inboxfs/queue/transfer"
	"inboxfs/queue/wake"
)

// tries counts the failures of one request. Failures count only while the whole file makes no progress: a line that
// loses every third part still gets a file through.
type tries struct {
	run    *run
	count  int   // failures since seen last changed
	seen   int64 // run.acked when the request failed last
	waits  *backoff.ExponentialBackOff
	errors int  // failures told to watch
	spared bool // one was that of a connection, and the next try was made at once
}

func (r *run) newTries() *tries {
	return &tries{run: r, waits: &backoff.ExponentialBackOff{
		InitialInterval: r.u.o.BackoffBase, MaxInterval: r.u.o.BackoffCap, Multiplier: 2, RandomizationFactor: 0.5}}
}

// failed says how long to wait before err's request is made again, or that it is not. A connection that was kept open
// may have been closed by the other side meanwhile, which says nothing of the next one.
func (t *tries) failed(err error) (wait time.Duration, again bool) {
	e := asError(err)
	if e.Kind != transfer.Resumable || forgotten(err) || errors.Is(err, errLost) {
		return 0, false
	}
	if acked := t.run.acked.Load(); acked != t.seen {
		t.seen, t.count = acked, 0
		t.waits.Reset()
	}
	if e.Kept && !t.spared {
		t.spared = true
	} else if t.count++; t.count >= t.run.u.o.MaxTries {
		return 0, false
	} else {
		wait = t.waits.NextBackOff()
	}
	return wait, true
}

// tell says that the request is made again.
func (t *tries) tell(err error, wait time.Duration) {
	if t.errors++; t.errors == 1 {
		t.run.failing.Add(1)
	}
	t.run.watch.Retry(asError(err), t.errors, wait)
}

// try makes a request until it succeeds, fails in a way that trying again does not mend, fails too often, ctx ends, or
// stop is closed before its next try. It returns the last error of the request. That credentials were renewed under it
// is not among its failures. While the server wants fewer requests, it waits for its turn.
func (r *run) try(ctx context.Context, stop <-chan struct{}, request func(ctx context.Context) error) error {
	return r.tryBy(ctx, stop, r.ask, request)
}

// taking makes a request when it may be made.
type taking func(ctx context.Context, stop <-chan struct{}, request func(ctx context.Context) error) error

// tryBy is try for requests that wait for a turn of their own.
func (r *run) tryBy(ctx context.Context, stop <-chan struct{}, take taking,
	request func(ctx context.Context) error) error {
	t := r.newTries()
	t.seen = r.acked.Load()
	var last error
	for {
		err := take(ctx, stop, request)
		if err == nil {
			if t.errors > 0 {
				r.failing.Add(-1)
			}
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, errStopped) {
			return cmp.Or(last, context.Canceled)
		}
		if errors.Is(err, errPaused) {
			pause, _ := r.u.sends.left()
			if err := r.rest(ctx, stop, pause, cmp.Or(last, err)); err != nil {
				return err
			}
			continue
		}
		if errors.Is(err, ErrRenewed) {
			if wake.Closed(stop) { // there are other credentials: that those are over is no reason to end
				return cmp.Or(last, context.Canceled)
			}
			continue
		}
		last = err
		wait, again := t.failed(err)
		if !again {
			return err
		}
		pause, _ := r.u.sends.left()
		wait = max(wait, pause, asError(err).After)
		if wait > 0 && r.rests.last() {
			return r.soon(err)
		}
		t.tell(err, wait)
		if err := r.rest(ctx, stop, wait, err); err != nil {
			return err
		}
	}
}

// rest waits before the next try of a request, and as long as all pause. It returns why there is none: the last error
// when stop is closed, or when others want the place and nothing else of the run is under way any more.
func (r *run) rest(ctx context.Context, stop <-chan struct{}, wait time.Duration, last error) error {
	if wait <= 0 {
		return ctx.Err()
	}
	r.rests.begin()
	defer r.rests.end()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	var changed <-chan struct{}
	for wanted := r.rests.wanted; ; {
		select {
		case <-timer.C:
			if wait, changed = r.u.sends.left(); wait <= 0 {
				return nil
			}
			timer.Reset(wait)
		case <-changed:
			changed = nil
			timer.Reset(0)
		case <-stop:
			return last
		case <-wanted:
			wanted = nil
			r.rests.look()
		case <-r.rests.over:
			return r.soon(last)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// soon is an error with which a run ends before it has made all its tries.
func (r *run) soon(err error) error {
	e := *asError(err)
	e.Soon, e.Cuts = true, int(r.cuts.Load())
	return &e
}

// errForgotten marks that what the server has is of no use: the multipart upload starts over.
var errForgotten = errors.New("the multipart upload is gone")

// errLost marks that the server lost a part that it had acknowledged.
var errLost = errors.New("a part is gone")

// forgotten reports whether the server does not know the multipart upload, or its parts, any more.
func forgotten(err error) bool {
	return errors.Is(err, errForgotten) || code(err) == "NoSuchUpload"
}
