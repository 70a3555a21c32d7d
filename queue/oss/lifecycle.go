package oss

import (
	"context"
	"strings"
)

// AbortsOrphans reports whether a lifecycle rule of the bucket removes what is left of multipart uploads under keys
// that begin with prefix.
func (r *Remote) AbortsOrphans(ctx context.Context, prefix string) (yes bool, err error) {
	err = again(func() error {
		yes, err = r.abortsOrphans(ctx, prefix)
		return err
	})
	return yes, err
}

func (r *Remote) abortsOrphans(ctx context.Context, prefix string) (bool, error) {
	c, err := r.begin(ctx, r.o.Bucket, r.o.ReadTimeout)
	if err != nil {
		return false, err
	}
	out, err := c.bucket.Client.GetBucketLifecycle(r.o.Bucket, c.options...)
	if err := c.end(err); err != nil {
		if is(err, "NoSuchLifecycle") {
			return false, nil
		}
		return false, err
	}
	for _, rule := range out.Rules {
		if rule.Status == "Enabled" && rule.AbortMultipartUpload != nil && strings.HasPrefix(prefix, rule.Prefix) {
			return true, nil
		}
	}
	return false, nil
}
