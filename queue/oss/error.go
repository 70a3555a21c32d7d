package oss

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"

	"inboxfs/queue/line"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
	"inboxfs/queue/verdict"
)

// Answers that say success and cannot be one.
var (
	errNoUploadID = errors.New("the server's answer has no upload id")
	errNoETag     = errors.New("the server's answer has no ETag")
	errDisorder   = errors.New("the server's listing has parts in disorder")
	errNoLength   = errors.New("the server's answer has no length")
	errNoMarker   = errors.New("the server's listing has no next page where it says so")
)

// end is the outcome of a request, given what the SDK returned: nil, ctx's error, or a *transfer.Error. Of what the
// server said only code, message and request id are kept: the rest may repeat the access key, the token and what was
// signed.
func (c *call) end(err error) error {
	if err != nil && c.ctx != nil && c.ctx.Err() != nil {
		return c.ctx.Err()
	}
	if c.requestID() != "" {
		c.remote.clock.Hear(c.exchange.header.Get("Date"))
	}
	var s aliyun.ServiceError // returned by value
	var u aliyun.UnexpectedStatusCodeError
	switch status := c.exchange.status; {
	case status != 0 && c.requestID() == "":
		return c.remote.strange(c.exchange)
	case err == nil:
		return nil
	case status == http.StatusNonAuthoritativeInfo && (errors.As(err, &s) || errors.As(err, &u)):
		c.callback = c.untold(s)
		return nil
	case errors.As(err, &s):
		return c.serviceError(s)
	case status/100 == 3:
		return &transfer.Error{Kind: transfer.Final, Code: "UnexpectedRedirect", RequestID: c.requestID(),
			Message: fmt.Sprintf("the endpoint answers with a redirect (HTTP %d)", status),
			Hint:    "check endpoint and region: the bucket may be in another region"}
	case status >= 400:
		// Without its code nobody knows what was wrong: it may be a right that lacks, or the time of the request.
		v, code := verdict.Status(status), "UnexpectedAnswer"
		if status >= 500 || v.Slow {
			code = v.Code
		}
		return &transfer.Error{Kind: transfer.Resumable, Code: code, RequestID: c.requestID(), Slow: v.Slow,
			After: verdict.After(c.exchange.header, c.remote.o.Now()),
			Message: fmt.Sprintf("HTTP %d %s, and the rest of the answer cannot be read", status,
				http.StatusText(status)), Err: bare(err)}
	}
	e := c.remote.unanswered(err)
	e.Message, e.RequestID = verdict.Message(c.scrub(e.Message)), c.requestID()
	return e
}

// unanswered is a request that met err instead of an answer.
func (r *Remote) unanswered(err error) *transfer.Error {
	says, do := r.Unanswered(err)
	var f *line.Failure
	return &transfer.Error{Kind: transfer.Resumable, Code: networkCode(err),
		Message: verdict.Message(cmp.Or(says, message(err))),
		Hint:    do, Err: bare(err), Kept: errors.As(err, &f) && f.Kept && !f.Timeout()}
}

// strange is an answer without OSS's request id: a proxy's, a gateway's, a login page's. It says nothing about the
// file, whatever its status.
func (r *Remote) strange(ex *exchange) error {
	status := ex.status
	e := &transfer.Error{Kind: transfer.Resumable, Code: "UnexpectedAnswer", After: verdict.After(ex.header, r.o.Now()),
		Message: fmt.Sprintf("HTTP %d %s from something that is not OSS", status, http.StatusText(status)),
		Hint:    "check the endpoint, the proxy and whether the network wants a login"}
	if ex.refused != nil {
		e.Message, e.Hint = verdict.Unanswered(ex.refused)
	}
	switch {
	case status == http.StatusRequestEntityTooLarge:
		v := verdict.Status(status)
		e.Kind, e.Code, e.Hint = v.Kind, v.Code, v.Hint
	case status >= 500, status == http.StatusTooManyRequests:
		v := verdict.Status(status)
		e.Code, e.Slow = v.Code, v.Slow
	}
	return e
}

// untold is CallbackFailed: the object is stored, and OSS could not tell it to whom the callback is for.
func (c *call) untold(s aliyun.ServiceError) *transfer.Error {
	says := cmp.Or(verdict.Message(c.scrub(s.Message)), "no word on why")
	return &transfer.Error{Kind: transfer.Final, Code: "CallbackFailed", RequestID: c.requestID(),
		EC:      verdict.Code(c.scrub(s.Ec)),
		Message: "stored, but the callback failed: " + says,
		Hint:    "see what the callback's server answers: 200 and JSON within 5 s; OSS does not repeat it"}
}

func (c *call) serviceError(s aliyun.ServiceError) *transfer.Error {
	code := s.Code
	if code == "" { // an answer to HEAD has no body
		if code = verdict.Status(s.StatusCode).Code; s.StatusCode == http.StatusNotFound {
			code = "NoSuchKey"
		}
	}
	c.denied = deniedBy(s)
	v := verdict.Judge(verdict.Answer{Code: code, Status: s.StatusCode, Message: s.Message, EC: s.Ec, Denied: c.denied,
		Token: c.credentials.SecurityToken != ""})
	e := &transfer.Error{Kind: v.Kind, Code: c.scrub(v.Code), Message: verdict.Message(c.scrub(s.Message)),
		RequestID: c.scrub(c.requestID()), EC: verdict.Code(c.scrub(s.Ec)),
		Hint: c.remote.mistaken(code, v.Hint), Slow: v.Slow, After: verdict.After(c.exchange.header, c.remote.o.Now())}
	if e.Kind == transfer.Renew && c.remote.o.Rejected != nil && c.remote.o.Rejected(c.ctx, c.credentials) {
		e.Err = upload.ErrRenewed
	}
	if e.Message == "" {
		e.Message = fmt.Sprintf("HTTP %d %s", s.StatusCode, http.StatusText(s.StatusCode))
	}
	if code == "RequestTimeTooSkewed" && !c.remote.clock.Learn(c.exchange.header.Get("Date")) {
		e.Hint = "set this machine's clock"
	}
	return e
}

// deniedBy is what the answer says of the policy that refused the request. The SDK knows nothing of that.
func deniedBy(s aliyun.ServiceError) verdict.Denied {
	var answer struct {
		Denied verdict.Denied `xml:"AccessDeniedDetail"`
	}
	if s.Code != "AccessDenied" || xml.Unmarshal([]byte(s.RawMessage), &answer) != nil { // it is read already
		return verdict.Denied{}
	}
	return answer.Denied
}

// scrub removes the secrets of the request from words about it.
func (c *call) scrub(s string) string {
	for _, secret := range []string{c.credentials.AccessKeySecret, c.credentials.SecurityToken,
		c.credentials.AccessKeyID} {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "***")
		}
	}
	return s
}

// message is what an error of the HTTP client says, without the URL around it.
func message(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return strings.TrimPrefix(err.Error(), "oss: ")
}

// bare is err without the URL around it, for errors.Is.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// networkCode names what went wrong before an answer came, or while it came.
func networkCode(err error) string {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "RequestTimeout"
	}
	return "NetworkError"
}

func is(err error, code string) bool {
	var e *transfer.Error
	return errors.As(err, &e) && e.Code == code
}
