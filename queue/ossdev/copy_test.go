package ossdev

import (
	"strings"
	"testing"

	v2 "github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

func TestCopies(t *testing.T) {
	t.Parallel()
	eachSignature(t, Options{}, func(s *Running, c sdk) {
		c.put("from/ä b+%", "content", func(r *v2.PutObjectRequest) {
			r.Metadata, r.Tagging, r.ContentType, r.Acl = map[string]string{"take": "7"}, v2.Ptr("a=1"),
				v2.Ptr("video/mp4"), v2.ObjectACLPublicRead
		})
		from := v2.CopyObjectRequest{Bucket: c.b, SourceKey: v2.Ptr("from/ä b+%")}
		for name, change := range map[string]func(*v2.CopyObjectRequest){
			"plain": func(*v2.CopyObjectRequest) {},
			"replaced": func(r *v2.CopyObjectRequest) {
				r.MetadataDirective, r.Metadata, r.TaggingDirective, r.Tagging = v2.Ptr("REPLACE"),
					map[string]string{"take": "8"}, v2.Ptr("Replace"), v2.Ptr("b=2")
			},
		} {
			r := from
			r.Key = v2.Ptr(name)
			change(&r)
			_, err := c.CopyObject(c.ctx, &r)
			c.ok(err)
			text, got := c.get(name)
			_, meta, _ := s.Object(testBucket, name)
			want := map[string]string{"plain": "7 a=1 video/mp4", "replaced": "8 b=2 application/octet-stream"}[name]
			if said := got.Metadata["take"] + " " + meta.Header[objectTagging] + " " +
				*got.ContentType; text != "content" || said != want || meta.Header[objectACL] != "" {
				c.t.Errorf("%s: %q, %s, %v", name, text, said, meta.Header)
			}
		}
		for code, change := range map[string]func(*v2.CopyObjectRequest){
			"NoSuchKey":          func(r *v2.CopyObjectRequest) { r.SourceKey = v2.Ptr("none") },
			"NoSuchBucket":       func(r *v2.CopyObjectRequest) { r.SourceBucket = v2.Ptr("nobodys-bucket") },
			"PreconditionFailed": func(r *v2.CopyObjectRequest) { r.IfMatch = v2.Ptr(`"0"`) },
			"FileAlreadyExists": func(r *v2.CopyObjectRequest) {
				r.Key, r.ForbidOverwrite = v2.Ptr("plain"),
					v2.Ptr("true")
			},
			"InvalidArgument": func(r *v2.CopyObjectRequest) { r.MetadataDirective = v2.Ptr("FORGET") },
		} {
			r := from
			r.Key = v2.Ptr("other")
			change(&r)
			_, err := c.CopyObject(c.ctx, &r)
			c.refused(err, code, map[string]int{"NoSuchKey": 404, "NoSuchBucket": 404, "PreconditionFailed": 412,
				"FileAlreadyExists": 409, "InvalidArgument": 400}[code])
		}

		c.put("large", strings.Repeat("0123456789", 30<<10), nil)
		begun, err := c.InitiateMultipartUpload(c.ctx, &v2.InitiateMultipartUploadRequest{Bucket: c.b,
			Key: v2.Ptr("joined")})
		c.ok(err)
		var parts []v2.UploadPart
		for i, span := range []string{"bytes=0-204799", "bytes=204800-307199"} {
			r, err := c.UploadPartCopy(c.ctx, &v2.UploadPartCopyRequest{Bucket: c.b, Key: v2.Ptr("joined"),
				SourceKey: v2.Ptr("large"), UploadId: begun.UploadId, PartNumber: int32(i + 1), Range: v2.Ptr(span)})
			c.ok(err)
			if r.Headers.Get("ETag") != v2.ToString(r.ETag) { // where ali-oss looks for it
				t.Errorf("the header has %q, the body %q", r.Headers.Get("ETag"), v2.ToString(r.ETag))
			}
			parts = append(parts, v2.UploadPart{PartNumber: int32(i + 1), ETag: r.ETag})
		}
		_, err = c.CompleteMultipartUpload(c.ctx, &v2.CompleteMultipartUploadRequest{Bucket: c.b, Key: v2.Ptr("joined"),
			UploadId:                begun.UploadId,
			CompleteMultipartUpload: &v2.CompleteMultipartUpload{Parts: parts}})
		c.ok(err)
		large, _ := c.get("large")
		if joined, _ := c.get("joined"); joined != large {
			c.t.Errorf("joined has %d bytes", len(joined))
		}
	})
}
