package verdict

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"inboxfs/queue/line"
)

// Unsent reports whether err says that a request did not come as far as the server.
func Unsent(err error) bool {
	var f *line.Failure
	return errors.As(err, &f) && f.Stage != line.Asking
}

// Unanswered says what happened to a request that met err instead of an answer, "" where err says it well enough
// itself, and what a user can do about it, "" when nothing is known.
func Unanswered(err error) (says, do string) {
	var f *line.Failure
	var refusal *line.Refusal
	if !errors.As(err, &f) {
		f = &line.Failure{Stage: line.Asking, Host: "the endpoint", Err: err}
	}
	if f.Stage == line.Proxying || errors.As(err, &refusal) {
		return proxied(f)
	}
	if says, do = insecure(err, f.Host, "the endpoint"); do != "" {
		return says, do
	}
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "", "check the spelling of the endpoint, and whether this machine can look up names"
	case errors.As(err, &dns):
		return "", "check this machine's network and its DNS servers (/etc/resolv.conf)"
	case speaksNoTLS(err):
		return f.Host + " speaks no TLS",
			"check the port of the endpoint: no TLS is spoken there; where that is meant to be so, " +
				"write http:// before it"
	case speaksTLS(err):
		return f.Host + " speaks TLS", "write https:// in place of http:// before the endpoint, or leave it out"
	case speaksNoHTTP(err):
		return f.Host + " speaks no HTTP",
			"check host and port of the endpoint: what listens there is neither OSS nor a proxy"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "", "check host and port of the endpoint: nothing listens there, or a firewall refuses"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "", "check this machine's network: there is no way to the endpoint"
	case timedOut(err) && f.Stage == line.Reaching:
		return f.Host + ": " + f.Error(),
			"check the endpoint, the proxy and firewalls: something on the way swallows what is sent"
	case timedOut(err):
		return "", "check the endpoint, the proxy and firewalls: something on the way swallows the requests"
	case brokenOff(err) && f.Stage == line.Reaching && f.Proxy != "":
		return "the connection to " + f.Host + " is reset before TLS is agreed on",
			"ask whoever runs the proxy " + f.Proxy + " whether it lets this host through, and opens TLS in between"
	case brokenOff(err) && f.Stage == line.Reaching:
		return "the connection to " + f.Host + " is reset before TLS is agreed on",
			"ask whoever runs the network whether a firewall lets this host through; or set HTTPS_PROXY, " +
				"where there is a proxy"
	case brokenOff(err):
		return "the connection to " + f.Host + " was reset",
			"it is tried again; if it stays so, a firewall, a proxy or the line itself ends connections: " +
				"ask whoever runs the network"
	}
	return "", ""
}

func speaksNoTLS(err error) bool {
	var record tls.RecordHeaderError
	return errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &record)
}

// speaksTLS reports whether what should be an answer is an alert of TLS.
func speaksTLS(err error) bool {
	return strings.Contains(err.Error(), `malformed HTTP response "\x15\x03`)
}

// speaksNoHTTP reports whether what came is no answer, or has a header that none has. net/http has words for it only.
func speaksNoHTTP(err error) bool {
	return strings.Contains(err.Error(), "malformed HTTP") ||
		strings.Contains(err.Error(), "server response headers exceeded")
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// brokenOff reports whether the other side, or something on the way, ended the connection.
func brokenOff(err error) bool {
	for _, end := range []error{syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}
