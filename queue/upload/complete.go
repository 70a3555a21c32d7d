package upload

import (
	"context"
	"fmt"
	"slices"

	"inboxfs/queue/killpoint"
	"inboxfs/queue/transfer"
)

// lostPart is what OSS calls it when it has not every part that Complete names.
var lostPart = []string{"InvalidPart", "FilePartNotExist", "FilePartStale", "FilePartInterity"}

// complete makes the object out of the parts, if the file is still what it was, and verifies it.
func (r *run) complete(ctx context.Context, p *parts) (transfer.Result, error) {
	all, crc := p.all()
	if err := r.src.unchanged(crc); err != nil {
		return transfer.Result{}, err
	}
	var res transfer.Result
	asked := false
	err := r.try(ctx, r.job.Drain, func(ctx context.Context) error {
		if asked {
			if ans, ok, err := r.settle(ctx, known(crc)); err != nil {
				return err
			} else if ok {
				res = r.result(p.to, ans, crc)
				return nil
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.free(ctx); err != nil {
			return err
		}
		if err := r.sending(ctx); err != nil {
			return err
		}
		asked = true
		killpoint.At("complete: to be sent")
		// The server would go on with a Complete that is cut, and who asks it meanwhile for the object hears that there
		// is none.
		ans, err := r.lastly(ctx, lastWord, func() bool { return true }, func() uint64 { return crc },
			func(ctx context.Context) (Answer, error) {
				return r.remote.Complete(ctx, p.to, all)
			})
		if err != nil && !forgotten(err) {
			asked = r.unheard(err, true, crc)
		}
		switch {
		case err == nil:
			killpoint.At("complete: answered")
			if ans, err = r.verify(ctx, ans, crc); err == nil {
				res = r.result(p.to, ans, crc)
			} else if code(err) == "CRCMismatch" || code(err) == "NoSuchKey" {
				return fmt.Errorf("%w: %w", errForgotten, err) // the upload id is spent, the object wrong
			}
			return err
		case forgotten(err):
			// Completed by an earlier request whose answer was lost?
			ans, ok, headErr := r.settle(ctx, known(crc))
			if headErr != nil {
				return headErr
			}
			if ok {
				res = r.result(p.to, ans, crc)
				return nil
			}
			r.unheard(err, true, crc)
		case slices.Contains(lostPart, code(err)):
			return fmt.Errorf("%w: %w", errLost, err)
		}
		return err
	})
	return res, err
}
