package oss

import (
	"context"
	"net/http"
	"net/url"
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
	CNAME     bool   // the endpoint is a domain that is bound to the bucket
	Given     bool   // bucket, key and credentials are VOD's: no right can be granted there

	// Credentials is asked before each request is signed. Its errors wrap queue.ErrNoKey or queue.ErrKeyExpired where
	// only new credentials help; anything else is taken for an outage.
	Credentials func(ctx context.Context) (Credentials, error)

	// Rejected is told that the server took the credentials of a request for expired or unknown, and reports whether
	// there are others to make it again with. It must say no in the end. nil: there never are.
	Rejected func(ctx context.Context, c Credentials) bool

	Parallelism int // requests at once: as many connections are kept open (16)
	// for all that comes before a request, with a proxy and TLS (10 s)
	ConnectTimeout time.Duration
	// a request of which no byte moves for so long has failed (60 s)
	ReadTimeout time.Duration
	// the same for Complete, which OSS may work on for minutes (10 min)
	FinishTimeout time.Duration
	Proxy         func(*http.Request) (*url.URL, error) // (as the environment says)
	Now           func() time.Time
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
