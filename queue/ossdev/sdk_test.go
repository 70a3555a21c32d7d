package ossdev

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"

	v2 "github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

// sdk is the SDK, version 2, at work on one bucket. What it does not expect ends the test.
type sdk struct {
	*v2.Client
	t   *testing.T
	ctx context.Context
	b   *string
}

// eachSignature runs a test with each version of signatures.
func eachSignature(t *testing.T, o Options, run func(s *Running, c sdk)) {
	for name, version := range map[string]v2.SignatureVersionType{"v4": v2.SignatureVersionV4,
		"v1": v2.SignatureVersionV1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, o)
			run(s, sdk{dialV2(t, s, func(o *v2.Config) { o.WithSignatureVersion(version) }), t, t.Context(),
				v2.Ptr(testBucket)})
		})
	}
}

func (c sdk) ok(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c sdk) refused(err error, code string, status int) *v2.ServiceError {
	c.t.Helper()
	e := serviceError(err)
	if e.Code != code || e.StatusCode != status || e.RequestID == "" {
		c.t.Errorf("%v, want %d %s", err, status, code)
	}
	return e
}

func (c sdk) put(key, text string, change func(*v2.PutObjectRequest)) {
	c.t.Helper()
	r := &v2.PutObjectRequest{Bucket: c.b, Key: v2.Ptr(key), Body: strings.NewReader(text)}
	if change != nil {
		change(r)
	}
	_, err := c.PutObject(c.ctx, r)
	c.ok(err)
}

func (c sdk) get(key string) (string, *v2.GetObjectResult) {
	c.t.Helper()
	r, err := c.GetObject(c.ctx, &v2.GetObjectRequest{Bucket: c.b, Key: v2.Ptr(key)})
	c.ok(err)
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	c.ok(err)
	return string(text), r
}

// TestManagers has the SDK's uploader, downloader and copier move a file in parts, several at once.
func TestManagers(t *testing.T) {
	t.Parallel()
	eachSignature(t, Options{}, func(s *Running, c sdk) {
		content := randomBytes(1_000_000)
		up := v2.NewUploader(c.Client, func(o *v2.UploaderOptions) { o.PartSize = 100 << 10 })
		_, err := up.UploadFrom(c.ctx, &v2.PutObjectRequest{Bucket: c.b, Key: v2.Ptr("up/a b"),
			Acl: v2.ObjectACLPrivate, StorageClass: v2.StorageClassIA}, bytes.NewReader(content))
		c.ok(err)
		_, err = v2.NewCopier(c.Client, func(o *v2.CopierOptions) {
			o.PartSize, o.MultipartCopyThreshold, o.DisableShallowCopy = 200<<10, 300<<10, true
		}).
			Copy(c.ctx, &v2.CopyObjectRequest{Bucket: c.b, Key: v2.Ptr("copy"), SourceKey: v2.Ptr("up/a b")})
		c.ok(err)
		for key, parts := range map[string]int{"up/a b": 10, "copy": 5} {
			file := c.t.TempDir() + "/got"
			_, err = v2.NewDownloader(c.Client, func(o *v2.DownloaderOptions) { o.PartSize = 100 << 10 }).
				DownloadFile(c.ctx, &v2.GetObjectRequest{Bucket: c.b, Key: v2.Ptr(key)}, file)
			c.ok(err)
			got, err := os.ReadFile(file)
			_, meta, _ := s.Object(testBucket, key)
			if err != nil || !bytes.Equal(got, content) || meta.Parts != parts {
				c.t.Errorf("%s: %d bytes, %v, %d parts, %v", key, len(got), err, meta.Parts, meta.Header)
			}
		}
		if _, meta, _ := s.Object(testBucket, "up/a b"); meta.Header[objectACL] != "private" || meta.class() != "IA" {
			c.t.Errorf("the uploader sends the ACL with Complete, and there is %v", meta.Header)
		}
	})
}
