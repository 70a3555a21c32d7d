package upload

import (
	"context"

	"inboxfs/queue/killpoint"
	"inboxfs/queue/transfer"
)

// put sends the file in one request. The object exists once the last byte arrived, so the file is checked just before
// that byte is handed out.
func (r *run) put(ctx context.Context) (transfer.Result, error) {
	r.begin("")
	if r.job.Size == 0 {
		if err := r.src.unchanged(0); err != nil { // no byte, no last byte
			return transfer.Result{}, err
		}
	}
	var res transfer.Result
	asked := false
	err := r.tryBy(ctx, r.job.Drain, r.bring, func(ctx context.Context) error {
		if asked { // the CRC64 is computed anew: the request may have broken off anywhere
			if ans, ok, err := r.settle(ctx, r.sum(ctx)); err != nil {
				return err
			} else if ok {
				res = r.result(r.to, ans, ans.CRC64)
				return nil
			}
		}
		if err := r.free(ctx); err != nil {
			return err
		}
		if err := r.sending(ctx); err != nil {
			return err
		}
		killpoint.At("put: to be sent")
		var sent *body
		ans, crc, err := r.carry(ctx, 0, r.job.Size, r.src.unchanged, func(ctx context.Context, b *body) (Answer,
			error) {
			sent = b
			return r.lastly(ctx, 0, b.whole, b.sum, func(ctx context.Context) (Answer, error) {
				return r.remote.Put(ctx, r.to, b, r.job.Size)
			})
		})
		if err != nil {
			crc, whole, _ := sent.close()
			asked = r.unheard(err, whole, crc)
			return err
		}
		asked = true
		killpoint.At("put: answered")
		if ans, err = r.verify(ctx, ans, crc); err != nil {
			r.job.Progress.Lost(r.job.Size)
			return err
		}
		res = r.result(r.to, ans, crc)
		return nil
	})
	return res, err
}
