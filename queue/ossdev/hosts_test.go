package ossdev

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"

	v2 "github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	v2keys "github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

// dialV2 is Alibaba Cloud's SDK for Go, version 2, as a client that finds the server under any name.
func dialV2(t testing.TB, s *Running, change func(*v2.Config)) *v2.Client {
	t.Helper()
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := v2.LoadDefaultConfig().WithEndpoint(s.URL).WithRegion(testRegion).WithRetryMaxAttempts(1).
		WithCredentialsProvider(v2keys.NewStaticCredentialsProvider(testID, testSecret)).
		WithHttpClient(&http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(at)}})
	if change != nil {
		change(c)
	}
	return v2.NewClient(c)
}

// TestHosts calls the server by each kind of name that OSS has, with the bucket where it belongs and where it does not.
func TestHosts(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Domains: map[string]string{"media.example.com": testBucket}})
	for _, c := range []struct {
		endpoint string
		cname    bool
		inPath   bool
		code     string
	}{
		{"http://oss-cn-hangzhou.aliyuncs.com", false, false, ""},
		{"http://oss-cn-hangzhou-internal.aliyuncs.com", false, false, ""},
		{"http://cn-hangzhou.oss.aliyuncs.com", false, false, ""},
		{"http://oss-accelerate.aliyuncs.com", false, false, ""},
		{"http://ep-bp1.oss.cn-hangzhou.privatelink.aliyuncs.com", false, false, ""},
		{"http://media.example.com", true, false, ""},
		{"http://Media.Example.com:8080", true, false, ""},
		{s.URL, false, true, ""},
		{"http://oss-cn-hangzhou.aliyuncs.com", false, true, "SecondLevelDomainForbidden"},
		{"http://oss-accelerate.aliyuncs.com", false, true, "SecondLevelDomainForbidden"},
		// bound to nothing: a server at hand, with the bucket in the path
		{"http://other.example.com", true, false, "NoSuchBucket"},
	} {
		client := dialV2(t, s, func(o *v2.Config) {
			o.WithEndpoint(c.endpoint).WithUseCName(c.cname).WithUsePathStyle(
				c.inPath)
		})
		_, err := client.GetObjectMeta(t.Context(), &v2.GetObjectMetaRequest{Bucket: v2.Ptr(testBucket),
			Key: v2.Ptr("folder/a")})
		code := c.code
		if code == "" {
			code = "NoSuchKey"
		}
		if got := codeOf(err); got != code && (c.code != "NoSuchBucket" || got == "") {
			t.Errorf("%s, in the path %v: %v, want %s", c.endpoint, c.inPath, err, code)
		}
	}
}

// TestNewAccounts has requests of each sort at the public endpoint of a mainland region: those that move data are
// refused.
func TestNewAccounts(t *testing.T) {
	t.Parallel()
	s := start(t, Options{NewAccount: true})
	ctx := context.Background()
	at := func(endpoint string) *v2.Client {
		return dialV2(t, s, func(o *v2.Config) { o.WithEndpoint(endpoint) })
	}
	bucket, key := v2.Ptr(testBucket), v2.Ptr("a")
	for endpoint, code := range map[string]string{"http://oss-cn-hangzhou.aliyuncs.com": "PublicEndpointForbidden",
		"http://oss-cn-hongkong.aliyuncs.com":          "",
		"http://oss-cn-hangzhou-internal.aliyuncs.com": "", "http://oss-accelerate.aliyuncs.com": ""} {
		c := at(endpoint)
		_, err := c.PutObject(ctx, &v2.PutObjectRequest{Bucket: bucket, Key: key})
		_, listing := c.ListObjectsV2(ctx, &v2.ListObjectsV2Request{Bucket: bucket})
		_, about := c.GetBucketInfo(ctx, &v2.GetBucketInfoRequest{Bucket: bucket})
		if codeOf(err) != code || codeOf(listing) != code || about != nil {
			t.Errorf("%s: %v, %v, %v", endpoint, err, listing, about)
		}
		if e := serviceError(err); code != "" && (e.StatusCode != 400 || e.EC != "0048-00000401") {
			t.Errorf("%+v", e)
		}
	}
}

// serviceError is what OSS answered, or nothing.
func serviceError(err error) *v2.ServiceError {
	var e *v2.ServiceError
	if !errors.As(err, &e) {
		return &v2.ServiceError{}
	}
	return e
}

func codeOf(err error) string {
	if e := serviceError(err); e.Code != "" || err == nil {
		return e.Code
	}
	return err.Error()
}
