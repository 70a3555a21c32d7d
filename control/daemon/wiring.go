package daemon

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"inboxfs/control/config"
	"inboxfs/control/credential"
	"inboxfs/queue/attribute"
	"inboxfs/queue/media"
	"inboxfs/queue/oss"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
	"inboxfs/queue/upload/level"
)

// AtOnce is how many requests there are at once, at most.
func AtOnce(u config.Upload) int {
	if u.Parts == config.AutoParts {
		return u.Files + level.Most
	}
	return u.Files * int(u.Parts)
}

// bare is a bucket's options without credentials.
func bare(c config.Config) oss.Options {
	return oss.Options{Endpoint: c.OSS.Endpoint, Region: c.OSS.RegionID(), Bucket: c.OSS.Bucket, CNAME: c.OSS.CNAME,
		Signature:   c.OSS.Signature,
		Parallelism: AtOnce(c.Upload), ConnectTimeout: time.Duration(c.OSS.ConnectTimeout),
		ReadTimeout: time.Duration(c.OSS.IdleTimeout)}
}

func ossOptions(c config.Config, keys *credential.Ring) oss.Options {
	o := bare(c)
	o.Credentials = func(ctx context.Context) (oss.Credentials, error) {
		k, err := keys.Get(ctx)
		return oss.Credentials{AccessKeyID: k.AccessKeyID, AccessKeySecret: k.AccessKeySecret,
			SecurityToken: k.SecurityToken}, err
	}
	o.Rejected = func(ctx context.Context, k oss.Credentials) bool {
		return keys.Rejected(ctx, credential.Credentials{AccessKeyID: k.AccessKeyID, AccessKeySecret: k.AccessKeySecret,
			SecurityToken: k.SecurityToken})
	}
	return o
}

// Bucket is the bucket of the configuration, reached with keys. The caller must Close it.
func Bucket(c config.Config, keys *credential.Ring) (*oss.Remote, error) {
	return oss.New(ossOptions(c, keys))
}

// uploader is what sends files: to the bucket of the configuration, or to where VOD says.
func (d *Daemon) uploader() (transfer.Uploader, error) {
	c := d.config
	attributes, err := attribute.Parse(c.Upload.Attributes)
	if err != nil {
		return nil, fmt.Errorf("upload.attributes: %w", err)
	}
	o := uploadOptions(c, attributes, d.log)
	if c.Credential.Mode == config.ModeVOD || c.Credential.Mode == config.ModeVODAuth {
		places, err := d.places()
		if err != nil {
			return nil, err
		}
		o.Overwrite = config.Replace // VOD makes a key of its own for each file
		return upload.NewVia(places, o), nil
	}
	if d.remote, err = Bucket(c, d.keys.Ring); err != nil {
		return nil, err
	}
	d.keys.know(d.remote)
	return upload.New(d.remote, o), nil
}

func uploadOptions(c config.Config, attributes attribute.Set, log *slog.Logger) upload.Options {
	return upload.Options{PartSize: int64(c.Upload.PartSize), Threshold: int64(c.Upload.MultipartThreshold),
		Parts: int(c.Upload.Parts),
		Auto:  c.Upload.Parts == config.AutoParts, Prefix: c.Upload.Prefix, Overwrite: c.Upload.Overwrite,
		Attributes: attributes, Log: log}
}

// check is what a drop's content is checked with, or nil.
func check(c config.Config) func(io.ReaderAt, int64) (string, error) {
	if !c.Inbox.CheckMedia {
		return nil
	}
	return media.Check
}
