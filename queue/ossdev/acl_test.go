package ossdev

import (
	"net/http"
	"strings"
	"testing"

	v2 "github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

func TestObjectACL(t *testing.T) {
	t.Parallel()
	eachSignature(t, Options{}, func(s *Running, c sdk) {
		acl := func(key string) string {
			c.t.Helper()
			r, err := c.GetObjectAcl(c.ctx, &v2.GetObjectAclRequest{Bucket: c.b, Key: v2.Ptr(key)})
			c.ok(err)
			return *r.ACL
		}
		anonymous := func(key string) int {
			c.t.Helper()
			resp, err := http.Get(s.URL + "/" + testBucket + "/" + key)
			c.ok(err)
			c.ok(resp.Body.Close())
			return resp.StatusCode
		}
		c.put("a", "x", nil)
		if got := acl("a"); got != "default" || anonymous("a") != 403 {
			c.t.Errorf("a new one is %s", got)
		}
		_, err := c.PutObjectAcl(c.ctx, &v2.PutObjectAclRequest{Bucket: c.b, Key: v2.Ptr("a"),
			Acl: v2.ObjectACLPublicRead})
		c.ok(err)
		if got := acl("a"); got != "public-read" || anonymous("a") != 200 {
			c.t.Errorf("set: %s", got)
		}
		_, err = c.PutObjectAcl(c.ctx, &v2.PutObjectAclRequest{Bucket: c.b, Key: v2.Ptr("a"), Acl: "world"})
		c.refused(err, "InvalidArgument", 400)
		_, err = c.GetObjectAcl(c.ctx, &v2.GetObjectAclRequest{Bucket: c.b, Key: v2.Ptr("none")})
		c.refused(err, "NoSuchKey", 404)

		// Of parts: what comes with Complete counts, and nothing else.
		for complete, want := range map[v2.ObjectACLType]string{"": "default", v2.ObjectACLPrivate: "private"} {
			begun, err := c.InitiateMultipartUpload(c.ctx, &v2.InitiateMultipartUploadRequest{Bucket: c.b,
				Key:           v2.Ptr("parts"),
				RequestCommon: v2.RequestCommon{Headers: map[string]string{"x-oss-object-acl": "public-read"}}})
			c.ok(err)
			part, err := c.UploadPart(c.ctx, &v2.UploadPartRequest{Bucket: c.b, Key: v2.Ptr("parts"),
				UploadId: begun.UploadId, PartNumber: 1, Body: strings.NewReader("y")})
			c.ok(err)
			_, err = c.CompleteMultipartUpload(c.ctx, &v2.CompleteMultipartUploadRequest{Bucket: c.b,
				Key: v2.Ptr("parts"), UploadId: begun.UploadId, Acl: complete,
				CompleteMultipartUpload: &v2.CompleteMultipartUpload{
					Parts: []v2.UploadPart{{PartNumber: 1, ETag: part.ETag}}}})
			c.ok(err)
			if got := acl("parts"); got != want || anonymous("parts") != 403 {
				c.t.Errorf("of parts: %s, want %s", got, want)
			}
		}

		c.put("mine", "x", func(r *v2.PutObjectRequest) { r.Acl = v2.ObjectACLPrivate })
		bucketACL := func(acl v2.BucketACLType) {
			_, err := c.PutBucketAcl(c.ctx, &v2.PutBucketAclRequest{Bucket: c.b, Acl: acl})
			c.ok(err)
			if r, err := c.GetBucketAcl(c.ctx, &v2.GetBucketAclRequest{Bucket: c.b}); err != nil ||
				*r.ACL != string(acl) {
				c.t.Errorf("the bucket's: %v, %v", r, err)
			}
		}
		bucketACL(v2.BucketACLPublicRead)
		c.put("theirs", "x", nil)
		if anonymous("mine") != 403 || anonymous("theirs") != 200 {
			c.t.Error("a bucket's ACL counts for objects that have none of their own, and for no others")
		}
		bucketACL(v2.BucketACLPrivate)

		_, err = c.PutBucketPublicAccessBlock(c.ctx, &v2.PutBucketPublicAccessBlockRequest{Bucket: c.b,
			PublicAccessBlockConfiguration: &v2.PublicAccessBlockConfiguration{BlockPublicAccess: v2.Ptr(true)}})
		c.ok(err)
		_, err = c.PutObjectAcl(c.ctx, &v2.PutObjectAclRequest{Bucket: c.b, Key: v2.Ptr("a"),
			Acl: v2.ObjectACLPublicRead})
		if e := c.refused(err, "AccessDenied", 403); e.EC != "0016-00000901" || anonymous("a") != 403 {
			c.t.Errorf("blocked: %+v", e)
		}
		info, err := c.GetBucketInfo(c.ctx, &v2.GetBucketInfoRequest{Bucket: c.b})
		if c.ok(err); !*info.BucketInfo.BlockPublicAccess {
			c.t.Error("the bucket does not say that it blocks")
		}
		_, err = c.DeleteBucketPublicAccessBlock(c.ctx, &v2.DeleteBucketPublicAccessBlockRequest{Bucket: c.b})
		c.ok(err)
		block, err := c.GetBucketPublicAccessBlock(c.ctx, &v2.GetBucketPublicAccessBlockRequest{Bucket: c.b})
		if c.ok(err); *block.PublicAccessBlockConfiguration.BlockPublicAccess || anonymous("a") != 200 {
			c.t.Error("it blocks still")
		}
	})
}
