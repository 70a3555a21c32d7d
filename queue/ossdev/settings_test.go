package ossdev

import (
	"strings"
	"testing"

	v2 "github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

func TestBucketStatAndVersioning(t *testing.T) {
	t.Parallel()
	eachSignature(t, Options{}, func(s *Running, c sdk) {
		c.put("a", "four", nil)
		c.put("b", "four", func(r *v2.PutObjectRequest) { r.StorageClass = v2.StorageClassIA })
		_, err := c.InitiateMultipartUpload(c.ctx, &v2.InitiateMultipartUploadRequest{Bucket: c.b, Key: v2.Ptr("c")})
		c.ok(err)
		stat, err := c.GetBucketStat(c.ctx, &v2.GetBucketStatRequest{Bucket: c.b})
		if c.ok(err); stat.Storage != 8 || stat.ObjectCount != 2 || stat.MultipartUploadCount != 1 ||
			stat.StandardStorage != 4 {
			c.t.Errorf("%+v", stat)
		}
		status := func() string {
			c.t.Helper()
			r, err := c.GetBucketVersioning(c.ctx, &v2.GetBucketVersioningRequest{Bucket: c.b})
			c.ok(err)
			return v2.ToString(r.VersionStatus)
		}
		forbidden := func() error {
			_, err := c.PutObject(c.ctx, &v2.PutObjectRequest{Bucket: c.b, Key: v2.Ptr("a"),
				Body: strings.NewReader("new"), ForbidOverwrite: v2.Ptr("true")})
			return err
		}
		if got := status(); got != "" {
			c.t.Errorf("at first: %q", got)
		}
		c.refused(forbidden(), "FileAlreadyExists", 409)
		for _, to := range []v2.VersioningStatusType{v2.VersionEnabled, v2.VersionSuspended} {
			_, err := c.PutBucketVersioning(c.ctx, &v2.PutBucketVersioningRequest{Bucket: c.b,
				VersioningConfiguration: &v2.VersioningConfiguration{Status: to}})
			c.ok(err)
			if status() != string(to) || s.Settings(testBucket).Versioning != string(to) {
				c.t.Errorf("%s: %s", to, status())
			}
			c.ok(forbidden()) // nobody looks at it
		}
		_, err = c.PutBucketVersioning(c.ctx, &v2.PutBucketVersioningRequest{Bucket: c.b,
			VersioningConfiguration: &v2.VersioningConfiguration{Status: "Off"}})
		c.refused(err, "MalformedXML", 400)
	})
}
