package upload

import (
	"context"

	"inboxfs/queue/killpoint"
	"inboxfs/queue/transfer"
)

// resume asks the server what it has of m. A part counts when journal and server agree on it; one that only the server
// knows is compared with the file when its turn comes.
func (r *run) resume(ctx context.Context, m transfer.Multipart) (*parts, error) {
	to := r.to
	to.UploadID = m.UploadID
	p := newParts(to, m.PartSize, r.job.Size)
	r.begin(m.UploadID)

	known := make(map[int]transfer.Part, len(m.Parts))
	for _, part := range m.Parts {
		known[part.Number] = part
	}
	stored, err := r.listParts(ctx, to)
	killpoint.At("resume: parts listed")
	if code(err) == "AccessDenied" {
		// Not everyone who may upload may list. Complete checks each ETag, so a part that is not there comes out.
		for _, part := range m.Parts {
			stored = append(stored, Stored{Number: part.Number, Size: part.Size, ETag: part.ETag})
		}
		err = nil
	}
	if err != nil {
		return p, err
	}
	for _, s := range stored {
		if s.Number < 1 || s.Number > len(p.have) {
			continue
		}
		if _, size := p.span(s.Number); s.Size != size {
			continue
		}
		switch k, ok := known[s.Number]; {
		case !ok || k.Size != s.Size || !sameETag(k.ETag, s.ETag):
			p.find(s.Number, transfer.Part{ETag: s.ETag})
		case m.Ahead || r.src.looks.taken:
			p.find(s.Number, k)
		default:
			p.have[s.Number-1] = k
		}
	}
	return p, nil
}

func (r *run) listParts(ctx context.Context, to Target) (all []Stored, err error) {
	for after := 0; ; {
		var next int
		err := r.try(ctx, r.job.Drain, func(ctx context.Context) (err error) {
			var page []Stored
			if page, next, err = r.remote.ListParts(ctx, to, after); err == nil {
				all = append(all, page...)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if next <= after {
			return all, nil
		}
		after = next
	}
}

// finished asks, of an upload that the server does not know any more, whether the object is there. The CRC64 of the
// file is that of its parts if the journal has them all; a kill may have come before the last ones were written down.
func (r *run) finished(ctx context.Context, m transfer.Multipart) (Answer, bool) {
	p := newParts(r.to, m.PartSize, r.job.Size)
	for _, part := range m.Parts {
		if part.Number < 1 || part.Number > len(p.have) {
			continue
		}
		if _, size := p.span(part.Number); part.Size == size {
			p.have[part.Number-1] = part
		}
	}
	sum := r.sum(ctx)
	if p.missing() == 0 && !m.Ahead && !r.src.looks.taken {
		_, crc := p.all()
		sum = known(crc)
	}
	ans, ok, err := r.arrived(ctx, sum)
	return ans, err == nil && ok && r.src.unchanged(ans.CRC64) == nil
}
