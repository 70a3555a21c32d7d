package upload

import (
	"context"
	"fmt"

	"inboxfs/queue/transfer"
)

// Sweep implements transfer.Uploader. OSS does not tell who began an upload, so one that might be somebody else's is
// told by what it is: begun when ours was, and without a part an hour later.
func (u *Uploader) Sweep(ctx context.Context, lost transfer.Lost, known func(uploadID string) bool) (done bool,
	err error) {
	at := transfer.Multipart{Bucket: lost.Bucket, Key: lost.Key, VideoID: lost.VideoID}
	if lost.VideoID != "" {
		err := failed(ctx, u.places.Clear(ctx, at))
		return err == nil, err
	}
	remote, err := u.places.Reach(ctx, at)
	if err != nil {
		return false, failed(ctx, err)
	}
	to := Target{Bucket: lost.Bucket, Key: lost.Key}
	under, now, err := remote.ListUploads(ctx, to)
	if err == nil && now.IsZero() {
		err = fmt.Errorf("the server does not tell its time")
	}
	if err != nil {
		// Who may not list them never finds it; the bucket's lifecycle rule does.
		return asError(err).Kind == transfer.Final, err
	}
	done = true
	asked := now.Add(-u.o.Now().Sub(lost.Since)) // by the server's clock
	for _, up := range under {
		if !begunBetween(up, asked, asked) || known(up.UploadID) {
			continue
		}
		to.UploadID = up.UploadID
		if now.Sub(up.Initiated) < orphanAge {
			done = false
			continue
		}
		parts, _, err := remote.ListParts(ctx, to, 0)
		if code(err) == "NoSuchUpload" || err == nil && len(parts) > 0 {
			continue
		}
		if err == nil {
			err = remote.Abort(ctx, to)
		}
		if err != nil && code(err) != "NoSuchUpload" {
			return asError(err).Kind == transfer.Final, err
		}
	}
	return done, nil
}
