package acs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/darabonba-openapi/v2/models"
	"github.com/alibabacloud-go/tea/dara"

	"inboxfs/queue/endpoint"
	_ "inboxfs/queue/quiet" // the client prints requests
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload/skew"
	"inboxfs/queue/verdict"
)

// Key signs calls. SecurityToken is empty for a long-lived key.
type Key struct {
	AccessKeyID, AccessKeySecret, SecurityToken string
}

// Options says which service it is, and how it is reached.
type Options struct {
	Name     string // of the service, for errors: "VOD"
	Version  string // of its API
	Endpoint string // a URL or a host, such as vod.cn-shanghai.aliyuncs.com

	// Proxy is as in http.Transport; nil: as the environment says.
	Proxy          func(*http.Request) (*url.URL, error)
	ConnectTimeout time.Duration    // for all that comes before a call, with a proxy and TLS (10 s)
	Timeout        time.Duration    // of a call, from its beginning to the last byte of its answer (30 s)
	Now            func() time.Time // nil: time.Now
}

// Client calls one service.
type Client struct {
	o      Options
	host   string
	scheme string
	http   *caller
	clock  *skew.Clock
}

// New checks the options. It sends nothing.
func New(o Options) (*Client, error) {
	at, err := endpoint.Parse(o.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("the %s endpoint %w; write it as %s.cn-shanghai.aliyuncs.com", o.Name, err,
			strings.ToLower(o.Name))
	}
	scheme, host, _ := strings.Cut(at.URL, "://")
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.ConnectTimeout <= 0 {
		o.ConnectTimeout = 10 * time.Second
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	return &Client{o: o, host: host, scheme: scheme, http: newCaller(o), clock: &skew.Clock{Now: o.Now}}, nil
}

// Close closes connections that are not in use.
func (a *Client) Close() { a.http.client.CloseIdleConnections() }

// Time is the time by the service's clock, as far as an answer told it. Otherwise it is this machine's, and not known.
func (a *Client) Time() (now time.Time, known bool) { return a.clock.Server() }

// Greet asks the service for nothing but its time, without signing anything: zero, if it said none. Whether it is the
// service that answers shows only in a call.
func (a *Client) Greet(ctx context.Context) (time.Time, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.scheme+"://"+a.host+"/", nil)
	if err != nil {
		return time.Time{}, fmt.Errorf("asking %s for the time: %w", a.o.Name, err)
	}
	resp, err := a.http.client.Do(req)
	var u *url.Error
	switch {
	case ctx.Err() != nil:
		return time.Time{}, ctx.Err()
	case errors.As(err, &u):
		says, do := verdict.Unanswered(u.Err)
		return time.Time{}, &transfer.Error{Kind: transfer.Resumable, Code: "NetworkError",
			Message: verdict.Message(cmp.Or(says, u.Err.Error())), Hint: do, Err: u.Err}
	case err != nil:
		return time.Time{}, fmt.Errorf("asking %s for the time: %w", a.o.Name, err)
	}
	_ = resp.Body.Close() // nothing in it is wanted
	a.clock.Hear(resp.Header.Get("Date"))
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return time.Time{}, nil // the clock has not heard it either
	}
	return date, nil
}

// unproxied keeps the client from looking for a proxy: it would send the password in HTTP_PROXY to the service, and
// repeat it in the error where it is no URL. What it makes of this is not used; caller knows the proxy.
var unproxied = &dara.RuntimeOptions{HttpProxy: dara.String("http://unused"), HttpsProxy: dara.String("http://unused")}

// Call makes a call and returns the JSON object of its answer. Errors are *transfer.Error, or ctx's when it was
// canceled. When the service finds our clock too far off, the call is made once more, by the service's.
func (a *Client) Call(ctx context.Context, key Key, action string, query map[string]string) ([]byte, error) {
	return a.call(ctx, call{key: key, action: action, query: query})
}

// CallUnsigned is Call of an action that nobody signs, as what is given proves who asks. That may be long and secret,
// so it goes in the body.
func (a *Client) CallUnsigned(ctx context.Context, action string, form map[string]string) ([]byte, error) {
	return a.call(ctx, call{action: action, form: form})
}

// call is one call of an action.
type call struct {
	key         Key // the zero Key: it is not signed
	action      string
	query, form map[string]string
}

func (a *Client) call(ctx context.Context, c call) ([]byte, error) {
	body, ex, err := a.once(ctx, c)
	var e *transfer.Error
	if !errors.As(err, &e) || !slices.Contains(untimely, e.Code) {
		return body, err
	}
	if !a.clock.Learn(ex.header.Get("Date")) {
		e.Hint = "set this machine's clock"
		return nil, err
	}
	body, _, err = a.once(ctx, c)
	return body, err
}

// untimely is what services answer to a request of another time than theirs.
var untimely = []string{"InvalidTimeStamp.Expired", "InvalidTimeStamp.Format", "IllegalTimestamp"}

// once makes one request.
func (a *Client) once(ctx context.Context, c call) ([]byte, *exchange, error) {
	ex, key, auth := &exchange{}, c.key, "AK"
	if key == (Key{}) {
		auth = "Anonymous"
	}
	ctx, cancel := context.WithTimeout(ctx, a.o.Timeout)
	defer cancel()
	client, err := openapi.NewClient(&models.Config{AccessKeyId: &key.AccessKeyID,
		AccessKeySecret: &key.AccessKeySecret,
		SecurityToken:   &key.SecurityToken, Endpoint: &a.host, Protocol: &a.scheme, HttpClient: a.http})
	if err != nil {
		return nil, ex, &transfer.Error{Kind: transfer.Final, Code: "ClientException",
			Message: "the client could not be made: " + scrub(err.Error(), key)}
	}
	client.DisableSDKError = dara.Bool(true)
	q := make(map[string]*string)
	for name, value := range c.query {
		if value != "" {
			q[name] = &value
		}
	}
	header := map[string]*string{"x-acs-date": dara.String(a.clock.Time().UTC().Format("2006-01-02T15:04:05Z"))}
	request := &models.OpenApiRequest{Query: q, Headers: header}
	if c.form != nil {
		form := make(map[string]any)
		for name, value := range c.form {
			if value != "" {
				form[name] = value
			}
		}
		request.Body = form
	}
	rpc := &models.Params{Action: &c.action, Version: &a.o.Version, Protocol: &a.scheme, Pathname: dara.String("/"),
		Method: dara.String(http.MethodPost), AuthType: &auth, Style: dara.String("RPC"),
		ReqBodyType: dara.String("formData"), BodyType: dara.String("json")}
	result, err := client.CallApiWithCtx(context.WithValue(ctx, exchangeKey{}, ex), rpc, request, unproxied)
	a.clock.Hear(ex.header.Get("Date"))
	if err == nil && ex.status/100 != 2 { // the client takes a redirect for one
		err = errNoSuccess
	}
	if err != nil {
		return nil, ex, a.failed(ctx, ex, err, key)
	}
	body, err := json.Marshal(result["body"])
	return body, ex, err
}
