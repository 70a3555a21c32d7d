package line

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"inboxfs/queue/proxy"
)

// Stage is how far a request came.
type Stage int

const (
	Proxying Stage = iota // there was no way through the proxy
	Reaching              // there was none to the server
	Asking                // it was sent, or on its way
)

// Failure is why a request has no answer, and where that happened.
type Failure struct {
	Stage    Stage
	Host     string // HOST:PORT of the server
	Proxy    string // without user name and password; "" for none
	Variable string // of the environment, which names the proxy; "" where that is not known
	Kept     bool   // the connection had served a request before
	Err      error
}

func (f *Failure) Error() string { return f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }

// Timeout reports whether it was given up waiting.
func (f *Failure) Timeout() bool {
	var t net.Error
	return errors.As(f.Err, &t) && t.Timeout()
}

// Temporary is for net.Error.
func (f *Failure) Temporary() bool { return true }

func (w *way) failed(err error) error {
	if w.conn != nil {
		err = w.conn.why(err)
	}
	f := &Failure{Stage: Reaching, Host: w.host, Kept: w.kept, Err: err}
	if w.proxy != nil {
		f.Proxy, f.Variable = proxy.Name(w.proxy), w.variable
	}
	var op *net.OpError
	switch {
	case w.got:
		f.Stage = Asking
	case w.proxy == nil:
	case errors.As(err, &op) && (op.Op == "proxyconnect" || op.Op == "socks connect"), // net/http's names for it
		w.secure && !w.socks() && !w.opened.Load():
		f.Stage = Proxying
	}
	return f
}

// Refusal is what a proxy answered in place of making a way.
type Refusal struct {
	Status   int      // HTTP
	LoggedIn bool     // it was sent a user name
	Schemes  []string // by which it wants one, such as Basic or NTLM
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("the proxy answers with HTTP %d %s", r.Status, http.StatusText(r.Status))
}

// answered is told what a proxy answers to CONNECT.
func answered(ctx context.Context, through *url.URL, _ *http.Request, a *http.Response) error {
	if a.StatusCode == http.StatusOK {
		wayOf(ctx).opened.Store(true)
		return nil
	}
	return refusal(a, through)
}

func refusal(a *http.Response, through *url.URL) *Refusal {
	r := &Refusal{Status: a.StatusCode, LoggedIn: through.User != nil}
	for _, challenge := range a.Header.Values("Proxy-Authenticate") {
		if scheme, _, _ := strings.Cut(challenge, " "); scheme != "" {
			r.Schemes = append(r.Schemes, scheme)
		}
	}
	return r
}

// refusing are answers with which proxies refuse a request; of a wrong password tinyproxy says 401. Others are those of
// servers.
var refusing = []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired,
	http.StatusUnavailableForLegalReasons, http.StatusInternalServerError, http.StatusBadGateway,
	http.StatusServiceUnavailable, http.StatusGatewayTimeout}

// Refused is what an answer means if it is a proxy's own: nil where it cannot be, as there was none, it could not have
// written it, or it is no refusal.
func Refused(a *http.Response) *Failure {
	w := wayOf(a.Request.Context())
	if w.proxy == nil || w.secure || w.socks() || !slices.Contains(refusing, a.StatusCode) {
		return nil
	}
	return &Failure{Stage: Proxying, Host: w.host, Proxy: proxy.Name(w.proxy), Variable: w.variable,
		Err: refusal(a, w.proxy)}
}
