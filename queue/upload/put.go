package upload

import (
	"context"
	"errors"

	"inboxfs/queue"
	"inboxfs/queue/killpoint"
)

// put sends the file in one request. The object exists once the last byte arrived, so the file is checked just before
// that byte is handed out.
func (r *run) put(ctx context.Context) (queue.Result, error) {
	r.begin("")
	if r.job.Size == 0 {
		if err := r.src.unchanged(); err != nil { // no byte, no last byte
			return queue.Result{}, err
		}
	}
	var res queue.Result
	asked := false
	err := r.try(ctx, r.job.Drain, func(ctx context.Context) error {
		if asked { // the CRC64 is computed anew: the request may have broken off anywhere
			if ans, ok, err := r.settle(ctx, r.sum(ctx)); err != nil {
				return err
			} else if ok {
				res = r.result(r.to, ans, ans.CRC64)
				return nil
			}
		}
		asked = true
		killpoint.At("put: to be sent")
		ans, crc, err := r.carry(ctx, 0, r.job.Size, r.src.unchanged, func(ctx context.Context, b *body) (Answer, error) {
			return r.remote.Put(ctx, r.to, b, r.job.Size)
		})
		if err != nil {
			asked = !errors.Is(err, ErrRenewed) // then nothing can have arrived
			return err
		}
		killpoint.At("put: answered")
		if ans, err = r.verify(ctx, ans, crc); err != nil {
			return err
		}
		res = r.result(r.to, ans, crc)
		return nil
	})
	return res, err
}
