package upload

import (
	"context"
	"fmt"

	"inboxfs/queue"
)

// complete makes the object out of the parts, if the file is still what it was, and verifies it.
func (r *run) complete(ctx context.Context, p *parts) (queue.Result, error) {
	if err := r.src.unchanged(); err != nil {
		return queue.Result{}, err
	}
	all, crc := p.all()
	var res queue.Result
	asked := false
	err := r.try(ctx, r.job.Drain, func(ctx context.Context) error {
		if asked {
			if ans, ok, err := r.settle(ctx, crc); err != nil {
				return err
			} else if ok {
				res = r.result(p.to, ans, crc)
				return nil
			}
		}
		asked = true
		ans, err := r.remote.Complete(ctx, p.to, all)
		switch {
		case err == nil:
			if ans, err = r.verify(ctx, ans, crc); err == nil {
				res = r.result(p.to, ans, crc)
			} else if code(err) == "CRCMismatch" || code(err) == "NoSuchKey" {
				return fmt.Errorf("%w: %w", errForgotten, err) // the upload id is spent, the object wrong
			}
			return err
		case forgotten(err):
			// Completed by an earlier request whose answer was lost?
			ans, ok, headErr := r.settle(ctx, crc)
			if headErr != nil {
				return headErr
			}
			if ok {
				res = r.result(p.to, ans, crc)
				return nil
			}
		case code(err) == "InvalidPart" || code(err) == "InvalidPartOrder":
			// The server lost a part that it had acknowledged. Nobody needs the rest of it.
			if r.abandon(ctx, p.multipart()) {
				return fmt.Errorf("%w: %w", errForgotten, err)
			}
		}
		return err
	})
	return res, err
}
