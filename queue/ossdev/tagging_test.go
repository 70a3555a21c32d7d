package ossdev

import (
	"testing"

	v2 "github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

func TestObjectTagging(t *testing.T) {
	t.Parallel()
	eachSignature(t, Options{}, func(_ *Running, c sdk) {
		tags := func() (text string) {
			c.t.Helper()
			r, err := c.GetObjectTagging(c.ctx, &v2.GetObjectTaggingRequest{Bucket: c.b, Key: v2.Ptr("a")})
			c.ok(err)
			for _, tag := range r.Tags {
				text += *tag.Key + "=" + *tag.Value + ";"
			}
			return text
		}
		c.put("a", "x", func(r *v2.PutObjectRequest) { r.Tagging = v2.Ptr("state=raw&who=a%20b") })
		if got := tags(); got != "state=raw;who=a b;" {
			c.t.Errorf("%q", got)
		}
		set := func(all ...v2.Tag) error {
			_, err := c.PutObjectTagging(c.ctx, &v2.PutObjectTaggingRequest{Bucket: c.b, Key: v2.Ptr("a"),
				Tagging: &v2.Tagging{TagSet: &v2.TagSet{Tags: all}}})
			return err
		}
		c.ok(set(v2.Tag{Key: v2.Ptr("+=:/"), Value: v2.Ptr(" ")}))
		if got := tags(); got != "+=:/= ;" {
			c.t.Errorf("%q", got)
		}
		c.refused(set(v2.Tag{Key: v2.Ptr("ä"), Value: v2.Ptr("")}), "InvalidTag", 400)
		head, err := c.HeadObject(c.ctx, &v2.HeadObjectRequest{Bucket: c.b, Key: v2.Ptr("a")})
		if c.ok(err); head.TaggingCount != 1 {
			c.t.Errorf("HEAD counts %d", head.TaggingCount)
		}
		_, err = c.DeleteObjectTagging(c.ctx, &v2.DeleteObjectTaggingRequest{Bucket: c.b, Key: v2.Ptr("a")})
		if c.ok(err); tags() != "" {
			c.t.Errorf("deleted, and there is %q", tags())
		}
	})
}
