package faultproxy

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"inboxfs/queue/ossdev/wire"
)

// Proxy is a line to an endpoint.
type Proxy struct {
	URL string // http://127.0.0.1:PORT, what a client takes as endpoint

	to       string // HOST:PORT
	listener net.Listener
	serving  sync.WaitGroup

	mu       sync.Mutex // guards the rest
	rules    []*Handle
	requests map[string]int
	conns    map[net.Conn]bool
	loss     bool
	ended    bool
	late     map[string][]byte // requests whose clients gave them up, by what they ask for
}

// Start begins a line to the endpoint at a URL such as http://127.0.0.1:PORT. The caller must Close it.
func Start(to string) (*Proxy, error) {
	host, ok := strings.CutPrefix(to, "http://")
	if !ok {
		return nil, fmt.Errorf("fault proxy: %q is no http:// URL", to)
	}
	var plain net.ListenConfig
	plain.SetMultipathTCP(false) // its sockets take no filters
	listener, err := plain.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("fault proxy: %w", err)
	}
	p := &Proxy{URL: "http://" + listener.Addr().String(), to: host, listener: listener, requests: make(map[string]int),
		conns: make(map[net.Conn]bool), late: make(map[string][]byte)}
	p.serving.Go(p.accept)
	return p, nil
}

// Close ends the line and all connections on it.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.ended = true
	for c := range p.conns {
		_ = c.Close() // whoever serves it finds out
	}
	p.mu.Unlock()
	err := p.listener.Close()
	p.serving.Wait()
	return err
}

// Requests is how often each action was asked for, whatever came of it.
func (p *Proxy) Requests() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.requests)
}

// Cut ends all connections, as a router does that was started anew.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close() // whoever serves it finds out
	}
}

// Lose makes all packets to the proxy vanish, or lets them through again.
func (p *Proxy) Lose(on bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loss = on
	errs := []error{wire.Lose(p.listener, on)}
	for c := range p.conns {
		if err := wire.Lose(c, on); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.mu.Lock()
		if p.ended {
			_ = c.Close() // nothing was promised to it
			p.mu.Unlock()
			return
		}
		p.conns[c] = true
		if p.loss {
			_ = wire.Lose(c, true) // it fails on a connection that has ended already
		}
		p.mu.Unlock()
		p.serving.Go(func() { p.serve(c) })
	}
}

// serve takes the requests of one connection.
func (p *Proxy) serve(c net.Conn) {
	defer func() {
		_ = c.Close() // it may be closed already
		p.mu.Lock()
		delete(p.conns, c)
		p.mu.Unlock()
	}()
	var raw bytes.Buffer
	in := bufio.NewReader(io.TeeReader(c, &raw))
	for {
		raw.Reset()
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		x := &exchange{p: p, client: c, in: in, r: r, body: body, raw: bytes.Clone(raw.Bytes()),
			action: action(r, body)}
		if !x.handle(p.strike(x.action)) {
			return
		}
	}
}

// belate keeps a request for when it was made again; overdue takes it.
func (p *Proxy) belate(what string, raw []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.late[what] = raw
}

func (p *Proxy) overdue(what string) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	raw := p.late[what]
	delete(p.late, what)
	return raw
}

// dial waits for the endpoint no longer than a test should.
func (p *Proxy) dial() (net.Conn, error) { return net.DialTimeout("tcp", p.to, 10*time.Second) }
