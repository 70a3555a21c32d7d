package ossdev

import (
	"bytes"
	"io"
	"testing"
	"time"

	v2 "github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

func TestTrafficLimit(t *testing.T) {
	t.Parallel()
	eachSignature(t, Options{}, func(_ *Running, c sdk) {
		limited := func(bits int64, size int) error {
			_, err := c.PutObject(c.ctx, &v2.PutObjectRequest{Bucket: c.b, Key: v2.Ptr("a"),
				Body: bytes.NewReader(make([]byte, size)), TrafficLimit: bits})
			return err
		}
		c.refused(limited(leastTraffic-1, 1), "InvalidArgument", 400)
		c.refused(limited(mostTraffic+1, 1), "InvalidArgument", 400)
		began := time.Now()
		c.ok(limited(4_000_000, 250_000)) // half a second's worth
		if took := time.Since(began); took < 300*time.Millisecond {
			c.t.Errorf("sent in %v", took)
		}
		began = time.Now()
		r, err := c.GetObject(c.ctx, &v2.GetObjectRequest{Bucket: c.b, Key: v2.Ptr("a"), TrafficLimit: 4_000_000})
		c.ok(err)
		n, err := io.Copy(io.Discard, r.Body)
		if took := time.Since(began); err != nil || n != 250_000 || took < 300*time.Millisecond {
			c.t.Errorf("read %d bytes in %v, %v", n, took, err)
		}
		c.ok(r.Body.Close())
	})
}

func TestEncryptionIsTold(t *testing.T) {
	t.Parallel()
	eachSignature(t, Options{}, func(_ *Running, c sdk) {
		r, err := c.PutObject(c.ctx, &v2.PutObjectRequest{Bucket: c.b, Key: v2.Ptr("a"),
			ServerSideEncryption: v2.Ptr("KMS"), ServerSideEncryptionKeyId: v2.Ptr("key-1"),
			ServerSideDataEncryption: v2.Ptr("SM4")})
		c.ok(err)
		for name, want := range map[string]string{"x-oss-server-side-encryption": "KMS",
			"x-oss-server-side-encryption-key-id": "key-1", "x-oss-server-side-data-encryption": "SM4"} {
			if got := r.Headers.Get(name); got != want {
				c.t.Errorf("%s: %q", name, got)
			}
		}
	})
}
