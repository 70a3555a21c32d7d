package abort

import (
	"context"
	"errors"
	"time"

	"inboxfs/queue/killpoint"
	"inboxfs/queue/transfer"
)

// runLost looks for what lost Initiates left, until ctx ends.
func (l *Orders) runLost(ctx context.Context) {
	tick := time.NewTicker(lostEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-l.gone:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		l.LookForLost(ctx)
	}
}

// LookForLost looks once for each lost Initiate. Options.Visible is not held.
func (l *Orders) LookForLost(ctx context.Context) {
	l.o.Visible.Lock()
	todo := l.lost
	l.lost = nil
	l.o.Visible.Unlock()
	var left []Order
	for _, o := range todo {
		if !l.lookFor(ctx, o) {
			left = append(left, o)
		}
	}
	l.o.Visible.Lock()
	l.lost = append(left, l.lost...)
	l.o.Visible.Unlock()
}

// lookFor reports whether one need not be looked for again in this life.
func (l *Orders) lookFor(ctx context.Context, o Order) bool {
	if o.Of != "" && l.o.Sends(o.Of) {
		return false
	}
	known := func(id string) bool { return l.o.Known(o.Key, id) }
	lost := transfer.Lost{Bucket: o.Bucket, Key: o.Key, VideoID: o.Of, Since: time.UnixMilli(o.Since)}
	done, err := l.o.Server.Sweep(ctx, lost, known)
	killpoint.At("orphan: looked for")
	switch {
	case errors.Is(err, transfer.ErrElsewhere): // the journal has it
		l.leave(o)
		return true
	case l.keep(o, err):
		return true
	case err != nil && ctx.Err() == nil:
		l.o.Log.Debug("a multipart upload that may have been begun could not be looked for", "key", o.Key, "error", err)
	}
	if done {
		l.done(o)
	}
	return done
}
