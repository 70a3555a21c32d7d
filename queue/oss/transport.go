package oss

import (
	"crypto/tls"
	"net/http"
	"time"

	"inboxfs/queue/line"
)

// newLine is made for few, long, outgoing streams to one host.
func newLine(o Options) *line.Line {
	return line.New(&http.Transport{
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
		// HTTP/1.1 only: one TCP connection per part beats one for all of them, and cancelling a part closes it.
		Protocols:           http1(),
		MaxIdleConns:        o.Parallelism,
		MaxIdleConnsPerHost: o.Parallelism,
		IdleConnTimeout:     50 * time.Second, // below the minute after which OSS closes
		DisableCompression:  true,
		// Beside what comes in megabytes by default, an answer's header is nothing.
		MaxResponseHeaderBytes: maxHeader,
		// Room for the request's head and a small file. Beyond that a line copies with larger pieces of its own.
		WriteBufferSize: 16 << 10,
		ReadBufferSize:  8 << 10,
		// No ResponseHeaderTimeout: it begins when the kernel took the last byte, which may be megabytes before the
		// line did. line.Watched watches what the line does.
	}, line.Options{Connect: o.ConnectTimeout, Proxy: o.Proxy})
}

func http1() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return p
}
