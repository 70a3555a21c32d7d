package upload

import (
	"context"
	"errors"

	"inboxfs/queue/transfer"
)

// Find implements transfer.Uploader.
func (u *Uploader) Find(ctx context.Context, sent transfer.Sent) (*transfer.Found, error) {
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
	return &transfer.Found{ETag: o.ETag, CRC64: o.CRC64, Version: o.Version}, nil
}

// Remove implements transfer.Uploader.
func (u *Uploader) Remove(ctx context.Context, sent transfer.Sent, found transfer.Found) error {
	remote, err := u.at(ctx, sent)
	if err == nil {
		err = remote.Delete(ctx, Target{Bucket: sent.Bucket, Key: sent.Key}, found.Version)
	}
	return failed(ctx, err)
}

func (u *Uploader) at(ctx context.Context, sent transfer.Sent) (Remote, error) {
	return u.places.Reach(ctx, transfer.Multipart{Bucket: sent.Bucket, Key: sent.Key, VideoID: sent.VideoID})
}

// failed is an error as the queue knows it.
func failed(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, transfer.ErrElsewhere):
		return err
	}
	return asError(err)
}
