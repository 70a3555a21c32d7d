package abort

import (
	"context"
	"errors"
	"time"

	"inboxfs/queue/killpoint"
	"inboxfs/queue/transfer"
)

// dueMost bounds how many orders are under way: a long list of them must not hinder the uploads.
const dueMost = 4

// runDue carries out what is due, until ctx ends. What fails is tried again, the rest meanwhile.
func (l *Orders) runDue(ctx context.Context) {
	for failed := 0; ctx.Err() == nil; {
		l.o.Visible.Lock()
		todo := l.due
		l.due = nil
		l.o.Visible.Unlock()
		if len(todo) == 0 {
			select {
			case <-l.added:
			case <-ctx.Done():
			}
			continue
		}
		left := l.tryAll(ctx, todo)
		if len(left) == 0 {
			failed = 0
			continue
		}
		l.o.Visible.Lock()
		l.due = append(left, l.due...)
		l.o.Visible.Unlock()
		failed++
		select {
		case <-time.After(l.o.Pause(failed)):
		case <-ctx.Done():
		}
	}
}

// tryAll tries each once and returns those that are to be tried again.
func (l *Orders) tryAll(ctx context.Context, todo []Order) (left []Order) {
	type outcome struct {
		o   Order
		err error
	}
	slots, results := make(chan struct{}, dueMost), make(chan outcome)
	go func() {
		for _, o := range todo {
			slots <- struct{}{}
			go func() {
				err := l.try(ctx, o)
				<-slots
				results <- outcome{o, err}
			}()
		}
	}()
	for range todo {
		if r := <-results; !l.settled(ctx, r.o, r.err) {
			left = append(left, r.o)
		}
	}
	return left
}

// try carries one order out.
func (l *Orders) try(ctx context.Context, o Order) error {
	if err := l.o.Due(o); err != nil {
		return err
	}
	used := !IsMedia(o) && o.VideoID != "" && l.o.Used(o.VideoID) // VOD aborts all that there is of a video
	killpoint.At("abort: to be sent")
	err := l.o.Server.Abort(ctx, transfer.Multipart{Bucket: o.Bucket, Key: o.Key, UploadID: o.UploadID,
		VideoID: o.VideoID, Given: o.Given || used})
	killpoint.At("abort: answered")
	var problem *transfer.Error
	if used && errors.As(err, &problem) && problem.Kind == transfer.Final {
		return nil // VOD itself removes such a rest, after a week
	}
	return err
}

// settled deals with what came of an order, and reports whether it need not be tried again in this life.
func (l *Orders) settled(ctx context.Context, o Order, err error) bool {
	switch {
	case err == nil, errors.Is(err, ErrNeeded):
		l.done(o)
		return true
	case errors.Is(err, ErrStays):
		return true
	case errors.Is(err, transfer.ErrElsewhere): // the journal has it
		l.leave(o)
		return true
	case l.keep(o, err):
		return true
	case ctx.Err() != nil:
		return false
	}
	what := "a multipart upload could not be aborted yet"
	if IsMedia(o) {
		what = "what VOD made could not be removed yet"
	}
	l.o.Log.Warn(what, "key", o.Key, "upload_id", o.UploadID, "video_id", o.VideoID, "error", err)
	return false
}
