package vod

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/darabonba-openapi/v2/models"
	"github.com/alibabacloud-go/tea/dara"

	"inboxfs/queue"
	_ "inboxfs/queue/quiet" // the client prints requests
	"inboxfs/queue/upload/skew"
	"inboxfs/queue/verdict"
)

const version = "2017-03-21" // of the API

// Key signs calls of the API. SecurityToken is empty for a long-lived key.
type Key struct {
	AccessKeyID, AccessKeySecret, SecurityToken string
}

// APIOptions says how the VOD API is reached.
type APIOptions struct {
	// Endpoint is a URL or a host, such as vod.cn-shanghai.aliyuncs.com.
	Endpoint string
	// Key is asked before each call. Its errors are taken as they are.
	Key func(context.Context) (Key, error)
	// Rejected is told that VOD takes a key for expired or unknown, and says whether there is another to ask again with.
	// It must say no in the end. nil: there never is.
	Rejected func(context.Context, Key) bool
	// Proxy is as in http.Transport; nil: as the environment says.
	Proxy          func(*http.Request) (*url.URL, error)
	ConnectTimeout time.Duration    // for all that comes before a call, with a proxy and TLS (10 s)
	Timeout        time.Duration    // of a call, from its beginning to the last byte of its answer (30 s)
	Now            func() time.Time // nil: time.Now
}

// API is the VOD API as an Authority: inboxfs itself asks VOD, with the account's credentials.
type API struct {
	o      APIOptions
	host   string
	scheme string
	http   *caller
	clock  *skew.Clock
}

var _ Authority = (*API)(nil)

// NewAPI checks the options. It sends nothing.
func NewAPI(o APIOptions) (*API, error) {
	text := o.Endpoint
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("the VOD endpoint %q is no host such as vod.cn-shanghai.aliyuncs.com", o.Endpoint)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.ConnectTimeout <= 0 {
		o.ConnectTimeout = 10 * time.Second
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	return &API{o: o, host: u.Host, scheme: u.Scheme, http: newCaller(o), clock: &skew.Clock{Now: o.Now}}, nil
}

// Close closes connections that are not in use.
func (a *API) Close() { a.http.client.CloseIdleConnections() }

// Create implements Authority: CreateUploadVideo, CreateUploadImage or CreateUploadAttachedMedia, as the name's ending
// asks for.
func (a *API) Create(ctx context.Context, m Media) (Grant, error) {
	if err := m.check(); err != nil {
		return Grant{}, err
	}
	q := make(map[string]string)
	take := func(names ...string) {
		for _, name := range names {
			q[name] = m.Params[name]
		}
	}
	take("Description", "Tags", "StorageLocation", "AppId", "UserData")
	q["Title"] = m.title()
	switch kind, ext := KindOf(m.File), Extension(m.File); kind {
	case Video:
		q["FileName"], q["FileSize"] = m.fileName(), strconv.FormatInt(m.Size, 10)
		take("CateId", "CoverURL", "TemplateGroupId", "WorkflowId")
		return a.grant(ctx, "CreateUploadVideo", q)
	case Image:
		q["ImageType"], q["ImageExt"], q["OriginalFileName"] = cmp.Or(m.Params["ImageType"], "default"), ext, m.fileName()
		take("CateId")
		return a.grant(ctx, "CreateUploadImage", q)
	case Attached:
		q["BusinessType"], q["MediaExt"], q["FileName"], q["CateIds"] = business(ext), ext, m.fileName(), m.Params["CateId"]
		return a.grant(ctx, "CreateUploadAttachedMedia", q)
	default:
		return Grant{}, unknownKind(m.File)
	}
}

// Refresh implements Authority: RefreshUploadVideo. Images and attached media cannot be refreshed (VOD's page on upload
// credentials), so for those there is nothing any more.
func (a *API) Refresh(ctx context.Context, m Media) (Grant, error) {
	if KindOf(m.File) != Video {
		return Grant{}, &queue.Error{Kind: queue.Resumable, Code: codeNoVideo, Message: "only videos can be refreshed"}
	}
	return a.grant(ctx, "RefreshUploadVideo", map[string]string{"VideoId": m.VideoID})
}

// Discard removes the parts that were uploaded of a video (DeleteMultipartUpload). nil also when there are none.
func (a *API) Discard(ctx context.Context, videoID string) error {
	_, err := a.call(ctx, "DeleteMultipartUpload", map[string]string{"MediaId": videoID, "MediaType": "video"})
	if is(err, codeNoVideo) || is(err, "InvalidMultipartUpload.NotFound") {
		return nil
	}
	return err
}

// grant makes a call that answers with an address and an auth.
func (a *API) grant(ctx context.Context, action string, query map[string]string) (Grant, error) {
	body, err := a.call(ctx, action, query)
	if err != nil {
		return Grant{}, err
	}
	now, _ := a.clock.Server()
	g, err := ParseGrant(body, now)
	if !g.Auth.Expires.IsZero() { // by our clock, as whoever uses it counts
		g.Auth.Expires = a.o.Now().Add(g.Auth.Expires.Sub(now))
	}
	return g, err
}

// call makes a call and returns the JSON object of its answer, with another key if the first has expired.
func (a *API) call(ctx context.Context, action string, query map[string]string) ([]byte, error) {
	for {
		key, err := a.o.Key(ctx)
		if err != nil {
			return nil, verdict.Unsigned(ctx, err)
		}
		body, err := a.once(ctx, key, action, query)
		var e *queue.Error
		if errors.As(err, &e) && e.Kind == queue.Renew && a.o.Rejected != nil && a.o.Rejected(ctx, key) {
			continue
		}
		return body, err
	}
}

// Time is the time by VOD's clock, as far as an answer told it. Otherwise it is this machine's, and not known.
func (a *API) Time() (now time.Time, known bool) { return a.clock.Server() }

// AskTime asks the server for nothing but its time, without signing anything.
func (a *API) AskTime(ctx context.Context) error {
	_, err := a.Greet(ctx)
	return err
}

// Greet is AskTime for who wants to see for himself: it returns the time that the server said, zero if it said none.
// Whether it is VOD that answers shows only in a call.
func (a *API) Greet(ctx context.Context) (time.Time, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.scheme+"://"+a.host+"/", nil)
	if err != nil {
		return time.Time{}, fmt.Errorf("asking VOD for the time: %w", err)
	}
	resp, err := a.http.client.Do(req)
	var u *url.Error
	switch {
	case ctx.Err() != nil:
		return time.Time{}, ctx.Err()
	case errors.As(err, &u):
		says, do := verdict.Unanswered(u.Err)
		return time.Time{}, &queue.Error{Kind: queue.Resumable, Code: "NetworkError",
			Message: verdict.Message(cmp.Or(says, u.Err.Error())), Hint: do, Err: u.Err}
	case err != nil:
		return time.Time{}, fmt.Errorf("asking VOD for the time: %w", err)
	}
	_ = resp.Body.Close() // nothing in it is wanted
	a.clock.Hear(resp.Header.Get("Date"))
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return time.Time{}, nil // the clock has not heard it either
	}
	return date, nil
}

// unproxied keeps the client from looking for a proxy: it would send the password in HTTP_PROXY to VOD, and repeat it in
// the error where it is no URL. What it makes of this is not used; caller knows the proxy.
var unproxied = &dara.RuntimeOptions{HttpProxy: dara.String("http://unused"), HttpsProxy: dara.String("http://unused")}

// once makes one call.
func (a *API) once(ctx context.Context, key Key, action string, query map[string]string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, a.o.Timeout)
	defer cancel()
	client, err := openapi.NewClient(&models.Config{AccessKeyId: &key.AccessKeyID, AccessKeySecret: &key.AccessKeySecret,
		SecurityToken: &key.SecurityToken, Endpoint: &a.host, Protocol: &a.scheme, SignatureAlgorithm: dara.String("v2"), HttpClient: a.http})
	if err != nil {
		return nil, &queue.Error{Kind: queue.Final, Code: "ClientException", Message: "the VOD client could not be made: " + scrub(err.Error(), key)}
	}
	client.DisableSDKError = dara.Bool(true)
	q := map[string]*string{"Timestamp": dara.String(a.clock.Time().UTC().Format("2006-01-02T15:04:05Z"))}
	for name, value := range query {
		if value != "" {
			q[name] = &value
		}
	}
	rpc := &models.Params{Action: &action, Version: dara.String(version), Protocol: &a.scheme, Pathname: dara.String("/"),
		Method: dara.String(http.MethodPost), AuthType: dara.String("AK"), Style: dara.String("RPC"),
		ReqBodyType: dara.String("formData"), BodyType: dara.String("json")}
	ex := &exchange{}
	result, err := client.CallApiWithCtx(context.WithValue(ctx, exchangeKey{}, ex), rpc, &models.OpenApiRequest{Query: q}, unproxied)
	a.clock.Hear(ex.header.Get("Date"))
	if err == nil && ex.status/100 != 2 { // the client takes a redirect for one
		err = errNoSuccess
	}
	if err != nil {
		return nil, a.failed(ctx, ex, err, key)
	}
	return json.Marshal(result["body"])
}
