package oss

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Credentials sign requests. SecurityToken is empty for a long-lived key.
type Credentials struct {
	AccessKeyID, AccessKeySecret, SecurityToken string
}

// Options says which bucket, and how it is reached. Zero durations and counts take the default in parentheses.
type Options struct {
	Endpoint  string // https://oss-cn-hangzhou.aliyuncs.com; without a scheme https is meant
	Region    string // cn-hangzhou; empty: taken from the endpoint
	Bucket    string
	Signature string // "v4" or "v1" ("v4")
	CNAME     bool   // the endpoint is a domain of the bucket's own

	// Credentials is asked before each request is signed. Its errors wrap queue.ErrNoKey or queue.ErrKeyExpired where
	// only new credentials help; anything else is taken for an outage.
	Credentials func(ctx context.Context) (Credentials, error)

	// Rejected is told that the server took the credentials of a request for expired or unknown, and says whether there
	// are others to make it again with. It must say no in the end. nil: there never are.
	Rejected func(ctx context.Context, c Credentials) bool

	Parallelism    int                                   // requests at once: as many connections are kept open (16)
	ConnectTimeout time.Duration                         // for all that comes before a request, with a proxy and TLS (10 s)
	ReadTimeout    time.Duration                         // a request of which no byte moves for so long has failed (60 s)
	FinishTimeout  time.Duration                         // the same for Complete, which OSS may work on for minutes (10 min)
	Proxy          func(*http.Request) (*url.URL, error) // (as the environment says)
	Now            func() time.Time
}

func (o Options) withDefaults() Options {
	if o.Signature == "" {
		o.Signature = "v4"
	}
	if o.Parallelism <= 0 {
		o.Parallelism = 16
	}
	if o.ConnectTimeout <= 0 {
		o.ConnectTimeout = 10 * time.Second
	}
	if o.ReadTimeout <= 0 {
		o.ReadTimeout = time.Minute
	}
	if o.FinishTimeout <= 0 {
		o.FinishTimeout = max(10*time.Minute, o.ReadTimeout)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// endpoint parses an endpoint as people write it.
func endpoint(s string) (*url.URL, error) {
	if s == "" {
		return nil, fmt.Errorf("no endpoint: set it, for example to https://oss-cn-hangzhou.aliyuncs.com")
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	if u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, fmt.Errorf("endpoint %q: write it as https://HOST, without bucket or path", u.Redacted())
	}
	return u, nil
}

// region is the region that an endpoint's name tells, or "".
func region(host string) string {
	name, ok := strings.CutSuffix(host, ".aliyuncs.com")
	if !ok {
		return ""
	}
	if r, ok := strings.CutSuffix(name, ".oss"); ok { // cn-hangzhou.oss.aliyuncs.com
		name = "oss-" + r
	}
	name = name[strings.LastIndexByte(name, '.')+1:] // s3.oss-cn-hangzhou
	r, ok := strings.CutPrefix(name, "oss-")
	r = strings.TrimSuffix(r, "-internal")
	if !ok || strings.HasPrefix(r, "accelerate") || !strings.Contains(r, "-") {
		return ""
	}
	return r
}

// pathStyle says whether the bucket goes into the path because the host can have no subdomain for it.
func pathStyle(host string) bool {
	return host == "localhost" || net.ParseIP(host) != nil
}
