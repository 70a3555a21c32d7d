package upload

import (
	"context"
	"time"

	"inboxfs/queue"
)

// tidying is how long looking for orphans may keep a success waiting that is known.
const tidying = 5 * time.Second

// sweep removes what an earlier Initiate left behind whose answer was lost: multipart uploads of this key that are no
// older than that request, but for keep. It does nothing where it cannot be sure.
func (r *run) sweep(ctx context.Context, keep string) {
	first, ok := r.u.suspected(r.to.Key)
	if !ok || !r.u.alone(r.to.Key) {
		return
	}
	begun, ok := r.begunSince(ctx, first)
	if !ok {
		return
	}
	for _, id := range begun {
		if id != keep {
			r.remove(ctx, id)
		}
	}
	r.u.clear(r.to.Key)
}

// tidy removes what is left of an Initiate that reached the server twice, or after it was given up, and of which nobody
// knows: multipart uploads of this key that are no older than the first Initiate of this run and have no part. It looks
// when the object is there. By then another client that sends to the same key has sent a part.
func (r *run) tidy(ctx context.Context) {
	if r.initiating.IsZero() || !r.u.alone(r.to.Key) || r.u.unlisted(r.to.Bucket) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, tidying)
	defer cancel()
	begun, _ := r.begunSince(ctx, r.initiating)
	for _, id := range begun {
		to := r.to
		to.UploadID = id
		if parts, next, err := r.remote.ListParts(ctx, to, 0); err == nil && len(parts) == 0 && next == 0 {
			r.remove(ctx, id)
		}
	}
}

// remove aborts one of them, now or later. It names the upload itself, where VOD would abort all that there is of the video.
func (r *run) remove(ctx context.Context, id string) {
	to := r.to
	to.UploadID = id
	if err := r.remote.Abort(ctx, to); err != nil && code(err) != "NoSuchUpload" {
		r.watch.Left(queue.Multipart{Bucket: to.Bucket, Key: to.Key, UploadID: id, VideoID: r.videoID})
	}
}

// begunSince lists the multipart uploads of this key that the server began no earlier than a time of our clock. ok is
// false when that cannot be known.
func (r *run) begunSince(ctx context.Context, since time.Time) (ids []string, ok bool) {
	under, now, err := r.remote.ListUploads(ctx, r.to)
	if err != nil || now.IsZero() {
		if err != nil && ctx.Err() == nil && asError(err).Kind == queue.Final {
			r.u.cannotList(r.to.Bucket)
		}
		r.u.o.Log.Debug("orphaned multipart uploads could not be looked for", "key", r.to.Key, "err", err)
		return nil, false
	}
	oldest := now.Add(-time.Since(since) - 2*time.Second).Truncate(time.Second) // the server's times are whole seconds
	for _, u := range under {
		if !u.Initiated.Before(oldest) {
			ids = append(ids, u.UploadID)
		}
	}
	return ids, true
}
