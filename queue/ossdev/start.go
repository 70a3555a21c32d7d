package ossdev

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"time"
)

// Running is a Server with a listener of its own.
type Running struct {
	*Server
	URL  string // http://127.0.0.1:PORT, or https://, what a client takes as endpoint
	http *http.Server
	done chan error // one value: why serving ended
}

// Start serves on addr, HOST:PORT of the loopback interface; "" takes any free port. It is not for other machines:
// what is received goes to disk without limit. The caller must Close it.
func Start(addr string, o Options) (*Running, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("development endpoint: %w", err)
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		err := fmt.Errorf("development endpoint: %s is open to other machines, listen on 127.0.0.1:PORT", addr)
		return nil, errors.Join(err, listener.Close())
	}
	server, err := New(o)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	r := &Running{Server: server, URL: "http://" + listener.Addr().String(), done: make(chan error, 1)}
	// A request that a fault resets is no news, and net/http would print it.
	r.http = &http.Server{Handler: server, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0),
		TLSConfig: o.TLS}
	serve := func() error { return r.http.Serve(listener) }
	if o.TLS != nil {
		r.URL = "https://" + listener.Addr().String()
		r.http.Protocols = new(http.Protocols)
		r.http.Protocols.SetHTTP1(true)
		r.http.Protocols.SetHTTP2(o.TLS.NextProtos == nil || slices.Contains(o.TLS.NextProtos, "h2"))
		serve = func() error { return r.http.ServeTLS(listener, "", "") } // with the certificates of o.TLS
	}
	go func() { r.done <- serve() }()
	return r, nil
}

// Close closes the listener and all connections, waits until nothing runs any more, and lets go of the folder. The
// folder can then be given to the next Server.
func (r *Running) Close() error {
	r.cancel()
	err := r.http.Close()
	if served := <-r.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	r.done <- http.ErrServerClosed // for a second Close
	return errors.Join(err, r.Server.Close())
}
