package upload

import (
	"context"
	"time"

	"inboxfs/queue/transfer"
)

// tidying is how long looking for orphans may keep a success waiting that is known.
const tidying = 5 * time.Second

// tidy looks for what an Initiate left that reached the server twice, or after it was given up: a multipart upload
// whose id nobody has. It looks when the object is there. Another client may have begun one for the same key, and OSS
// does not tell whose one is: so the queue remembers that there is one, and Sweep removes it in an hour. At a place
// that VOD made for this file all is ours.
func (r *run) tidy(ctx context.Context) {
	if r.initiating.IsZero() || r.u.unlisted(r.to.Bucket) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, tidying)
	defer cancel()
	under, _, err := r.remote.ListUploads(ctx, r.to)
	if err != nil {
		if ctx.Err() == nil && asError(err).Kind == transfer.Final {
			r.u.cannotList(r.to.Bucket)
			return
		}
		r.u.o.Log.Debug("orphaned multipart uploads could not be looked for", "key", r.to.Key, "err", err)
		r.lose()
		return
	}
	if len(under) > 0 && r.u.remote != nil {
		r.lose()
	}
	for _, up := range under {
		if r.u.remote == nil {
			r.remove(ctx, up.UploadID)
		}
	}
}

// lose has the queue look for what the Initiates of this run may have left, once.
func (r *run) lose() {
	if !r.lost {
		r.lost = true
		r.watch.Lost(r.begun(r.initiating))
	}
}

// begun is a multipart upload that the run may have begun at that time.
func (r *run) begun(since time.Time) transfer.Lost {
	return transfer.Lost{Bucket: r.to.Bucket, Key: r.to.Key, VideoID: r.videoID, Since: since}
}

// remove aborts, now or later, a multipart upload at a place that VOD made for this file, unless it has a part. It
// names the upload itself, where VOD would abort all that there is of the video.
func (r *run) remove(ctx context.Context, uploadID string) {
	to := r.to
	to.UploadID = uploadID
	parts, next, err := r.remote.ListParts(ctx, to, 0)
	if err != nil || len(parts) > 0 || next > 0 {
		return
	}
	if err := r.remote.Abort(ctx, to); err != nil && code(err) != "NoSuchUpload" {
		r.watch.Left(transfer.Multipart{Bucket: to.Bucket, Key: to.Key, UploadID: to.UploadID, VideoID: r.videoID})
	}
}

// lostWithin is how long after it was written down, or sent, an Initiate may have been made.
const lostWithin = 10 * time.Minute

// begunBetween reports whether Initiates that were made between two times, by the server's clock, can have begun an
// upload. The server's times are whole seconds.
func begunBetween(up Pending, first, last time.Time) bool {
	return !up.Initiated.Before(first.Add(-2*time.Second)) && !up.Initiated.After(last.Add(lostWithin))
}
