package verdict

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"

	"inboxfs/queue/line"
)

// proxied says what a proxy did in place of making a way.
func proxied(f *line.Failure) (says, do string) {
	who := strings.TrimSpace("the proxy " + f.Proxy)
	variable := cmp.Or(f.Variable, "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY")
	var r *line.Refusal
	var op *net.OpError
	var dns *net.DNSError
	kind := "check kind, host and port in " + variable + ": http://, https:// (TLS to the proxy) or socks5://"
	if says, do = insecure(f.Err, who, who); do != "" {
		return says, do
	}
	switch {
	case errors.As(f.Err, &r):
		return refused(f, r, who, variable)
	case errors.As(f.Err, &dns):
		return who + " is not found: " + dns.Error(),
			"check the spelling of the proxy in " + variable + ", and whether this machine can look up names"
	case speaksNoTLS(f.Err):
		return who + " speaks no TLS", "write http:// in place of https:// in " + variable
	case errors.Is(f.Err, syscall.ECONNREFUSED):
		return who + " does not answer: connection refused",
			"check host and port in " + variable + ": nothing listens there, or a firewall refuses"
	case errors.Is(f.Err, syscall.ENETUNREACH), errors.Is(f.Err, syscall.EHOSTUNREACH):
		return who + " cannot be reached", "check this machine's network, and the host in " + variable
	case timedOut(f.Err):
		return fmt.Sprintf("%s says nothing: %v", who, inner(f.Err)), kind +
			"; if they are right, ask whoever runs the proxy"
	case errors.As(f.Err, &op) && op.Op == "socks connect":
		return socks(f, op.Err, who, variable, kind)
	case speaksTLS(f.Err):
		return who + " speaks TLS", "write https:// in place of http:// in " + variable
	case speaksNoHTTP(f.Err):
		return who + " is no HTTP proxy", kind
	case brokenOff(f.Err):
		return who + " ends the connection without an answer", kind + "; if they are right, ask whoever runs the proxy"
	}
	return who + ": " + f.Err.Error(), kind
}

// inner is an error without what net/http says around it.
func inner(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// special is how user name and password are written that could be taken for something else.
const special = ", with special characters as %XX"

// refused says what a proxy answered.
func refused(f *line.Failure, r *line.Refusal, who, variable string) (says, do string) {
	answer := fmt.Sprintf(" (HTTP %d %s)", r.Status, http.StatusText(r.Status))
	host := cmp.Or(f.Host, "the endpoint")
	switch r.Status {
	case http.StatusProxyAuthRequired, http.StatusUnauthorized:
		switch {
		case len(r.Schemes) > 0 && !slices.ContainsFunc(r.Schemes, isBasic):
			return who + " wants a login by " + strings.Join(r.Schemes, " or ") + answer,
				"inboxfs knows Basic only: ask whoever runs the proxy for that, or put a proxy such as cntlm in between"
		case r.LoggedIn:
			return who + " does not take the user name and password" + answer, "correct them in " + variable + special
		}
		return who + " wants a user name and a password" + answer,
			"write them into " + variable + ": http://USER:PASSWORD@HOST:PORT" + special
	case http.StatusForbidden, http.StatusUnavailableForLegalReasons:
		return who + " forbids the way to " + host + answer,
			"ask whoever runs the proxy to allow " + host + "; if it can be reached directly, put it into NO_PROXY"
	case http.StatusInternalServerError, // tinyproxy says so
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return who + " does not reach " + host + answer,
			"check the spelling of the endpoint; if it is right, ask whoever runs the proxy why it cannot look up or " +
				"reach it"
	}
	return who + " makes no way to " + host + answer,
		"check kind and port in " + variable + ": what listens there is no proxy, or none for this host and port"
}

func isBasic(scheme string) bool { return strings.EqualFold(scheme, "Basic") }

// socks says what a SOCKS5 proxy answered, in the words of net/http.
func socks(f *line.Failure, answer error, who, variable, kind string) (says, do string) {
	text := answer.Error()
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
	}
	switch {
	case has("no acceptable authentication methods"):
		return who + " wants a user name and a password",
			"write them into " + variable + ": socks5://USER:PASSWORD@HOST:PORT" + special
	case has("username/password authentication failed", "invalid username/password"):
		return who + " does not take the user name and password", "correct them in " + variable + special
	case has("not allowed by ruleset"):
		return who + " forbids the way to " + f.Host, "ask whoever runs the proxy to allow " + f.Host +
			"; if it can be reached directly, put it into NO_PROXY"
	case has("network unreachable", "host unreachable", "connection refused", "TTL expired", "general SOCKS server"):
		return who + " does not reach " + f.Host + ": " + strings.TrimPrefix(text, "unknown error "),
			"check the spelling of the endpoint; if it is right, ask whoever runs the proxy why it cannot look up or " +
				"reach it"
	case has("unexpected protocol version"):
		return who + " speaks no SOCKS5", kind
	case brokenOff(answer):
		return who + " ends the connection without an answer", kind + "; if they are right, ask whoever runs the proxy"
	}
	return who + ": " + text, kind
}
