package oss

import (
	"context"
	"encoding/xml"
	"fmt"
)

// BlocksPublicAccess reports whether the bucket refuses public ACLs. The SDK asks for the same document, and knows less
// of it.
func (r *Remote) BlocksPublicAccess(ctx context.Context) (yes bool, err error) {
	err = again(func() error {
		c, err := r.begin(ctx, r.o.Bucket, r.o.ReadTimeout)
		if err != nil {
			return err
		}
		headers := map[string]string{}
		if date := r.clock.Date(); date != "" {
			headers["Date"] = date
		}
		resp, err := c.bucket.Client.Conn.DoWithContext(c.ctx, "GET", r.o.Bucket, "", map[string]any{"bucketInfo": nil},
			headers, nil, 0, nil)
		if err != nil {
			return c.end(err)
		}
		defer resp.Close()
		var info struct {
			Blocked bool `xml:"Bucket>BlockPublicAccess"`
		}
		if err := xml.NewDecoder(resp).Decode(&info); err != nil {
			return c.end(fmt.Errorf("the answer cannot be read: %w", err))
		}
		yes = info.Blocked
		return c.end(nil)
	})
	return yes, err
}
