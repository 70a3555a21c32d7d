package oss

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"

	"inboxfs/queue/attribute"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
	"inboxfs/queue/verdict"
)

const (
	page     = 1000   // rows of a listing, the most that OSS gives
	maxPages = 100    // of multipart uploads for one key; who has so many needs another cure
	maxParts = 10_000 // of a multipart upload
)

// Initiate implements upload.Remote.
func (r *Remote) Initiate(ctx context.Context, to upload.Target) (id string, err error) {
	err = again(func() error {
		id, err = r.initiate(ctx, to)
		return err
	})
	return id, err
}

func (r *Remote) initiate(ctx context.Context, to upload.Target) (string, error) {
	c, err := r.begin(ctx, to.Bucket, r.o.ReadTimeout)
	if err != nil {
		return "", err
	}
	c.object(to, func(header string) bool { return !attribute.AtComplete(header) })
	out, err := c.bucket.InitiateMultipartUpload(to.Key, c.options...)
	if err == nil && !verdict.IsWord(out.UploadID) {
		err = errNoUploadID
	}
	if err := c.end(err); err != nil {
		return "", c.refused(to, err)
	}
	return out.UploadID, nil
}

// UploadPart implements upload.Remote.
func (r *Remote) UploadPart(ctx context.Context, to upload.Target, number int, body io.Reader, size int64) (
	upload.Answer, error) {
	c, err := r.begin(ctx, to.Bucket, r.o.ReadTimeout)
	if err != nil {
		return upload.Answer{}, err
	}
	_, err = c.bucket.UploadPart(multipart(to), body, size, number, c.options...)
	if err := c.end(err); err != nil {
		return upload.Answer{}, err
	}
	a := c.answer()
	if a.ETag == "" { // Complete needs it
		return upload.Answer{}, c.end(errNoETag)
	}
	return a, nil
}

// Complete implements upload.Remote.
func (r *Remote) Complete(ctx context.Context, to upload.Target, parts []transfer.Part) (a upload.Answer, err error) {
	err = again(func() error {
		a, err = r.complete(ctx, to, parts)
		return err
	})
	return a, err
}

func (r *Remote) complete(ctx context.Context, to upload.Target, parts []transfer.Part) (upload.Answer, error) {
	c, err := r.begin(ctx, to.Bucket, r.o.FinishTimeout)
	if err != nil {
		return upload.Answer{}, err
	}
	c.object(to, attribute.AtComplete)
	list := make([]aliyun.UploadPart, len(parts))
	for i, p := range parts {
		list[i] = aliyun.UploadPart{PartNumber: p.Number, ETag: `"` + trimETag(p.ETag) + `"`}
	}
	out, err := c.bucket.CompleteMultipartUpload(multipart(to), list, c.options...)
	if err := c.end(err); err != nil {
		return upload.Answer{}, c.refused(to, err)
	}
	a := c.answer()
	if of := etag(out.ETag); of != "" {
		a.ETag = of
	}
	return a, nil
}

// Abort implements upload.Remote.
func (r *Remote) Abort(ctx context.Context, to upload.Target) error {
	return again(func() error {
		c, err := r.begin(ctx, to.Bucket, r.o.ReadTimeout)
		if err != nil {
			return err
		}
		return c.end(c.bucket.AbortMultipartUpload(multipart(to), c.options...))
	})
}

// ListParts implements upload.Remote.
func (r *Remote) ListParts(ctx context.Context, to upload.Target, after int) (stored []upload.Stored, next int,
	err error) {
	err = again(func() error {
		stored, next, err = r.listParts(ctx, to, after)
		return err
	})
	return stored, next, err
}

func (r *Remote) listParts(ctx context.Context, to upload.Target, after int) ([]upload.Stored, int, error) {
	c, err := r.begin(ctx, to.Bucket, r.o.ReadTimeout)
	if err != nil {
		return nil, 0, err
	}
	c.options = append(c.options, aliyun.MaxParts(page), aliyun.PartNumberMarker(after))
	out, err := c.bucket.ListUploadedParts(multipart(to), c.options...)
	if err := c.end(err); err != nil {
		return nil, 0, err
	}
	stored := make([]upload.Stored, len(out.UploadedParts))
	last := after
	for i, p := range out.UploadedParts {
		if p.PartNumber <= last || p.PartNumber > maxParts {
			return nil, 0, c.end(errDisorder)
		}
		last = p.PartNumber
		stored[i] = upload.Stored{Number: p.PartNumber, Size: int64(p.Size), ETag: trimETag(p.ETag)}
	}
	if !out.IsTruncated {
		return stored, 0, nil
	}
	// Each page brings us further by at least a part, so that even a server that lies comes to an end.
	next, err := strconv.Atoi(out.NextPartNumberMarker)
	if err != nil || next < last || next == after || next > maxParts || len(stored) == 0 {
		return nil, 0, c.end(errNoMarker)
	}
	return stored, next, nil
}

// ListUploads implements upload.Remote.
func (r *Remote) ListUploads(ctx context.Context, to upload.Target) (under []upload.Pending, now time.Time, err error) {
	err = again(func() error {
		under, now, err = r.listUploads(ctx, to)
		return err
	})
	return under, now, err
}

func (r *Remote) listUploads(ctx context.Context, to upload.Target) (under []upload.Pending, now time.Time, err error) {
	// The listing is in order of keys, and of all that begin with this one it comes first.
	keyMarker, idMarker := "", ""
	for range maxPages {
		c, err := r.begin(ctx, to.Bucket, r.o.ReadTimeout)
		if err != nil {
			return nil, now, err
		}
		c.options = append(c.options, aliyun.Prefix(to.Key), aliyun.MaxUploads(page))
		if keyMarker != "" {
			c.options = append(c.options, aliyun.KeyMarker(keyMarker), aliyun.UploadIDMarker(idMarker))
		}
		out, err := c.bucket.ListMultipartUploads(c.options...)
		if err := c.end(err); err != nil {
			return nil, now, err
		}
		if t, err := http.ParseTime(c.exchange.header.Get("Date")); err == nil {
			now = t
		}
		for _, u := range out.Uploads {
			if u.Key == to.Key {
				under = append(under, upload.Pending{UploadID: u.UploadID, Initiated: u.Initiated})
			}
		}
		if !out.IsTruncated || out.NextKeyMarker != to.Key || out.NextUploadIDMarker == idMarker {
			return under, now, nil
		}
		keyMarker, idMarker = out.NextKeyMarker, out.NextUploadIDMarker
	}
	return under, now, nil
}

func multipart(to upload.Target) aliyun.InitiateMultipartUploadResult {
	return aliyun.InitiateMultipartUploadResult{Bucket: to.Bucket, Key: to.Key, UploadID: to.UploadID}
}

func trimETag(s string) string { return strings.Trim(s, `"`) }
