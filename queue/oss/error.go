package oss

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"

	"inboxfs/queue"
	"inboxfs/queue/upload"
)

// Answers that say success and cannot be one.
var (
	errNoUploadID = errors.New("the server's answer has no upload id")
	errNoLength   = errors.New("the server's answer has no length")
	errNoMarker   = errors.New("the server's listing has no next page where it says so")
)

// end is the outcome of a request, given what the SDK returned: nil, ctx's error, or a *queue.Error. Of what the server
// said only code, message and request id are kept: the rest may repeat the access key, the token and what was signed.
func (c *call) end(err error) error {
	if err != nil && c.ctx != nil && c.ctx.Err() != nil {
		return c.ctx.Err()
	}
	if c.requestID() != "" {
		c.remote.clock.hear(c.exchange.header.Get("Date"))
	}
	var s aliyun.ServiceError // returned by value
	var u aliyun.UnexpectedStatusCodeError
	switch status := c.exchange.status; {
	case status != 0 && c.requestID() == "":
		return c.strange(status)
	case err == nil:
		return nil
	case status == http.StatusNonAuthoritativeInfo && (errors.As(err, &s) || errors.As(err, &u)):
		return nil // CallbackFailed: the object is stored
	case errors.As(err, &s):
		return c.serviceError(s)
	case status/100 == 3:
		return &queue.Error{Kind: queue.Final, Code: "UnexpectedRedirect", RequestID: c.requestID(),
			Message: fmt.Sprintf("the endpoint answers with a redirect (HTTP %d)", status),
			Hint:    "check endpoint and region: the bucket may be in another region"}
	case status >= 400:
		rule := rules.status(status)
		return &queue.Error{Kind: rule.kind, Code: rule.code, Hint: rule.hint, RequestID: c.requestID(),
			Message: fmt.Sprintf("HTTP %d %s", status, http.StatusText(status))}
	}
	return &queue.Error{Kind: queue.Resumable, Code: networkCode(err), RequestID: c.requestID(),
		Message: c.scrub(message(err)), Err: bare(err)}
}

// strange is an answer without OSS's request id: a proxy's, a gateway's, a login page's. It says nothing about the file,
// whatever its status.
func (c *call) strange(status int) error {
	e := &queue.Error{Kind: queue.Resumable, Code: "UnexpectedAnswer",
		Message: fmt.Sprintf("HTTP %d %s from something that is not OSS", status, http.StatusText(status)),
		Hint:    "check the endpoint, the proxy and whether the network wants a login"}
	switch {
	case status == http.StatusRequestEntityTooLarge:
		rule := rules.status(status)
		e.Kind, e.Code, e.Hint = rule.kind, rule.code, rule.hint
	case status >= 500:
		e.Code = rules.status(status).code
	}
	return e
}

func (c *call) serviceError(s aliyun.ServiceError) *queue.Error {
	code := s.Code
	if code == "" { // an answer to HEAD has no body
		if code = rules.status(s.StatusCode).code; s.StatusCode == http.StatusNotFound {
			code = "NoSuchKey"
		}
	}
	rule := rules.judge(code, s.StatusCode, s.Message, c.credentials.SecurityToken != "")
	e := &queue.Error{Kind: rule.kind, Code: code, Message: c.scrub(s.Message), RequestID: s.RequestID, Hint: rule.hint}
	if e.Kind == queue.Renew && c.remote.o.Rejected != nil && c.remote.o.Rejected(c.ctx, c.credentials) {
		e.Err = upload.ErrRenewed
	}
	if e.Message == "" {
		e.Message = fmt.Sprintf("HTTP %d %s", s.StatusCode, http.StatusText(s.StatusCode))
	}
	if code == "RequestTimeTooSkewed" && !c.remote.clock.learn(c.exchange.header.Get("Date")) {
		e.Hint = "set this machine's clock"
	}
	return e
}

// scrub removes the secrets of the request from words about it.
func (c *call) scrub(s string) string {
	for _, secret := range []string{c.credentials.AccessKeySecret, c.credentials.SecurityToken, c.credentials.AccessKeyID} {
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
	var silent errSilent
	var timeout net.Error
	if errors.As(err, &silent) || errors.As(err, &timeout) && timeout.Timeout() {
		return "RequestTimeout"
	}
	return "NetworkError"
}

// credentialsError is what it means that there is nothing to sign with.
func credentialsError(ctx context.Context, err error) error {
	var e *queue.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &e):
		return e
	case errors.Is(err, queue.ErrKeyExpired):
		return &queue.Error{Kind: queue.Renew, Code: "SecurityTokenExpired", Message: err.Error(), Hint: renewHint, Err: err}
	case errors.Is(err, queue.ErrNoKey):
		return &queue.Error{Kind: queue.Renew, Code: "NoCredentials", Message: err.Error(), Hint: renewHint, Err: err}
	}
	return &queue.Error{Kind: queue.Resumable, Code: "CredentialsError", Message: err.Error(), Err: err,
		Hint: "check where the credentials come from"}
}

func is(err error, code string) bool {
	var e *queue.Error
	return errors.As(err, &e) && e.Code == code
}
