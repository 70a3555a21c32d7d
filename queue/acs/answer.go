package acs

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/tea/dara"

	"inboxfs/queue/line"
	"inboxfs/queue/transfer"
	"inboxfs/queue/verdict"
)

const (
	maxAnswer = 256 << 10 // bytes of an answer; a real one has 2 KiB
	maxHeader = 64 << 10  // bytes of its header
)

// errNoSuccess is an answer that is neither a success nor one of the service's errors.
var errNoSuccess = errors.New("the answer is no success")

// caller makes the client's HTTP requests: answers are bounded and redirects, which would take a signed request
// elsewhere, are not followed.
type caller struct{ client *http.Client }

func newCaller(o Options) *caller {
	return &caller{&http.Client{
		Transport: line.New(&http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute,
			ForceAttemptHTTP2: true,
			TLSClientConfig:   &tls.Config{MinVersion: tls.VersionTLS12}, MaxResponseHeaderBytes: maxHeader},
			line.Options{Connect: o.ConnectTimeout, Proxy: o.Proxy}),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// exchange is what the server answered, for the parts that the client keeps to itself.
type exchange struct {
	status  int
	header  http.Header
	refused *line.Failure // it may be the proxy that answered; nil: it is not
}

type exchangeKey struct{}

// Call implements dara.HttpClient.
func (c *caller) Call(req *http.Request, _ *http.Transport) (*http.Response, error) {
	resp, err := c.client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) { // its URL holds the token and the signature
			err = u.Err
		}
		return nil, err
	}
	if ex, ok := req.Context().Value(exchangeKey{}).(*exchange); ok {
		ex.status, ex.header, ex.refused = resp.StatusCode, resp.Header, line.Refused(resp)
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	return resp, nil
}

var _ dara.HttpClient = (*caller)(nil)

// failed is what an error of the client means.
func (a *Client) failed(ctx context.Context, ex *exchange, err error, key Key) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	answer, ok := answered(err)
	if !ok || answer.Code == "" {
		says, do := verdict.Unanswered(err)
		if ex.refused != nil {
			says, do = verdict.Unanswered(ex.refused)
		}
		says = verdict.Message(scrub(cmp.Or(says, err.Error()), key))
		e := &transfer.Error{Kind: transfer.Resumable, Code: "NetworkError", Message: says, Hint: do,
			Slow: ex.status == http.StatusTooManyRequests, After: verdict.After(ex.header, a.o.Now())}
		var timeout net.Error
		switch {
		case ex.refused != nil:
			e.Code = "UnexpectedAnswer"
		case ctx.Err() != nil:
			e.Code, e.Message = "RequestTimeout", fmt.Sprintf("%s did not answer within %v", a.o.Name, a.o.Timeout)
		case ex.status != 0:
			e.Code = "UnexpectedAnswer"
			e.Message = fmt.Sprintf("HTTP %d %s from something that is not %s", ex.status, http.StatusText(ex.status),
				a.o.Name)
			e.Hint = fmt.Sprintf("check the %s endpoint, the proxy and whether the network wants a login", a.o.Name)
		case errors.As(err, &timeout) && timeout.Timeout():
			e.Code = "RequestTimeout"
		}
		return e
	}
	answer.Token = key.SecurityToken != ""
	v := verdict.Judge(answer.Answer)
	return &transfer.Error{Kind: v.Kind, Code: scrub(v.Code, key), Message: verdict.Message(scrub(answer.Message, key)),
		RequestID: verdict.Code(scrub(answer.requestID, key)), Hint: v.Hint, Slow: v.Slow,
		After: verdict.After(ex.header, a.o.Now())}
}

// errorAnswer is an error that the API answered.
type errorAnswer struct {
	verdict.Answer
	requestID string
}

func answered(err error) (errorAnswer, bool) {
	var known interface {
		GetStatusCode() *int
		GetCode() *string
		GetRequestId() *string
		GetData() map[string]interface{}
	}
	var c *openapi.ClientError
	var s *openapi.ServerError
	var t *openapi.ThrottlingError
	switch {
	case errors.As(err, &c):
		known = c
	case errors.As(err, &s):
		known = s
	case errors.As(err, &t):
		known = t
	default:
		return errorAnswer{}, false
	}
	message, _ := known.GetData()["Message"].(string) // its own words repeat status and request id around it
	return errorAnswer{verdict.Answer{Code: dara.StringValue(known.GetCode()),
		Status: dara.IntValue(known.GetStatusCode()), Message: message},
		dara.StringValue(known.GetRequestId())}, true
}

// scrub removes the secrets of a call from words about it. A wrong signature is answered with what was signed.
func scrub(s string, key Key) string {
	for _, secret := range []string{key.AccessKeySecret, key.SecurityToken, key.AccessKeyID} {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "***")
			s = strings.ReplaceAll(s, url.QueryEscape(secret), "***")
		}
	}
	if before, _, found := strings.Cut(s, "server string to sign is"); found {
		s = before + "(left out)"
	}
	return s
}
