package line

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"inboxfs/queue/ossdev/forward"
)

// Whoever takes the connection and says nothing, or one byte now and then, is waited for as long as a connection may
// take, all in all; whatever it is that is waited for. Then the connection is closed.
func TestMute(t *testing.T) {
	t.Parallel()
	const limit = time.Second
	type way = forward.Options
	const always, asked, open = forward.Always, forward.Asked, forward.Open
	for name, c := range map[string]struct {
		proxy  way
		listen func(net.Conn) // instead of a proxy: what is said on each connection
		to     string
		stage  Stage
	}{
		"a server, at TLS":     {listen: hush, to: "https", stage: Reaching},
		"a server that drips":  {listen: drip("\x16\x03\x03\x40\x00"), to: "https", stage: Reaching},
		"http, at CONNECT":     {proxy: way{Kind: "http", Mute: asked}, to: "https", stage: Proxying},
		"http, at once":        {proxy: way{Kind: "http", Mute: always}, to: "https", stage: Proxying},
		"http, behind CONNECT": {proxy: way{Kind: "http", Mute: open}, to: "https", stage: Reaching},
		"http that drips": {proxy: way{Kind: "http"}, listen: drip("HTTP/1.1 200 OK\r\nX: "), to: "https",
			stage: Proxying},
		"https, at TLS":              {proxy: way{Kind: "https", Mute: always}, to: "https", stage: Proxying},
		"https, at TLS, for http":    {proxy: way{Kind: "https", Mute: always}, to: "http", stage: Proxying},
		"https, at CONNECT":          {proxy: way{Kind: "https", Mute: asked}, to: "https", stage: Proxying},
		"https, behind CONNECT":      {proxy: way{Kind: "https", Mute: open}, to: "https", stage: Reaching},
		"socks5, at once":            {proxy: way{Kind: "socks5", Mute: always}, to: "http", stage: Proxying},
		"socks5, at once, for https": {proxy: way{Kind: "socks5", Mute: always}, to: "https", stage: Proxying},
		"socks5, when it is asked":   {proxy: way{Kind: "socks5", Mute: asked}, to: "http", stage: Proxying},
		"socks5 with a password": {proxy: way{Kind: "socks5", User: "u", Password: "p", Mute: asked}, to: "http",
			stage: Proxying},
		"socks5, when the way is there": {proxy: way{Kind: "socks5", Mute: open}, to: "https", stage: Reaching},
		"socks5 that drips": {proxy: way{Kind: "socks5"}, listen: drip("\x05\x00\x05\x00\x00\x03\xff"),
			to: "http", stage: Proxying},
		// Without TLS there is nothing to say before the request, whose silence counts.
		"a server without TLS": {listen: hush, to: "http", stage: Asking},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to, through := c.to+"://127.0.0.1:1", (*url.URL)(nil)
			ended := make(chan struct{}, 10)
			switch at := ""; {
			case c.listen != nil:
				at = listen(t, c.listen, ended)
				if to, through = c.to+"://"+at, nil; c.proxy.Kind != "" {
					to, through = c.to+"://127.0.0.1:1", &url.URL{Scheme: c.proxy.Kind, Host: at}
				}
			default:
				if c.proxy.To = listen(t, hush, ended); c.proxy.Kind == "https" {
					c.proxy.TLS = server(t)
				}
				through = proxying(t, c.proxy).URL
			}
			client := client(t, through, limit)
			began := time.Now()
			r, err := http.NewRequestWithContext(Watched(t.Context(), limit), http.MethodGet, to, nil)
			if err != nil {
				t.Fatal(err)
			}
			a, err := client.Do(r)
			if err == nil {
				t.Fatal(errors.Join(errors.New("it is answered"), a.Body.Close()))
			}
			var f *Failure
			if took := time.Since(began); took < limit*3/4 || took > limit*5/2 {
				t.Errorf("it took %v", took)
			}
			if !errors.As(err, &f) || f.Stage != c.stage || !f.Timeout() || f.Host == "" ||
				(through != nil) != (f.Proxy != "") {
				t.Errorf("stage %+v: %v", f, err)
			}
			if c.listen == nil {
				return // the proxy's Close, which waits, is the test that nothing is left
			}
			select {
			case <-ended:
			case <-time.After(10 * time.Second):
				t.Error("the connection is open still")
			}
		})
	}
}

func hush(c net.Conn) { _, _ = io.Copy(io.Discard, c) } // until the client leaves

// drip says a byte now and then.
func drip(begin string) func(net.Conn) {
	return func(c net.Conn) {
		go hush(c)
		_, err := io.WriteString(c, begin)
		for ; err == nil; _, err = io.WriteString(c, "x") {
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// listen takes connections, and tells when each has ended.
func listen(t *testing.T, serve func(net.Conn), ended chan<- struct{}) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(all.Wait)
	closing(t, l)
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed
			}
			all.Go(func() {
				defer c.Close() // the test has what it wants
				serve(c)
				ended <- struct{}{}
			})
		}
	})
	return l.Addr().String()
}

// The time limit is for what comes before the first request: a connection that has had one is kept and used again.
func TestReadyIsKept(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const limit = time.Second // a busy machine needs a while for TLS
	r := newRig(t, "to https", "", "")
	c := client(t, nil, limit)
	for i := range 3 {
		path := fmt.Sprintf("/%d", i)
		if err := put(c, r.url+path, zeros{}, 1000, time.Minute); err != nil || len(r.body(path)) != 1000 {
			t.Fatalf("%d bytes, %v", len(r.body(path)), err)
		}
		time.Sleep(2 * limit)
	}
	if n := r.wire.Carried(); n != 1 {
		t.Errorf("%d connections for three requests", n)
	}
}
