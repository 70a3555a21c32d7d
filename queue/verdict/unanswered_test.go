package verdict

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/line"
	"inboxfs/queue/ossdev/authority"
	"inboxfs/queue/ossdev/forward"
)

// silence is one way in which no answer comes, and what is to be said of it.
type silence struct {
	url   string
	tls   *tls.Config   // of the client; nil: it trusts the authority of the test
	dial  error         // what connecting fails with
	proxy *url.URL      // nil: none
	limit time.Duration // until a connection must be there; 0: 10 s

	says, do string // what both begin with; $HOST and $PROXY stand for those
}

// TestUnanswered meets each kind of silence for real: each has words of its own, and says what to do.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	ours := made(authority.New("tests"))(t)
	trusting := &tls.Config{RootCAs: ours.Pool()}
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	secure := func(l authority.Leaf, change func(*tls.Config)) string {
		c := made(ours.Server(l))(t)
		if change != nil {
			change(c)
		}
		return serveTLS(t, c)
	}
	here := authority.Leaf{Names: []string{"127.0.0.1"}}
	good := secure(here, nil)
	proxy := func(o forward.Options) *url.URL {
		if o.Kind == "https" && o.TLS == nil {
			o.TLS = made(ours.Server(here))(t)
		}
		p := made(forward.Start(o))(t)
		t.Cleanup(func() {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
		return p.URL
	}
	other := func(u *url.URL, change func(*url.URL)) *url.URL {
		c := *u
		change(&c)
		return &c
	}
	login := func(kind string, schemes ...string) *url.URL {
		return proxy(forward.Options{Kind: kind, User: "u", Password: "p", Schemes: schemes})
	}
	stranger := func(u *url.URL) { u.User = nil }
	wrong := func(u *url.URL) { u.User = url.UserPassword("u", "wrong") }
	scheme := func(s string) func(*url.URL) { return func(u *url.URL) { u.Scheme = s } }
	nobody := &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
	const somewhere = "http://oss.example"
	type options = forward.Options

	for name, c := range map[string]silence{
		"refused": {url: "http://127.0.0.1:1", do: "check host and port"},
		"no such host": {
			url: somewhere, dial: &net.DNSError{Err: "no such host", Name: "oss.example", IsNotFound: true},
			do: "check the spelling of the endpoint, and",
		},
		"names fail": {
			url: somewhere, dial: &net.DNSError{Err: "server misbehaving", Name: "oss.example"},
			do: "check this machine's network and its DNS",
		},
		"no TLS": {
			url:  strings.Replace(plain.URL, "http:", "https:", 1),
			says: "$HOST speaks no TLS", do: "check the port of the endpoint",
		},
		"no HTTP": {
			url: "http://" + listen(t, say("SSH-2.0-OpenSSH_10.0\r\n")), says: "$HOST speaks no HTTP",
			do: "check host and port of the endpoint",
		},
		"TLS": {
			url: "http://" + listen(t, say("\x15\x03\x01\x00\x02\x02\x46")), says: "$HOST speaks TLS",
			do: "write https://",
		},
		"mute at TLS": {
			url: "https://" + listen(t, hush), limit: time.Second / 4,
			says: "$HOST: no connection within 250ms", do: "check the endpoint, the proxy and firewalls",
		},
		"reset at TLS": {
			url:  "https://" + listen(t, reset),
			says: "the connection to $HOST is reset before TLS",
			do:   "ask whoever runs the network whether a firewall",
		},
		"reset at TLS, behind a proxy": {
			url: "https://" + listen(t, reset), proxy: proxy(options{}),
			says: "the connection to $HOST is reset before TLS",
			do:   "ask whoever runs $PROXY whether it lets this host through",
		},
		"closed at TLS": {
			url:  "https://" + listen(t, hangUp),
			says: "the connection to $HOST is reset before TLS",
			do:   "ask whoever runs the network whether a firewall",
		},
		"reset": {
			url:  "http://" + listen(t, reset),
			says: "the connection to $HOST was reset", do: "it is tried again; if it stays so, a firewall",
		},
		"closed": {
			url:  "http://" + listen(t, hangUp),
			says: "the connection to $HOST was reset", do: "it is tried again; if it stays so, a firewall",
		},
		"authority": {
			url: good, tls: &tls.Config{},
			says: "the certificate of $HOST is from an authority that this machine does not know: tests",
			do:   "install the package ca-certificates",
		},
		"another name": {
			url:  secure(authority.Leaf{Names: []string{"a.test", "b.test", "c.test", "d.test"}}, nil),
			says: "the certificate that $HOST shows is for a.test, b.test, c.test, others",
			do:   "check the spelling of the endpoint: the certificate",
		},
		"expired": {
			url:  secure(authority.Leaf{Names: here.Names, Begins: time.Unix(1e9, 0), Ends: time.Unix(11e8, 0)}, nil),
			says: "the certificate of $HOST was good until 2004-11-09 11:33 UTC",
			do:   "check this machine's clock (it says 2",
		},
		"not yet good": {
			url:  secure(authority.Leaf{Names: here.Names, Begins: time.Now().Add(time.Hour)}, nil),
			says: "the certificate of $HOST is good from 2", do: "check this machine's clock (it says 2",
		},
		"for clients": {
			url:  secure(authority.Leaf{Names: here.Names, Client: true}, nil),
			says: "the certificate of $HOST is not one for servers",
			do:   "whoever runs $HOST must get one for servers",
		},
		"old TLS": {
			url:  secure(here, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }),
			says: "$HOST speaks no TLS that is safe today", do: "allow TLS 1.2 there",
		},
		"no cipher": {
			url: secure(here, func(c *tls.Config) {
				c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}
			}),
			says: "$HOST ends TLS: handshake failure", do: "it knows no cipher that is safe today",
		},
		"unknown name": {
			url:  secure(here, func(c *tls.Config) { c.Certificates = nil }),
			says: "$HOST ends TLS: unrecognized name",
			do:   "check the spelling of the endpoint; a domain of your own",
		},
		"wants a client": {
			url:  secure(here, func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }),
			says: "$HOST ends TLS: certificate required", do: "it wants a certificate of the client",
		},
		"server's fault": {
			url:  secure(here, func(c *tls.Config) { c.Certificates, c.GetCertificate = nil, noCertificate }),
			says: "$HOST ends TLS: internal error", do: "it is tried again",
		},

		"proxy: refused": {
			url: good, proxy: nobody,
			says: "$PROXY does not answer: connection refused", do: "check host and port in HTTPS_PROXY",
		},
		"proxy: no such host": {
			url: good, proxy: nobody, dial: &net.DNSError{Err: "no such host", Name: "x", IsNotFound: true},
			says: "$PROXY is not found: ", do: "check the spelling of the proxy in HTTPS_PROXY",
		},
		"proxy: mute": {
			url: good, proxy: proxy(options{Kind: "http", Mute: forward.Always}), limit: time.Second / 4,
			says: "$PROXY says nothing: no connection within 250ms",
			do:   "check kind, host and port in HTTPS_PROXY",
		},
		"proxy: mute, SOCKS": {
			url: good, proxy: proxy(options{Kind: "socks5", Mute: forward.Always}), limit: time.Second / 4,
			says: "$PROXY says nothing: ", do: "check kind, host and port in HTTPS_PROXY",
		},
		"proxy: reset": {
			url: good, proxy: &url.URL{Scheme: "http", Host: listen(t, reset)},
			says: "$PROXY ends the connection without an answer", do: "check kind, host and port",
		},
		"proxy: closed": {
			url: good, proxy: &url.URL{Scheme: "socks5", Host: listen(t, hangUp)},
			says: "$PROXY ends the connection without an answer", do: "check kind, host and port",
		},

		"password": {
			url: good, proxy: other(login("http"), stranger),
			says: "$PROXY wants a user name and a password (HTTP 407",
			do:   "write them into HTTPS_PROXY, HTTP_PROXY or ALL_PROXY: http://USER",
		},
		"wrong password": {
			url: good, proxy: other(login("http"), wrong),
			says: "$PROXY does not take the user name and password (HTTP 407", do: "correct them in HTTPS_PROXY",
		},
		"password, plain": {
			url: plain.URL, proxy: other(login("http"), stranger),
			says: "$PROXY wants a user name and a password (HTTP 407", do: "write them into",
		},
		"wrong, plain": {
			url: plain.URL, proxy: other(login("https"), wrong),
			says: "$PROXY does not take the user name and password (HTTP 407", do: "correct them",
		},
		"NTLM": {
			url: good, proxy: other(login("http", "Negotiate", "NTLM"), wrong),
			says: "$PROXY wants a login by Negotiate or NTLM", do: "inboxfs knows Basic only",
		},
		"NTLM or Basic": {
			url: good, proxy: other(login("http", "NTLM", `basic realm="x"`), wrong),
			says: "$PROXY does not take the user name", do: "correct them",
		},
		"SOCKS, password": {
			url: plain.URL, proxy: other(login("socks5"), stranger),
			says: "$PROXY wants a user name and a password",
			do:   "write them into HTTPS_PROXY, HTTP_PROXY or ALL_PROXY: socks5://USER",
		},
		"SOCKS, wrong": {
			url: plain.URL, proxy: other(login("socks5"), wrong),
			says: "$PROXY does not take the user name and password", do: "correct them",
		},
		"forbidden": {
			url: good, proxy: proxy(options{Kind: "http", Answer: 403}),
			says: "$PROXY forbids the way to $HOST (HTTP 403", do: "ask whoever runs the proxy to allow $HOST",
		},
		"forbidden, plain": {
			url: plain.URL, proxy: proxy(options{Kind: "http", Answer: 403}),
			says: "$PROXY forbids the way to $HOST (HTTP 403", do: "ask whoever runs the proxy to allow $HOST",
		},
		"forbidden, SOCKS": {
			url: good, proxy: proxy(options{Kind: "socks5", Answer: 2}),
			says: "$PROXY forbids the way to $HOST", do: "ask whoever runs the proxy to allow $HOST",
		},
		"not reached": {
			url: good, proxy: proxy(options{Kind: "https", To: "127.0.0.1:1"}),
			says: "$PROXY does not reach $HOST (HTTP 502", do: "check the spelling of the endpoint; if",
		},
		"not reached, plain": {
			url: plain.URL, proxy: proxy(options{Kind: "http", To: "127.0.0.1:1"}),
			says: "$PROXY does not reach $HOST (HTTP 502", do: "check the spelling of the endpoint; if",
		},
		"not reached, SOCKS": {
			url: good, proxy: proxy(options{Kind: "socks5", To: "127.0.0.1:1"}),
			says: "$PROXY does not reach $HOST: host unreachable", do: "check the spelling of the endpoint; if",
		},
		"its own trouble": {
			url: good, proxy: proxy(options{Kind: "http", Answer: 500}),
			says: "$PROXY does not reach $HOST (HTTP 500", do: "check the spelling",
		},
		"overloaded": {
			url: good, proxy: proxy(options{Kind: "http", Answer: 503}),
			says: "$PROXY does not reach $HOST (HTTP 503", do: "check the spelling",
		},
		"not CONNECT": {
			url: good, proxy: proxy(options{Kind: "http", Answer: 405}),
			says: "$PROXY makes no way to $HOST (HTTP 405", do: "check kind and port in HTTPS_PROXY",
		},

		"TLS in HTTP": {
			url: good, proxy: other(proxy(options{Kind: "https"}), scheme("http")),
			says: "$PROXY ends the connection without an answer", do: "check kind, host and port",
		},
		"an alert": {
			url: good, proxy: &url.URL{Scheme: "http", Host: listen(t, say("\x15\x03\x01\x00\x02\x02\x16"))},
			says: "$PROXY speaks TLS", do: "write https:// in place of http://",
		},
		"HTTP in TLS": {
			url: good, proxy: other(proxy(options{Kind: "http"}), scheme("https")),
			says: "$PROXY speaks no TLS", do: "write http:// in place of https://",
		},
		"HTTP in SOCKS": {
			url: good, proxy: &url.URL{Scheme: "socks5", Host: listen(t, say("HTTP/1.1 400 Bad Request\r\n"))},
			says: "$PROXY speaks no SOCKS5", do: "check kind, host and port",
		},
		"SOCKS in HTTP": {
			url: good, proxy: &url.URL{Scheme: "http", Host: listen(t, say("\x05\xff"))},
			says: "$PROXY is no HTTP proxy", do: "check kind, host and port",
		},
		"its authority": {
			url: good, tls: &tls.Config{}, proxy: proxy(options{Kind: "https"}),
			says: "the certificate of $PROXY is from an authority that this machine does not know: tests",
			do:   "install the package ca-certificates",
		},
		"its name": {
			url:   good,
			proxy: proxy(options{Kind: "https", TLS: made(ours.Server(authority.Leaf{Names: []string{"p.test"}}))(t)}),
			says:  "the certificate that $PROXY shows is for p.test", do: "check the spelling of the proxy http",
		},
		"it opens TLS": {
			url: good, proxy: proxy(options{Kind: "http", Opens: made(authority.New("Inspection Inc."))(t)}),
			says: "the certificate of $HOST is from an authority that this machine does not know: Inspection Inc.",
			do: "install the package ca-certificates; the authority of an endpoint of your own, " +
				"or of a proxy that opens TLS",
		},
		"behind it": {
			url: secure(authority.Leaf{Names: []string{"a.test"}}, nil), proxy: proxy(options{Kind: "https"}),
			says: "the certificate that $HOST shows is for a.test", do: "check the spelling of the endpoint",
		},
		"mute behind": {
			url: good, proxy: proxy(options{Kind: "https", Mute: forward.Open}), limit: time.Second / 4,
			says: "$HOST: no connection within", do: "check the endpoint, the proxy and firewalls",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.tls == nil {
				c.tls = trusting
			}
			err := c.meet(t)
			says, do := Unanswered(err)
			at, err2 := url.Parse(c.url)
			if err2 != nil {
				t.Fatal(err2)
			}
			words := []string{"$HOST", at.Host}
			if c.proxy != nil {
				words = append(words, "$PROXY", "the proxy "+c.proxy.Scheme+"://"+c.proxy.Host)
			}
			want := strings.NewReplacer(words...)
			if !strings.HasPrefix(says, want.Replace(c.says)) || (says == "") != (c.says == "") ||
				!strings.HasPrefix(do, want.Replace(c.do)) {
				t.Errorf("%v:\n%q, not %q\n%q, not %q", err, says, want.Replace(c.says), do, want.Replace(c.do))
			}
		})
	}
	_, do := Unanswered(fmt.Errorf("wrapped: %w", context.DeadlineExceeded))
	if !strings.HasPrefix(do, "check the endpoint, the proxy and") {
		t.Errorf("of a limit that is over it says %q", do)
	}
	if says, do := Unanswered(fmt.Errorf("anything")); says+do != "" {
		t.Errorf("of anything it says %q, %q", says, do)
	}
}

// meet makes a request that gets no answer, or one that only a proxy can have given.
func (s silence) meet(t *testing.T) error {
	t.Helper()
	limit := s.limit
	if limit == 0 {
		limit = 10 * time.Second
	}
	network := &http.Transport{TLSClientConfig: s.tls}
	through := func(*http.Request) (*url.URL, error) { return s.proxy, nil }
	l := line.New(network, line.Options{Connect: limit, Proxy: through})
	t.Cleanup(l.CloseIdleConnections)
	if s.dial != nil {
		network.DialContext = func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: s.dial}
		}
	}
	a, err := (&http.Client{Transport: l}).Get(s.url)
	if err != nil {
		return err
	}
	if err := a.Body.Close(); err != nil {
		t.Fatal(err)
	}
	f := line.Refused(a)
	if f == nil {
		t.Fatalf("it is answered: HTTP %s", a.Status)
	}
	return f
}

// made is what was made, or the end of the test.
func made[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func serveTLS(t *testing.T, c *tls.Config) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("it is asked")
	}))
	s.Config.ErrorLog, s.TLS = log.New(io.Discard, "", 0), c
	s.Listener = tls.NewListener(s.Listener, c)
	s.Start()
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "http:", "https:", 1)
}

// listen serves connections by hand.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // the test is over
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed
			}
			go func() {
				defer c.Close() // the client says what came of it
				serve(c)
			}()
		}
	}()
	return l.Addr().String()
}

// What servers do: some take what comes and say nothing until the client leaves, others end at the first byte in some
// way.
func hush(c net.Conn)   { _, _ = io.Copy(io.Discard, c) }
func hangUp(c net.Conn) { _, _ = c.Read(make([]byte, 1<<16)) }

func reset(c net.Conn) {
	hangUp(c)
	_ = c.(*net.TCPConn).SetLinger(0) // the client says what came of it
}

func say(words string) func(net.Conn) {
	return func(c net.Conn) {
		hangUp(c)
		_, _ = io.WriteString(c, words) // the client says what came of it
	}
}

func noCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, io.ErrUnexpectedEOF }
