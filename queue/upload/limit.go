package upload

import (
	"context"
	"sync/atomic"

	"golang.org/x/time/rate"
)

// limiter shares a bandwidth between everything that sends. The zero limiter lets everything pass.
type limiter struct {
	bucket atomic.Pointer[rate.Limiter] // nil: no limit
}

// set changes the limit, in bytes per second. What is already waiting waits for at most the share it asked for.
func (l *limiter) set(bytesPerSecond int64) {
	if bytesPerSecond <= 0 {
		l.bucket.Store(nil)
		return
	}
	// A tenth of a second's worth at once keeps the line smooth and the timer cheap.
	burst := int(max(bytesPerSecond/10, 1))
	l.bucket.Store(rate.NewLimiter(rate.Limit(bytesPerSecond), burst))
}

// wait blocks until some of want bytes may be sent and returns how many, at least one; or ctx's error.
func (l *limiter) wait(ctx context.Context, want int) (int, error) {
	bucket := l.bucket.Load()
	if bucket == nil {
		return want, nil
	}
	n := min(want, bucket.Burst())
	if err := bucket.WaitN(ctx, n); err != nil {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		// The wait would last beyond ctx's deadline.
		return 0, context.DeadlineExceeded
	}
	return n, nil
}
