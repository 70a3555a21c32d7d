package upload

import (
	"context"
	"errors"
	"fmt"
	"time"

	"inboxfs/queue/killpoint"
	"inboxfs/queue/transfer"
)

// A request that must be known to have been made or not outlives its run by this much at most.
const lastWord = time.Second

// multipart sends the file in parts: m's missing ones, or all of a new multipart upload. When the server forgot the
// upload, it starts over, once: who loses it again would lose it for ever.
func (r *run) multipart(ctx context.Context, m *transfer.Multipart) (p *parts, res transfer.Result, err error) {
	for again := false; ; again = true {
		p, res, err = r.once(ctx, m)
		if err == nil || ctx.Err() != nil {
			return p, res, err
		}
		if forgotten(err) {
			r.watch.Reset()
			if m = nil; !again {
				r.u.o.Log.Warn("a multipart upload is lost and starts over", "bucket", r.to.Bucket, "key", r.to.Key,
					"err", err)
				continue
			}
			e := *asError(err)
			e.Kind, e.Hint = transfer.Final,
				"the server lost twice what it had: see whether a lifecycle rule or another program removes parts, "+
					"then retry"
			if e.Code == "CRCMismatch" {
				e.Hint = "the object in the bucket is not the file: see what changes uploads on their way, then retry"
			}
			return p, res, &e
		}
		done := asError(err).Kind == transfer.Final && code(err) != transfer.CodeBusy
		if p != nil && done && r.abandon(ctx, r.known(p)) {
			r.watch.Reset()
		}
		return p, res, err
	}
}

// once sends what m lacks, or everything. It returns the parts also with an error, unless there is no upload yet.
func (r *run) once(ctx context.Context, m *transfer.Multipart) (p *parts, res transfer.Result, err error) {
	if m == nil {
		p, err = r.initiate(ctx)
	} else {
		p, err = r.resume(ctx, *m)
		if forgotten(err) {
			// An earlier run may have completed it and not heard the answer.
			if ans, ok := r.finished(ctx, *m); ok {
				return p, r.result(r.to, ans, ans.CRC64), nil
			}
		}
		if err == nil && p.bare() && p.partSize != r.u.partSize(r.job) {
			// It was begun in parts of another size, and none of them is lost.
			r.discard(ctx, *m)
			r.watch.Reset()
			p, err = r.initiate(ctx)
		}
	}
	if err != nil {
		return p, res, err
	}
	for resent := false; ; resent = true {
		if err = r.send(ctx, p); err != nil {
			return p, res, err
		}
		if res, err = r.complete(ctx, p); !errors.Is(err, errLost) {
			if err == nil {
				r.tidy(ctx)
			}
			return p, res, err
		}
		lacking, listing := r.lacking(ctx, p)
		if listing != nil {
			return p, res, listing
		}
		if resent || lacking.missing() == 0 {
			// The server does not say which it is. Nobody needs the rest.
			r.discard(ctx, r.known(p))
			return p, res, fmt.Errorf("%w: %w", errForgotten, err)
		}
		p = lacking
	}
}

// known is p as the queue remembers it.
func (r *run) known(p *parts) transfer.Multipart {
	m := p.multipart()
	m.VideoID = r.videoID
	return m
}

// lacking is p without the parts that the server has not, after all.
func (r *run) lacking(ctx context.Context, p *parts) (*parts, error) {
	m := r.known(p)
	m.Parts, _ = p.all()
	return r.resume(ctx, m)
}

// initiate makes a multipart upload that the journal knows of before the first byte is sent.
func (r *run) initiate(ctx context.Context) (*parts, error) {
	// An upload id that is never heard of is an orphan, so the answer is waited for a little longer than ctx lasts.
	longer, cancel := outlive(ctx, lastWord)
	defer cancel()

	if err := r.try(ctx, r.job.Drain, r.free); err != nil {
		return nil, err
	}
	to := r.to
	nothing, err := r.announce(ctx)
	if err != nil {
		return nil, err
	}
	r.initiating, r.lost = time.Now(), false
	sent, lost := false, false // of requests whose answer never came, and with it perhaps an upload id
	err = r.try(ctx, r.job.Drain, func(context.Context) error {
		id, err := r.remote.Initiate(longer, r.to)
		killpoint.At("initiate: answered")
		sent, lost = true, lost || err != nil && asError(err).Kind == transfer.Resumable
		to.UploadID = id
		return err
	})
	switch {
	case err == nil:
		if lost {
			r.lose()
		}
	case sent && !lost:
		nothing()
	}
	p := newParts(to, r.u.partSize(r.job), r.job.Size)
	if err == nil { // also when ctx ended: who has its id can go on with it, or abort it
		m := r.known(p)
		m.Short = p.partSize < r.u.o.partSize(r.job)
		err = r.noted(ctx, r.watch.Initiated(ctx, m))
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	killpoint.At("initiate: journaled")
	r.begin(to.UploadID)
	return p, nil
}

// announce has it written down that a multipart upload is about to be begun, should we be killed before we know its id.
func (r *run) announce(ctx context.Context) (nothing func(), err error) {
	nothing, err = r.watch.Initiating(ctx, r.begun(time.Now()))
	killpoint.At("initiate: announced")
	return nothing, r.noted(ctx, err)
}

// noted is the error of something that could not be written down.
func (r *run) noted(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || code(err) != "" {
		return err
	}
	return &transfer.Error{Kind: transfer.Resumable, Code: "JournalError", Err: err,
		Message: fmt.Sprintf("the upload id could not be written down: %v", err)}
}

// discard aborts a multipart upload that the run forgets, now or later.
func (r *run) discard(ctx context.Context, m transfer.Multipart) {
	if !r.abandon(ctx, m) {
		r.watch.Left(m)
	}
}

// abandon aborts a multipart upload that will not be completed, also when ctx ended. It reports whether it is gone.
func (r *run) abandon(ctx context.Context, m transfer.Multipart) bool {
	longer, cancel := outlive(ctx, lastWord)
	defer cancel()
	longer, stop := context.WithTimeout(longer, 10*time.Second)
	defer stop()
	if err := r.u.Abort(longer, m); err != nil {
		if errors.Is(err, transfer.ErrElsewhere) {
			return false
		}
		r.u.o.Log.Warn("a multipart upload could not be aborted", "bucket", m.Bucket, "key", m.Key, "upload_id",
			m.UploadID, "err", err)
		return false
	}
	return true
}
