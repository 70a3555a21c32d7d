package verdict

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"inboxfs/queue"
)

func TestCause(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a           Answer
		hint, right string
	}{
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "no"}, hint: "grant oss:PutObject", right: "missing"},
		{a: Answer{Code: "Forbidden.RAM", Status: 403}, hint: "grant vod:CreateUploadVideo", right: "missing"},
		{a: Answer{Code: "AccessDenied", Status: 403, EC: "0002-00000080"}, hint: "set oss.signature to v4"},
		{a: Answer{Code: "InvalidArgument", Status: 400, EC: "0002-00000226"}, hint: "set oss.region"},
		{a: Answer{Code: "InvalidArgument", Status: 400, Message: "Invalid signing region in Authorization header."}, hint: "set oss.region"},
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "The bucket must be addressed using the specified endpoint. Please"}, hint: "the bucket is in another region"},
		{a: Answer{Code: "SignatureDoesNotMatch", Status: 403}, hint: "check the access key secret"},
		{a: Answer{Code: "AccessDenied", Status: 403, Message: "The security token has expired.", Token: true}, hint: "give new credentials"},
	} {
		v := Judge(c.a)
		e := &queue.Error{Kind: v.Kind, Code: v.Code, Message: c.a.Message, EC: c.a.EC}
		if !strings.HasPrefix(v.Hint, c.hint) || MissingRight(e) != (c.right != "") {
			t.Errorf("%+v: %q, missing right %v", c.a, v.Hint, MissingRight(e))
		}
	}
	if v := Judge(Answer{Code: "InternalError", Status: 500, EC: "0002-00000080"}); v.Kind != queue.Resumable {
		t.Error("a server that is in trouble counts as a refusal")
	}
}

// TestUnanswered meets each kind of silence for real.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	page := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(page.Close)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = nil
	secure.StartTLS()
	t.Cleanup(secure.Close)
	get := func(url string, transport *http.Transport) error {
		c := http.Client{Transport: transport, Timeout: 30 * time.Second}
		resp, err := c.Get(url)
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		return err
	}
	dialing := func(err error) *http.Transport {
		return &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
		}}
	}
	named := secure.Client().Transport.(*http.Transport).Clone()
	named.TLSClientConfig.ServerName = "oss.example"
	late := &tls.Config{RootCAs: named.TLSClientConfig.RootCAs, Time: func() time.Time { return time.Now().AddDate(200, 0, 0) }}
	const somewhere = "http://oss.example"
	for hint, err := range map[string]error{
		"check host and port":                   get("http://127.0.0.1:1", &http.Transport{}),
		"check the spelling of the endpoint, ":  get(somewhere, dialing(&net.DNSError{Err: "no such host", Name: "oss.example", IsNotFound: true})),
		"check this machine's network and its ": get(somewhere, dialing(&net.DNSError{Err: "server misbehaving", Name: "oss.example"})),
		"install the package ca-certificates":   get(secure.URL, &http.Transport{}),
		"check the spelling of the endpoint: ":  get(secure.URL, named),
		"check this machine's clock":            get(secure.URL, &http.Transport{TLSClientConfig: late}),
		"check the port of the endpoint":        get(strings.Replace(page.URL, "http:", "https:", 1), &http.Transport{}),
		"check the endpoint, the proxy and":     fmt.Errorf("wrapped: %w", context.DeadlineExceeded),
	} {
		if got := Unanswered(err); !strings.HasPrefix(got, hint) {
			t.Errorf("%v: %q, not %q", err, got, hint)
		}
	}
	if got := Unanswered(io.ErrUnexpectedEOF); got != "" {
		t.Errorf("of a broken connection it says %q", got)
	}
}
