package upload

import (
	"context"
	"time"

	"inboxfs/queue"
)

// tidying is how long looking for orphans may keep a success waiting that is known.
const tidying = 5 * time.Second

// sweep removes what an earlier Initiate left behind whose answer was lost, but for keep. Where it cannot be sure it does
// nothing, and the next one looks again.
func (r *run) sweep(ctx context.Context, keep string) {
	first, ok := r.u.suspected(r.to.Key)
	if ok && r.u.alone(r.to.Key) && r.removeBegun(ctx, first, keep) {
		r.u.clear(r.to.Key)
	}
}

// tidy removes what is left of an Initiate that reached the server twice, or after it was given up, and of which nobody
// knows. It looks when the object is there. By then another client that sends to the same key has sent a part.
func (r *run) tidy(ctx context.Context) {
	if r.initiating.IsZero() || !r.u.alone(r.to.Key) || r.u.unlisted(r.to.Bucket) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, tidying)
	defer cancel()
	r.removeBegun(ctx, r.initiating, "")
}

// removeBegun aborts, now or later, what Initiates since a time may have left: multipart uploads of this key that were begun
// when those may have arrived, and have no part. One that has is somebody else's, since nobody knows the ids of ours. ok is
// false when it could not look.
func (r *run) removeBegun(ctx context.Context, since time.Time, keep string) (ok bool) {
	under, now, err := r.remote.ListUploads(ctx, r.to)
	if err != nil || now.IsZero() {
		if err != nil && ctx.Err() == nil && asError(err).Kind == queue.Final {
			r.u.cannotList(r.to.Bucket)
		}
		r.u.o.Log.Debug("orphaned multipart uploads could not be looked for", "key", r.to.Key, "err", err)
		return false
	}
	// One of our clocks stands still while the machine sleeps, the other may have been set meanwhile.
	short, long := time.Since(since), time.Now().Round(0).Sub(since.Round(0))
	if short > long {
		short, long = long, short
	}
	for _, up := range under {
		if up.UploadID == keep || !begunBetween(up, now.Add(-long), now.Add(-short)) {
			continue
		}
		to := r.to
		to.UploadID = up.UploadID
		switch parts, next, err := r.remote.ListParts(ctx, to, 0); {
		case code(err) == "NoSuchUpload", len(parts) > 0, next > 0:
		case err != nil:
			return false
		default:
			r.remove(ctx, to)
		}
	}
	return true
}

// remove aborts one of them. It names the upload itself, where VOD would abort all that there is of the video.
func (r *run) remove(ctx context.Context, to Target) {
	if err := r.remote.Abort(ctx, to); err != nil && code(err) != "NoSuchUpload" {
		r.watch.Left(queue.Multipart{Bucket: to.Bucket, Key: to.Key, UploadID: to.UploadID, VideoID: r.videoID})
	}
}

// lostWithin is how long after it was written down, or sent, an Initiate may have been made.
const lostWithin = 10 * time.Minute

// begunBetween says whether Initiates that were made between two times, by the server's clock, can have begun an upload.
// The server's times are whole seconds.
func begunBetween(up Pending, first, last time.Time) bool {
	return !up.Initiated.Before(first.Add(-2*time.Second)) && !up.Initiated.After(last.Add(lostWithin))
}
