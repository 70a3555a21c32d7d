package upload

import (
	"context"

	"inboxfs/queue/transfer"
)

// A file that is still being written is sent ahead: its whole parts as they come to be, and no Complete. What was sent
// may be written over later. So the run behind, when the file is complete, compares the CRC64 of each part with what
// the file has then, and sends those again that differ.

// aheadSize is the size of the parts of a file whose size nobody knows yet: larger than usual, so that 10,000 of them
// hold more.
func (o Options) aheadSize() int64 { return min(4*o.PartSize, maxPart) }

// whole is how many bytes of a file that is being written are in whole parts.
func (u *Uploader) whole(job transfer.Job) int64 {
	size := u.partSize(transfer.Job{Ahead: true})
	if m := job.Resume; m != nil && m.UploadID != "" {
		size = max(m.PartSize, minPart)
	}
	return min(job.Size/size, maxParts) * size
}

// ahead sends what m lacks of the whole parts. Where they go elsewhere by now, it leaves all to the run behind.
// Attributes that were set since are worth nothing to an upload that was begun without them.
func (r *run) ahead(ctx context.Context, m *transfer.Multipart) error {
	var p *parts
	switch {
	case m == nil:
		var err error
		if p, err = r.initiate(ctx); err != nil {
			return err
		}
	case m.Bucket != r.to.Bucket || m.Key != r.to.Key || !usable(*m, r.job.Size):
		return nil
	case !fits(*m, r.to.Header), len(m.Parts) == 0 && m.PartSize != r.u.partSize(r.job): // the next run begins anew
		r.discard(ctx, *m)
		r.watch.Reset()
		return nil
	default:
		to := r.to
		to.UploadID = m.UploadID
		p = newParts(to, m.PartSize, r.job.Size)
		for _, part := range m.Parts {
			if part.Number >= 1 && part.Number <= len(p.have) {
				p.have[part.Number-1] = part
			}
		}
	}
	err := r.send(ctx, p)
	if next, ok := r.shorter(p.partSize); ok && p.bare() && r.stuck(ctx, err) {
		r.shorten(p.partSize, next, err)
		r.discard(ctx, r.known(p))
		r.watch.Reset()
	}
	if forgotten(err) {
		r.watch.Reset()
	}
	return err
}
