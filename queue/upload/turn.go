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
func (u *Uploader) sendPart(ctx context.Context, stop <-chan struct{}, request func(ctx context.Context) error) error {
	if u.level == nil {
		return u.sends.make(ctx, stop, request)
	}
	pass, err := u.level.Enter(ctx, stop)
	if errors.Is(err, level.ErrStopped) {
		return errStopped
	}
	if err != nil {
		return err
	}
	err = u.sends.make(ctx, stop, request)
	u.level.Leave(pass, says(err))
	return err
}

// says is what the end of a request says about how many there were at once.
func says(err error) level.Outcome {
	if err == nil {
		return level.Arrived
	}
	switch e := asError(err); {
	case e.Slow, e.Code == "ServiceUnavailable":
		return level.Refused
	case e.Code == "RequestTimeout":
		return level.TimedOut
	}
	return level.Failed
}
