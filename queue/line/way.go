package line

import (
	"context"
	"net"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// way is how one request gets to its server.
type way struct {
	host     string   // HOST:PORT of the server
	secure   bool     // TLS is spoken with the server
	proxy    *url.URL // nil: none
	variable string   // that names the proxy
	silence  time.Duration
	moved    func() // told when something did; may be nil
	body     bool   // follows the head at once

	opened  atomic.Bool // the proxy made the way that CONNECT asked for
	got     bool        // there was a connection for the request
	kept    bool        // which had served another
	conn    *conn       // that it got
	request uint64      // as conn counts
}

type wayKey struct{}

func wayOf(ctx context.Context) *way {
	if w, ok := ctx.Value(wayKey{}).(*way); ok {
		return w
	}
	return &way{}
}

func (w *way) getConn(string) { w.got, w.kept, w.conn = false, false, nil } // again, where net/http repeats a request

func (w *way) gotConn(info httptrace.GotConnInfo) {
	w.got, w.kept = true, info.Reused
	if w.conn = of(info.Conn); w.conn == nil {
		return
	}
	w.conn.connected()
	if w.silence > 0 {
		w.request = w.conn.watch(w.silence, w.moved, w.body)
	}
}

func (w *way) putIdleConn(error) {
	if w.conn != nil {
		w.conn.idle(w.request)
	}
}

func (w *way) socks() bool { return w.proxy != nil && strings.HasPrefix(w.proxy.Scheme, "socks") }

// host is HOST:PORT of a URL.
func host(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}
