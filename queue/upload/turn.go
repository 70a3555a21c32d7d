package upload

import (
	"context"
	"errors"

	"inboxfs/queue/upload/level"
)

// atOnce is how many parts of one file may ask for their turn at once.
func (u *Uploader) atOnce() int {
	if u.level != nil {
		return level.Most
	}
	return u.o.Parts
}

// sendPart makes the request of a part when it is its turn, among the parts of all files. A part that waits to be tried
// again takes nobody's turn.
func (r *run) sendPart(ctx context.Context, stop <-chan struct{}, request func(ctx context.Context) error) error {
	u := r.u
	if u.level == nil {
		return r.bring(ctx, stop, request)
	}
	pass, err := u.level.Enter(ctx, stop)
	if errors.Is(err, level.ErrStopped) {
		return errStopped
	}
	if err != nil {
		return err
	}
	err = r.bring(ctx, stop, request)
	u.level.Leave(pass, says(err))
	return err
}

// bring makes a request that brings the file further, when it is its turn.
func (r *run) bring(ctx context.Context, stop <-chan struct{}, request func(ctx context.Context) error) error {
	return r.u.sends.make(ctx, stop, turn{from: &r.from, brings: true}, r.progress(request))
}

// ask makes any other request of the file.
func (r *run) ask(ctx context.Context, stop <-chan struct{}, request func(ctx context.Context) error) error {
	return r.u.sends.make(ctx, stop, turn{from: &r.from}, r.progress(request))
}

// progress is a request of which the queue knows whether it goes on: it is in nobody's turn any more.
func (r *run) progress(request func(ctx context.Context) error) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		r.job.Progress.Begin()
		defer r.job.Progress.End()
		return request(r.job.Progress.With(ctx))
	}
}

// says is what the end of a request says about how many there were at once.
func says(err error) level.Outcome {
	if err == nil {
		return level.Arrived
	}
	switch e := asError(err); {
	case errors.Is(err, errPaused):
		return level.Failed
	case e.Slow, e.Code == "ServiceUnavailable":
		return level.Refused
	case e.Code == "RequestTimeout":
		return level.TimedOut
	}
	return level.Failed
}
