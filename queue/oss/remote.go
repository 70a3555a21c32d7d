package oss

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"

	"inboxfs/queue/endpoint"
	"inboxfs/queue/line"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
	"inboxfs/queue/upload/skew"
	"inboxfs/queue/verdict"
)

// Remote is a bucket on OSS. It may be used by many goroutines at once.
type Remote struct {
	o        Options
	at       endpoint.Endpoint
	settings []aliyun.ClientOption
	client   *http.Client
	line     *line.Line
	clock    *skew.Clock
	last     *atomic.Pointer[signer] // with which the last request was signed
}

// signer is a bucket of the SDK for requests with these credentials.
type signer struct {
	Credentials
	bucket *aliyun.Bucket
}

var _ upload.Remote = (*Remote)(nil)

// New checks the options and returns the bucket. It sends nothing.
func New(o Options) (*Remote, error) {
	o = o.withDefaults()
	if o.Endpoint == "" {
		return nil, fmt.Errorf("no endpoint: set it, for example to https://oss-cn-hangzhou.aliyuncs.com")
	}
	at, err := endpoint.Parse(o.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("endpoint %w", err)
	}
	if err := aliyun.CheckBucketName(o.Bucket); err != nil {
		return nil, fmt.Errorf("bucket %q: a bucket's name is 3 to 63 lower-case letters, digits and hyphens: %w",
			o.Bucket, err)
	}
	if o.Credentials == nil {
		return nil, fmt.Errorf("no credentials to sign requests with")
	}
	r := &Remote{o: o, at: at, clock: &skew.Clock{Now: o.Now}, last: new(atomic.Pointer[signer])}
	r.line = newLine(o)
	r.client = &http.Client{
		Transport: &exchanges{next: r.line},
		// A redirect would take the signed request to a host that nobody configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	r.settings = []aliyun.ClientOption{
		aliyun.HTTPClient(r.client),
		aliyun.EnableCRC(false), // queue/upload computes it while it reads, once
		aliyun.UseCname(o.CNAME),
		aliyun.ForcePathStyle(at.PathStyle()),
		aliyun.RedirectEnabled(false),
	}
	switch strings.ToLower(o.Signature) {
	case "v4":
		if o.Region == "" {
			o.Region = at.Region
		}
		if o.Region == "" {
			return nil,
				fmt.Errorf("signature v4 needs a region, which %s does not tell: set region, "+
					"for example to cn-hangzhou", at.Name)
		}
		r.settings = append(r.settings, aliyun.AuthVersion(aliyun.AuthV4), aliyun.Region(o.Region))
	case "v1":
		r.settings = append(r.settings, aliyun.AuthVersion(aliyun.AuthV1))
	default:
		return nil, fmt.Errorf("signature %q: use \"v4\" or \"v1\"", o.Signature)
	}
	return r, nil
}

// Bucket implements upload.Remote.
func (r *Remote) Bucket() string { return r.o.Bucket }

// As is the same bucket, reached through the same connections, with other credentials.
func (r *Remote) As(credentials func(context.Context) (Credentials, error),
	rejected func(context.Context, Credentials) bool) *Remote {
	other := *r
	other.o.Credentials, other.o.Rejected = credentials, rejected
	other.last = new(atomic.Pointer[signer])
	return &other
}

// Time is the time by the server's clock, as far as an answer told it. Otherwise it is this machine's, and not known.
func (r *Remote) Time() (now time.Time, known bool) { return r.clock.Server() }

// AskTime asks the server for nothing but its time, without signing anything, and where it is asked for the bucket: a
// proxy or a firewall may let through nothing else.
func (r *Remote) AskTime(ctx context.Context) error {
	_, err := r.Greet(ctx)
	return err
}

// Greet is AskTime for who wants to see for himself: it returns the time that the server said, zero if it said none.
func (r *Remote) Greet(ctx context.Context) (time.Time, error) {
	at, err := r.Address()
	if err != nil {
		return time.Time{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, at.String()+"/", nil)
	if err != nil {
		return time.Time{}, fmt.Errorf("asking the server's time: %w", err)
	}
	resp, err := r.client.Do(req)
	switch {
	case ctx.Err() != nil:
		return time.Time{}, ctx.Err()
	case err != nil:
		return time.Time{}, r.unanswered(err)
	}
	_ = resp.Body.Close() // an answer to HEAD has none
	if resp.Header.Get(aliyun.HTTPHeaderOssRequestID) == "" {
		return time.Time{}, r.strange(&exchange{resp.StatusCode, resp.Header, line.Refused(resp)})
	}
	r.clock.Hear(resp.Header.Get("Date"))
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return time.Time{}, nil // the clock has not heard it either
	}
	return date, nil
}

// Close closes connections that are not in use. Requests under way are not affected.
func (r *Remote) Close() { r.line.CloseIdleConnections() }

// call is one request: the bucket that makes it, with its own credentials, and what came of it.
type call struct {
	remote      *Remote
	bucket      *aliyun.Bucket
	exchange    *exchange
	credentials Credentials
	options     []aliyun.Option
	ctx         context.Context
	denied      verdict.Denied
	callback    *transfer.Error // OSS stored the object and could not tell whom it was to tell
}

// begin prepares a request. Credentials are asked for here, with ctx, rather than by the SDK in the middle of it: so
// that asking can be cancelled, and so that an error can be judged by the key that it met.
func (r *Remote) begin(ctx context.Context, bucket string, silence time.Duration) (*call, error) {
	c := &call{remote: r, exchange: &exchange{}}
	var err error
	if c.credentials, err = r.o.Credentials(ctx); err != nil {
		return nil, verdict.Unsigned(ctx, err)
	}
	if c.bucket, err = r.signed(c.credentials, bucket); err != nil {
		return nil, c.end(fmt.Errorf("preparing a request: %w", err))
	}
	c.ctx = line.Told(line.Watched(context.WithValue(ctx, exchangeKey{}, c.exchange), silence),
		transfer.ProgressOf(ctx).Moved)
	c.options = []aliyun.Option{aliyun.WithContext(c.ctx)}
	if date := r.clock.Date(); date != "" {
		c.options = append(c.options, aliyun.SetHeader(aliyun.HTTPHeaderDate, date))
	}
	return c, nil
}

// signed is a bucket of the SDK. Files in a row have one, as it takes as long to make as to sign.
func (r *Remote) signed(by Credentials, bucket string) (*aliyun.Bucket, error) {
	if last := r.last.Load(); last != nil && last.Credentials == by && last.bucket.BucketName == bucket {
		return last.bucket, nil
	}
	settings := r.settings
	if by.SecurityToken != "" {
		settings = append(settings[:len(settings):len(settings)], aliyun.SecurityToken(by.SecurityToken))
	}
	client, err := aliyun.New(r.at.URL, by.AccessKeyID, by.AccessKeySecret, settings...)
	if err != nil {
		return nil, err
	}
	made, err := client.Bucket(bucket)
	if err == nil {
		r.last.Store(&signer{by, made})
	}
	return made, err
}

// object adds those headers of a new object that the request takes.
func (c *call) object(to upload.Target, takes func(header string) bool) {
	for name, value := range to.Header {
		if takes(name) {
			c.options = append(c.options, aliyun.SetHeader(http.CanonicalHeaderKey(name), value))
		}
	}
	if to.Forbid {
		c.options = append(c.options, aliyun.ForbidOverWrite(true))
	}
}

// again makes a request without a body, and makes it again while it is refused because of credentials in whose place
// there are others. With a body that is for the caller, who has the body.
func again(request func() error) error {
	for {
		if err := request(); !errors.Is(err, upload.ErrRenewed) {
			return err
		}
	}
}
