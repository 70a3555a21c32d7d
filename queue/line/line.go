package line

import (
	"context"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"inboxfs/queue/proxy"
	_ "inboxfs/queue/quiet" // net/http prints headers
)

// Options says how a server is reached.
type Options struct {
	// Connect is the longest that it may take until a request can be sent.
	Connect time.Duration
	// Proxy is as in http.Transport; nil: as the environment says.
	Proxy func(*http.Request) (*url.URL, error)
}

// Line makes requests; it is an http.RoundTripper.
type Line struct {
	network *http.Transport
	o       Options
}

// New is a Line with the settings of t, which it takes over. How connections are made is the Line's own.
func New(t *http.Transport, o Options) *Line {
	l := &Line{t, o}
	dialer := &net.Dialer{Timeout: o.Connect, KeepAlive: 30 * time.Second}
	t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		until := time.Now().Add(o.Connect)
		c, err := dialer.DialContext(ctx, network, local(addr))
		if err != nil {
			return nil, err
		}
		return newConn(c, until, o.Connect)
	}
	t.TLSHandshakeTimeout = 0 // the connection has a limit of its own, for all that comes before the first request
	t.Proxy = func(r *http.Request) (*url.URL, error) { return wayOf(r.Context()).proxy, nil }
	t.OnProxyConnectResponse = answered
	return l
}

// local is an address in which a name below localhost is localhost itself, as RFC 6761 wants it: not every resolver
// knows them.
func local(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err == nil && strings.HasSuffix(strings.ToLower(strings.TrimSuffix(host, ".")), ".localhost") {
		return net.JoinHostPort("localhost", port)
	}
	return addr
}

// CloseIdleConnections closes connections that are not in use.
func (l *Line) CloseIdleConnections() { l.network.CloseIdleConnections() }

// RoundTrip implements http.RoundTripper.
func (l *Line) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &way{host: host(r.URL), secure: r.URL.Scheme == "https",
		body: r.ContentLength > 0 && r.Header.Get("Expect") == ""}
	var err error
	if w.proxy, w.variable, err = l.proxyOf(r); err != nil {
		return nil, err
	}
	if silence, ok := r.Context().Value(silenceKey{}).(time.Duration); ok {
		w.silence = silence
	}
	if moved, ok := r.Context().Value(toldKey{}).(func()); ok {
		w.moved = moved
	}
	ctx := context.WithValue(r.Context(), wayKey{}, w)
	resp, err := l.network.RoundTrip(r.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: w.getConn, GotConn: w.gotConn, PutIdleConn: w.putIdleConn})))
	if err != nil {
		return nil, w.failed(err)
	}
	return resp, nil
}

func (l *Line) proxyOf(r *http.Request) (u *url.URL, variable string, err error) {
	if l.o.Proxy != nil {
		u, err = l.o.Proxy(r)
		return u, "", err
	}
	c, err := proxy.Environment().For(r.URL)
	return c.URL, c.Variable, err
}

type silenceKey struct{}

// Watched is ctx for a request that fails when no byte of it moves for silence.
func Watched(ctx context.Context, silence time.Duration) context.Context {
	return context.WithValue(ctx, silenceKey{}, silence)
}

type toldKey struct{}

// Told is ctx for a Watched request that calls moved whenever a byte of it moved, though no more than a second late
// where only the other side knows.
func Told(ctx context.Context, moved func()) context.Context {
	return context.WithValue(ctx, toldKey{}, moved)
}

// Libraries make requests of their own, with a copy of http.DefaultTransport. They go through the same proxies.
func init() {
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t.Proxy = proxy.FromEnvironment
		t.OnProxyConnectResponse = answered
	}
}
