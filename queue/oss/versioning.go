package oss

import "context"

// Versioned implements upload.Remote.
func (r *Remote) Versioned(ctx context.Context) (yes bool, err error) {
	err = again(func() error {
		c, err := r.begin(ctx, r.o.Bucket, r.o.ReadTimeout)
		if err != nil {
			return err
		}
		out, err := c.bucket.Client.GetBucketVersioning(r.o.Bucket, c.options...)
		yes = out.Status != "" // also Suspended: then the newest version is replaced
		return c.end(err)
	})
	return yes, err
}
