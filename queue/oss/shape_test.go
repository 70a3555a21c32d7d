package oss

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	v2 "github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
)

// TestShapeOfRequests addresses a bucket by each kind of endpoint and signs with each version: what arrives has the
// same host and path as what Alibaba Cloud's SDK, version 2, sends, and the development endpoint takes the signature of
// both.
func TestShapeOfRequests(t *testing.T) {
	t.Parallel()
	const key = "clips/ä b+%.mp4"
	for _, c := range []struct {
		endpoint string
		cname    bool
		host     string // of requests about the bucket
	}{
		{"http://oss-cn-hangzhou.aliyuncs.com", false, "drops.oss-cn-hangzhou.aliyuncs.com"},
		{"http://oss-cn-hangzhou-internal.aliyuncs.com", false, "drops.oss-cn-hangzhou-internal.aliyuncs.com"},
		{"http://vpc100-oss-cn-hangzhou.aliyuncs.com", false, "drops.vpc100-oss-cn-hangzhou.aliyuncs.com"},
		{"http://ep-bp1.oss.cn-hangzhou.privatelink.aliyuncs.com", false,
			"drops.ep-bp1.oss.cn-hangzhou.privatelink.aliyuncs.com"},
		{"http://cn-hangzhou.oss.aliyuncs.com", false, "drops.cn-hangzhou.oss.aliyuncs.com"},
		{"http://oss-accelerate.aliyuncs.com", false, "drops.oss-accelerate.aliyuncs.com"},
		{"http://oss-accelerate-overseas.aliyuncs.com", false, "drops.oss-accelerate-overseas.aliyuncs.com"},
		{"http://media.example.com", true, "media.example.com"},
		{"http://media.example.com:8080", true, "media.example.com:8080"},
	} {
		for _, version := range []string{"v4", "v1"} {
			t.Run(strings.TrimPrefix(c.endpoint, "http://")+" "+version, func(t *testing.T) {
				t.Parallel()
				every := anyName(t, ossdev.Options{Domains: map[string]string{"media.example.com": bucket}})
				remote, err := New(Options{Endpoint: c.endpoint, CNAME: c.cname, Region: "cn-hangzhou", Bucket: bucket,
					Signature:   version,
					Credentials: fixed(keyID, secret, token), Proxy: http.ProxyURL(every.url)})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(remote.Close)
				ours := every.during(func() { uploadAll(t, remote, key) })
				theirs := every.during(func() {
					uploadAllV2(t, v2Client(c.endpoint, c.cname, version, every.url),
						key)
				})
				if !slices.Equal(ours, theirs) {
					t.Errorf("sent\n%s\nthe SDK sends\n%s", strings.Join(ours, "\n"), strings.Join(theirs, "\n"))
				}
				for _, request := range ours {
					if host := strings.Fields(request)[1]; host != c.host {
						t.Errorf("%s instead of %s", host, c.host)
					}
				}
			})
		}
	}
}

// uploadAll makes each request of an upload.
func uploadAll(t *testing.T, r *Remote, key string) {
	t.Helper()
	to := upload.Target{Bucket: bucket, Key: key, Header: map[string]string{"X-Oss-Object-Acl": "private",
		"Content-Type": "video/mp4"}}
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := r.Put(ctx, to, strings.NewReader("content"), 7)
	check(err)
	_, _, err = r.Head(ctx, to)
	check(err)
	for _, end := range []func(parts []transfer.Part) error{
		func(parts []transfer.Part) error { _, err := r.Complete(ctx, to, parts); return err },
		func([]transfer.Part) error { return r.Abort(ctx, to) },
	} {
		to.UploadID, err = r.Initiate(ctx, to)
		check(err)
		a, err := r.UploadPart(ctx, to, 1, strings.NewReader("content"), 7)
		check(err)
		_, _, err = r.ListParts(ctx, to, 0)
		check(err)
		_, _, err = r.ListUploads(ctx, to)
		check(err)
		check(end([]transfer.Part{{Number: 1, Size: 7, ETag: a.ETag}}))
	}
	_, err = r.AbortsOrphans(ctx, "")
	check(err)
}

// uploadAllV2 makes the same with the SDK.
func uploadAllV2(t *testing.T, c *v2.Client, key string) {
	t.Helper()
	ctx := t.Context()
	b, k := v2.Ptr(bucket), v2.Ptr(key)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.PutObject(ctx, &v2.PutObjectRequest{Bucket: b, Key: k, Body: strings.NewReader("content")})
	check(err)
	_, err = c.HeadObject(ctx, &v2.HeadObjectRequest{Bucket: b, Key: k})
	check(err)
	for _, end := range []func(id *string, part v2.UploadPart) error{
		func(id *string, part v2.UploadPart) error {
			_, err := c.CompleteMultipartUpload(ctx, &v2.CompleteMultipartUploadRequest{Bucket: b, Key: k, UploadId: id,
				Acl:                     v2.ObjectACLPrivate,
				CompleteMultipartUpload: &v2.CompleteMultipartUpload{Parts: []v2.UploadPart{part}}})
			return err
		},
		func(id *string, _ v2.UploadPart) error {
			_, err := c.AbortMultipartUpload(ctx, &v2.AbortMultipartUploadRequest{Bucket: b, Key: k, UploadId: id})
			return err
		},
	} {
		begun, err := c.InitiateMultipartUpload(ctx, &v2.InitiateMultipartUploadRequest{Bucket: b, Key: k})
		check(err)
		part, err := c.UploadPart(ctx, &v2.UploadPartRequest{Bucket: b, Key: k, UploadId: begun.UploadId, PartNumber: 1,
			Body: strings.NewReader("content")})
		check(err)
		_, err = c.ListParts(ctx, &v2.ListPartsRequest{Bucket: b, Key: k, UploadId: begun.UploadId})
		check(err)
		_, err = c.ListMultipartUploads(ctx, &v2.ListMultipartUploadsRequest{Bucket: b})
		check(err)
		check(end(begun.UploadId, v2.UploadPart{PartNumber: 1, ETag: part.ETag}))
	}
	_, err = c.GetBucketLifecycle(ctx, &v2.GetBucketLifecycleRequest{Bucket: b})
	check(err)
}

// v2Client is the SDK's client of a bucket that is reached through a proxy.
func v2Client(endpoint string, cname bool, version string, proxy *url.URL) *v2.Client {
	signature := v2.SignatureVersionV4
	if version == "v1" {
		signature = v2.SignatureVersionV1
	}
	return v2.NewClient(v2.LoadDefaultConfig().WithEndpoint(endpoint).WithUseCName(cname).WithRegion(
		"cn-hangzhou").WithSignatureVersion(signature).
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(keyID, secret, token)).WithRetryMaxAttempts(1).
		WithHttpClient(&http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy)}}))
}

// answering is a development endpoint that answers to every name, as a proxy of all of them, and remembers what it was
// asked.
type answering struct {
	*ossdev.Server
	url *url.URL

	mu    sync.Mutex // guards asked
	asked []string
}

func anyName(t *testing.T, o ossdev.Options) *answering {
	t.Helper()
	o.Dir, o.Lifecycle = t.TempDir(), []ossdev.LifecycleRule{{ID: "parts", Status: "Enabled", Days: 7}}
	o.Keys = map[string]ossdev.Key{keyID: {Secret: secret, Token: token}}
	l := &answering{}
	var err error
	if l.Server, err = ossdev.New(o); err != nil {
		t.Fatal(err)
	}
	if err := l.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		// The path as it was sent, and which of its requests it is.
		query := ""
		for _, name := range []string{"uploads", "uploadId", "partNumber", "lifecycle"} {
			if r.URL.Query().Has(name) {
				query += " " + name
			}
		}
		l.asked = append(l.asked, r.Method+" "+r.Host+" "+sentPath(r)+query)
		l.mu.Unlock()
		l.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		server.Close()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	if l.url, err = url.Parse(server.URL); err != nil {
		t.Fatal(err)
	}
	return l
}

// sentPath is the path of a request; the two SDKs escape a slash each in its own way, which is the same to OSS.
func sentPath(r *http.Request) string { return strings.ReplaceAll(r.URL.EscapedPath(), "%2F", "/") }

func (l *answering) during(do func()) []string {
	l.mu.Lock()
	l.asked = nil
	l.mu.Unlock()
	do()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked
}

// TestNewAccount has OSS refuse data at the public endpoint, which is final and says what to do; by a domain of one's
// own it goes.
func TestNewAccount(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	every := anyName(t, ossdev.Options{NewAccount: true, Domains: map[string]string{"media.example.com": bucket}})
	for _, c := range []struct {
		endpoint string
		cname    bool
		region   string
		code     string
	}{
		{"http://oss-cn-hangzhou.aliyuncs.com", false, "cn-hangzhou", "PublicEndpointForbidden"},
		{"http://cn-hangzhou.oss.aliyuncs.com", false, "cn-hangzhou", "PublicEndpointForbidden"},
		{"http://oss-cn-hangzhou-internal.aliyuncs.com", false, "cn-hangzhou", ""},
		{"http://oss-accelerate.aliyuncs.com", false, "cn-hangzhou", ""},
		{"http://media.example.com", true, "cn-hangzhou", ""},
	} {
		for _, size := range []int{10, 2 * part} {
			remote, err := New(Options{Endpoint: c.endpoint, CNAME: c.cname, Region: c.region, Bucket: bucket,
				Credentials: fixed(keyID, secret, token),
				Proxy:       http.ProxyURL(every.url)})
			if err != nil {
				t.Fatal(err)
			}
			job, data := file(t, size)
			_, err = upload.New(remote, upload.Options{PartSize: part}).Upload(context.Background(), job, &watcher{})
			remote.Close()
			if c.code != "" {
				e := as(t, err, transfer.Final, c.code)
				if e.EC != "0048-00000401" || !strings.Contains(e.Hint, "oss.cname = true") {
					t.Errorf("%s: %+v", c.endpoint, e)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", c.endpoint, err)
			}
			if stored := stored(t, every.Server, job.Name); !bytes.Equal(stored, data) {
				t.Errorf("%s: the object is not the file", c.endpoint)
			}
		}
	}
}

// TestHintsOfEndpoints has requests that nobody answers, where the endpoint's name tells why.
func TestHintsOfEndpoints(t *testing.T) {
	t.Parallel()
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(away.Close)
	proxy, err := url.Parse(away.URL)
	if err != nil {
		t.Fatal(err)
	}
	through := func(*http.Request) (*url.URL, error) { return proxy, nil }
	for name, c := range map[string]struct {
		at   Options
		want string
	}{
		"internal, by a proxy": {Options{Endpoint: "https://oss-cn-hangzhou-internal.aliyuncs.com", Proxy: through},
			"answers only inside Alibaba Cloud's network"},
		"public, by a proxy": {Options{Endpoint: "https://oss-cn-hangzhou.aliyuncs.com", Proxy: through},
			"ask whoever runs the proxy"},
		"internal": {Options{Endpoint: "http://oss-cn-hangzhou-internal.aliyuncs.com"},
			"answers only inside Alibaba Cloud's network"},
		"a domain": {Options{Endpoint: "http://media.example.com", Region: "cn-hangzhou"},
			"set oss.cname = true; otherwise check the spelling"},
		"a bound domain": {Options{Endpoint: "http://media.example.com", Region: "cn-hangzhou", CNAME: true},
			"check the spelling"},
		"a wrong endpoint": {Options{Endpoint: "http://oss-cn-hangzhuo.aliyuncs.com"}, "check the spelling"},
	} {
		o := c.at
		o.Bucket, o.Credentials = bucket, fixed(keyID, secret, token)
		if o.Proxy == nil {
			o.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
		}
		remote, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(remote.Close)
		// no name is known here: resolver_test.go
		_, err = remote.Put(t.Context(), upload.Target{Bucket: bucket, Key: "k"}, strings.NewReader("x"), 1)
		if e := as(t, err, transfer.Resumable, "NetworkError"); !strings.Contains(e.Hint, c.want) ||
			name != "a domain" && strings.Contains(e.Hint, "oss.cname = true;") {
			t.Errorf("%s: %q", name, e.Hint)
		}
	}
}

// TestDomainOfAnotherBucket signs for a bucket to which the domain is not bound: OSS cannot know that, and finds a
// wrong signature.
func TestDomainOfAnotherBucket(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	every := anyName(t, ossdev.Options{Domains: map[string]string{"media.example.com": bucket,
		"new.example.com": "nobodys-bucket"}})
	for name, c := range map[string]struct {
		o          Options
		code, want string
	}{
		"another bucket, v4": {Options{Endpoint: "http://media.example.com", CNAME: true, Bucket: "my-buckt"},
			"SignatureDoesNotMatch",
			"oss.bucket must be the bucket to which media.example.com is bound"},
		"another bucket, v1": {Options{Endpoint: "http://media.example.com", CNAME: true, Bucket: "my-buckt",
			Signature: "v1"}, "SignatureDoesNotMatch",
			"oss.bucket must be the bucket to which media.example.com is bound"},
		"no bucket": {Options{Endpoint: "http://new.example.com", CNAME: true, Bucket: "nobodys-bucket"},
			"NoSuchBucket", "bind new.example.com to the bucket in the OSS console"},
		"no domain": {Options{Endpoint: "http://oss-cn-hangzhou.aliyuncs.com", Bucket: "nobodys-bucket"},
			"NoSuchBucket", "create the bucket or correct its name"},
		"wrong secret": {Options{Endpoint: "http://oss-cn-hangzhou.aliyuncs.com", Bucket: bucket,
			Credentials: fixed(keyID, "wrong", token)}, "SignatureDoesNotMatch",
			"check the access key secret and the region"},
	} {
		o := c.o
		o.Region, o.Proxy = "cn-hangzhou", http.ProxyURL(every.url)
		if o.Credentials == nil {
			o.Credentials = fixed(keyID, secret, token)
		}
		remote, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(remote.Close)
		_, _, err = remote.ListUploads(t.Context(), upload.Target{Bucket: o.Bucket, Key: "k"})
		if e := as(t, err, transfer.Final, c.code); !strings.HasPrefix(e.Hint, c.want) {
			t.Errorf("%s: %q", name, e.Hint)
		}
	}
}

func stored(t *testing.T, server *ossdev.Server, key string) []byte {
	t.Helper()
	return bench{Running: &ossdev.Running{Server: server}}.stored(t, key)
}
