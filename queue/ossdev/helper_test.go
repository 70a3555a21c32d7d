package ossdev

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"
)

const (
	testID     = "LTAItest"
	testSecret = "test secret"
	testBucket = "holiday"
	testRegion = "cn-hangzhou"
)

// start runs a server with one key and one bucket.
func start(t testing.TB, o Options) *Running {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	s, err := Start("", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.AddKey(testID, testSecret, "", time.Time{})
	if err := s.CreateBucket(testBucket); err != nil {
		t.Fatal(err)
	}
	return s
}

// client is the SDK's, with V4 signatures unless an option says otherwise.
func client(t testing.TB, s *Running, options ...aliyun.ClientOption) *aliyun.Client {
	t.Helper()
	options = append([]aliyun.ClientOption{aliyun.AuthVersion(aliyun.AuthV4), aliyun.Region(testRegion)}, options...)
	c, err := aliyun.New(s.URL, testID, testSecret, options...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t testing.TB, c *aliyun.Client) *aliyun.Bucket {
	t.Helper()
	b, err := c.Bucket(testBucket)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// bucketOf is what most tests need.
func bucketOf(t testing.TB, s *Running, options ...aliyun.ClientOption) *aliyun.Bucket {
	t.Helper()
	return open(t, client(t, s, options...))
}

// content is n bytes that are the same in each run.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(b) // never fails
	return b
}

// code is OSS's name of an error, or the error itself.
func code(err error) string {
	var e aliyun.ServiceError
	if errors.As(err, &e) {
		return e.Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// want fails the test unless err has this code.
func want(t testing.TB, what string, err error, wanted string) {
	t.Helper()
	if got := code(err); got != wanted {
		t.Errorf("%s: got %q, want %q", what, got, wanted)
	}
}

// put uploads and fails the test when that does not work.
func put(t testing.TB, b *aliyun.Bucket, key string, data []byte, options ...aliyun.Option) {
	t.Helper()
	if err := b.PutObject(key, bytes.NewReader(data), options...); err != nil {
		t.Fatalf("put %q: %v", key, err)
	}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
