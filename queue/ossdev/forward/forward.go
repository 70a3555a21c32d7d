package forward

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"inboxfs/queue/ossdev/authority"
)

// Options says what a proxy is like.
type Options struct {
	Kind           string               // "http", "https" or "socks5"
	User, Password string               // that it wants; "" for none
	Schemes        []string             // by which it wants them; Basic by default
	TLS            *tls.Config          // of an https proxy
	To             string               // HOST:PORT where all goes; "": as it is asked
	Opens          *authority.Authority // it opens TLS with certificates of this authority; nil: it does not
	Answer         int                  // HTTP status that each request gets, or code of SOCKS5; 0: as it goes
	Mute           Mute
}

// Mute is from where on a proxy says nothing.
type Mute int

const (
	Never  Mute = iota
	Always      // from the beginning
	Asked       // when it is asked for a way, after TLS with an https proxy, and after the greeting of SOCKS5
	Open        // when the way is there
)

// Proxy is a proxy that runs.
type Proxy struct {
	URL *url.URL // with user name and password

	o        Options
	listener net.Listener
	server   *http.Server
	onward   *http.Transport
	serving  sync.WaitGroup

	mu    sync.Mutex // guards the rest
	conns map[net.Conn]bool
	ended bool
	asked []string
}

// Start begins a proxy. The caller must Close it.
func Start(o Options) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("forward: %w", err)
	}
	p := &Proxy{URL: &url.URL{Scheme: o.Kind, Host: l.Addr().String()}, o: o, listener: l,
		conns: make(map[net.Conn]bool)}
	if o.User != "" {
		p.URL.User = url.UserPassword(o.User, o.Password)
	}
	p.onward = &http.Transport{DialContext: func(_ context.Context, _, to string) (net.Conn, error) {
		return p.dial(to)
	}}
	// Clients that leave are no news.
	p.server = &http.Server{Handler: p, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute}
	switch {
	case o.Mute == Always || o.Kind == "socks5":
		p.serving.Go(p.accept)
	case o.Kind == "https":
		p.serving.Go(func() { _ = p.server.Serve(tls.NewListener(l, o.TLS)) }) // until Close
	default:
		p.serving.Go(func() { _ = p.server.Serve(l) }) // until Close
	}
	return p, nil
}

// Close ends the proxy and all connections through it.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.ended = true
	for c := range p.conns {
		_ = c.Close() // whoever serves it finds out
	}
	p.mu.Unlock()
	err := p.server.Close()
	_ = p.listener.Close() // the server may have done so
	p.serving.Wait()
	p.onward.CloseIdleConnections()
	return err
}

// Asked is what was asked for, in order: HOST:PORT of each way, the URL of each request.
func (p *Proxy) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.asked...)
}

func (p *Proxy) note(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, what)
}

// keep has Close end a connection. It reports whether it is not too late.
func (p *Proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		_ = c.Close() // nothing was promised to it
		return false
	}
	p.conns[c] = true
	return true
}

func (p *Proxy) drop(c net.Conn) {
	_ = c.Close() // it may be closed already
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

func (p *Proxy) dial(addr string) (net.Conn, error) {
	if p.o.To != "" {
		addr = p.o.To
	}
	return net.DialTimeout("tcp", addr, 10*time.Second)
}

// accept takes connections that no HTTP server takes.
func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.serving.Go(func() {
			if !p.keep(c) {
				return
			}
			defer p.drop(c)
			if p.o.Mute == Always {
				p.hush(c)
				return
			}
			p.socks(c)
		})
	}
}

// hush takes what comes and says nothing, until the client leaves.
func (p *Proxy) hush(c net.Conn) { _, _ = io.Copy(io.Discard, c) } // an error is how the client leaves

// join carries bytes both ways until either side ends.
func (p *Proxy) join(client, server net.Conn) {
	if !p.keep(server) {
		return
	}
	defer p.drop(server)
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(client, server) // however it ends, the connection does
		_ = client.Close()             // what came is on its way, and nothing more can be done
	}()
	_, _ = io.Copy(server, client) // likewise
	_ = server.Close()             // likewise
	<-back
}
