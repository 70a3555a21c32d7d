package daemon

import (
	"context"
	"io"
	"log/slog"
	"time"

	"inboxfs/control/config"
	"inboxfs/control/credential"
	"inboxfs/queue/attribute"
	"inboxfs/queue/media"
	"inboxfs/queue/oss"
	"inboxfs/queue/upload"
)

func ossOptions(c config.Config, keys *credential.Ring) oss.Options {
	return oss.Options{Endpoint: c.OSS.Endpoint, Region: c.OSS.RegionID(), Bucket: c.OSS.Bucket, Signature: c.OSS.Signature,
		Parallelism: c.Upload.Files * c.Upload.Parts, ConnectTimeout: time.Duration(c.OSS.ConnectTimeout),
		ReadTimeout: time.Duration(c.OSS.IdleTimeout),
		Credentials: func(ctx context.Context) (oss.Credentials, error) {
			k, err := keys.Get(ctx)
			return oss.Credentials{AccessKeyID: k.AccessKeyID, AccessKeySecret: k.AccessKeySecret, SecurityToken: k.SecurityToken}, err
		},
		Rejected: func(ctx context.Context, k oss.Credentials) bool {
			return keys.Rejected(ctx, credential.Credentials{AccessKeyID: k.AccessKeyID, AccessKeySecret: k.AccessKeySecret, SecurityToken: k.SecurityToken})
		}}
}

func uploadOptions(c config.Config, attributes attribute.Set, log *slog.Logger) upload.Options {
	return upload.Options{PartSize: int64(c.Upload.PartSize), Threshold: int64(c.Upload.MultipartThreshold), Parts: c.Upload.Parts,
		Prefix: c.Upload.Prefix, Overwrite: c.Upload.Overwrite, Attributes: attributes, Log: log}
}

// check is what a drop's content is checked with, or nil.
func check(c config.Config) func(io.ReaderAt, int64) (string, error) {
	if !c.Inbox.CheckMedia {
		return nil
	}
	return media.Check
}
