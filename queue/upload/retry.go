package upload

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"inboxfs/queue"
)

// tries counts the failures of one request. Failures count only while the whole file makes no progress: a line that
// loses every third part still gets a file through.
type tries struct {
	run    *run
	count  int   // failures since seen last changed
	seen   int64 // run.acked when the request failed last
	waits  *backoff.ExponentialBackOff
	errors int // failures told to watch
}

func (r *run) newTries() *tries {
	return &tries{run: r, waits: &backoff.ExponentialBackOff{
		InitialInterval: r.u.o.BackoffBase, MaxInterval: r.u.o.BackoffCap, Multiplier: 2, RandomizationFactor: 0.5}}
}

// failed says how long to wait before err's request is made again, or that it is not.
func (t *tries) failed(err error) (wait time.Duration, again bool) {
	e := asError(err)
	if e.Kind != queue.Resumable || forgotten(err) || errors.Is(err, errLost) {
		return 0, false
	}
	if acked := t.run.acked.Load(); acked != t.seen {
		t.seen, t.count = acked, 0
		t.waits.Reset()
	}
	if t.count++; t.count >= t.run.u.o.MaxTries {
		return 0, false
	}
	if t.errors++; t.errors == 1 {
		t.run.failing.Add(1)
	}
	wait = t.waits.NextBackOff()
	t.run.watch.Retry(e, t.errors, wait)
	return wait, true
}

// try makes a request until it succeeds, fails in a way that trying again does not mend, fails too often, ctx ends, or
// stop is closed before its next try. It returns the last error of the request. That credentials were renewed under it
// is not among its failures. While the server wants fewer requests, it waits for its turn.
func (r *run) try(ctx context.Context, stop <-chan struct{}, request func(ctx context.Context) error) error {
	return r.tryBy(ctx, stop, r.u.sends.make, request)
}

// turn makes a request when it may be made.
type turn func(ctx context.Context, stop <-chan struct{}, request func(ctx context.Context) error) error

// tryBy is try for requests that wait for a turn of their own.
func (r *run) tryBy(ctx context.Context, stop <-chan struct{}, turn turn, request func(ctx context.Context) error) error {
	t := r.newTries()
	t.seen = r.acked.Load()
	var last error
	for {
		err := turn(ctx, stop, request)
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
		last = err
		if errors.Is(err, ErrRenewed) && !closed(stop) {
			continue
		}
		wait, again := t.failed(err)
		if !again {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-stop:
			timer.Stop()
			return err
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// errForgotten marks that what the server has is of no use: the multipart upload starts over.
var errForgotten = errors.New("the multipart upload is gone")

// errLost marks that the server lost a part that it had acknowledged.
var errLost = errors.New("a part is gone")

// forgotten says whether the server does not know the multipart upload, or its parts, any more.
func forgotten(err error) bool {
	return errors.Is(err, errForgotten) || code(err) == "NoSuchUpload"
}
