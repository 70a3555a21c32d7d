package upload

import (
	"context"
	"errors"

	"inboxfs/queue"
)

// Find implements queue.Uploader.
func (u *Uploader) Find(ctx context.Context, sent queue.Sent) (*queue.Found, error) {
	remote, err := u.at(ctx, sent)
	if err != nil {
		return nil, failed(ctx, err)
	}
	o, there, err := remote.Head(ctx, Target{Bucket: sent.Bucket, Key: sent.Key})
	if err != nil {
		return nil, failed(ctx, err)
	}
	other := o.Size != sent.Size || !o.HasCRC || sent.HasCRC && o.CRC64 != sent.CRC64
	if !there || other || u.older(o, sent.Since) {
		return nil, nil
	}
	return &queue.Found{ETag: o.ETag, CRC64: o.CRC64, Version: o.Version}, nil
}

// Remove implements queue.Uploader.
func (u *Uploader) Remove(ctx context.Context, sent queue.Sent, found queue.Found) error {
	remote, err := u.at(ctx, sent)
	if err == nil {
		err = remote.Delete(ctx, Target{Bucket: sent.Bucket, Key: sent.Key}, found.Version)
	}
	return failed(ctx, err)
}

func (u *Uploader) at(ctx context.Context, sent queue.Sent) (Remote, error) {
	return u.places.Reach(ctx, queue.Multipart{Bucket: sent.Bucket, Key: sent.Key, VideoID: sent.VideoID})
}

// failed is an error as the queue knows it.
func failed(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, queue.ErrElsewhere):
		return err
	}
	return asError(err)
}
