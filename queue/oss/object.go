package oss

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"

	"inboxfs/queue/upload"
	"inboxfs/queue/verdict"
)

// Put implements upload.Remote.
func (r *Remote) Put(ctx context.Context, to upload.Target, body io.Reader, size int64) (upload.Answer, error) {
	c, err := r.begin(ctx, to.Bucket, r.o.ReadTimeout)
	if err != nil {
		return upload.Answer{}, err
	}
	c.object(to, func(string) bool { return true })
	var data io.Reader // nil for an empty file: the SDK would send it chunked otherwise, which OSS does not take
	if size > 0 {
		data = &io.LimitedReader{R: body, N: size}
	}
	if err := c.end(c.bucket.PutObject(to.Key, data, c.options...)); err != nil {
		return upload.Answer{}, c.refused(to, err)
	}
	return c.answer(), nil
}

// Head implements upload.Remote.
func (r *Remote) Head(ctx context.Context, to upload.Target) (o upload.Object, found bool, err error) {
	err = again(func() error {
		o, found, err = r.head(ctx, to)
		return err
	})
	return o, found, err
}

func (r *Remote) head(ctx context.Context, to upload.Target) (upload.Object, bool, error) {
	c, err := r.begin(ctx, to.Bucket, r.o.ReadTimeout)
	if err != nil {
		return upload.Object{}, false, err
	}
	header, err := c.bucket.GetObjectDetailedMeta(to.Key, c.options...)
	if err = c.end(err); err != nil {
		if is(err, "NoSuchKey") {
			return upload.Object{}, false, nil
		}
		return upload.Object{}, false, err
	}
	size, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64)
	if err != nil {
		return upload.Object{}, false, c.end(errNoLength)
	}
	return upload.Object{Answer: c.answer(), Size: size, Age: age(header),
		Version: version(header.Get(versionHeader))}, true, nil
}

// versionHeader says which version of an object an answer is about.
const versionHeader = "X-Oss-Version-Id"

// version is a version's name; "" where that is none.
func version(s string) string {
	if verdict.IsWord(s) {
		return s
	}
	return ""
}

// Delete implements upload.Remote.
func (r *Remote) Delete(ctx context.Context, to upload.Target, version string) error {
	return again(func() error {
		c, err := r.begin(ctx, to.Bucket, r.o.ReadTimeout)
		if err != nil {
			return err
		}
		if version != "" {
			c.options = append(c.options, aliyun.VersionId(version))
		}
		return c.end(c.bucket.DeleteObject(to.Key, c.options...))
	})
}

// age says how old an object is by its server's clock, whatever ours shows; -1 if the answer does not tell.
func age(header http.Header) time.Duration {
	now, err := http.ParseTime(header.Get(aliyun.HTTPHeaderDate))
	if err != nil {
		return -1
	}
	made, err := http.ParseTime(header.Get(aliyun.HTTPHeaderLastModified))
	if err != nil {
		return -1
	}
	return max(0, now.Sub(made))
}

// answer is what the headers say of what was stored.
func (c *call) answer() upload.Answer {
	a := upload.Answer{ETag: etag(c.exchange.header.Get(aliyun.HTTPHeaderEtag)), RequestID: c.requestID(),
		Callback: c.callback,
		Version:  verdict.Code(c.exchange.header.Get("X-Oss-Version-Id"))}
	if s := c.exchange.header.Get(aliyun.HTTPHeaderOssCRC64); s != "" {
		crc, err := strconv.ParseUint(s, 10, 64)
		a.CRC64, a.HasCRC = crc, err == nil
	}
	return a
}

// etag is an ETag without the quotes around it, or "" where that is none.
func etag(s string) string {
	if s = trimETag(s); verdict.IsWord(s) {
		return s
	}
	return ""
}

func (c *call) requestID() string {
	return verdict.Code(c.exchange.header.Get(aliyun.HTTPHeaderOssRequestID))
}
