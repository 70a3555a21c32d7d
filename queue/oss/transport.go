package oss

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"

	_ "inboxfs/queue/quiet" // net/http prints headers
)

// newTransport is made for few, long, outgoing streams to one host.
func newTransport(o Options) *http.Transport {
	dialer := &net.Dialer{Timeout: o.ConnectTimeout, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy: o.Proxy,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return newConn(c), nil
		},
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: o.ConnectTimeout,
		// HTTP/1.1 only: one TCP connection per part beats one for all of them, and cancelling a part closes it.
		Protocols:           http1(),
		MaxIdleConns:        o.Parallelism,
		MaxIdleConnsPerHost: o.Parallelism,
		IdleConnTimeout:     50 * time.Second, // below the minute after which OSS closes
		DisableCompression:  true,
		// Beside what comes in megabytes by default, an answer's header is nothing.
		MaxResponseHeaderBytes: maxHeader,
		// Room for the request's head and a small file. Beyond that conn copies with larger pieces of its own.
		WriteBufferSize: 16 << 10,
		ReadBufferSize:  8 << 10,
		// No ResponseHeaderTimeout: it begins when the kernel took the last byte, which may be megabytes before the
		// line did. conn watches what the line does.
	}
}

func http1() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return p
}

// watched is ctx for a request that fails when no byte of it moves for silence.
func watched(ctx context.Context, silence time.Duration) context.Context {
	var c *conn
	var request uint64
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			if c = under(info.Conn); c != nil {
				request = c.watch(silence)
			}
		},
		PutIdleConn: func(error) {
			if c != nil {
				c.idle(request)
			}
		},
	})
}

// under is our connection below TLS.
func under(nc net.Conn) *conn {
	if t, ok := nc.(*tls.Conn); ok {
		nc = t.NetConn()
	}
	c, _ := nc.(*conn)
	return c
}
