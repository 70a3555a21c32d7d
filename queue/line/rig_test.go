package line

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"inboxfs/queue/atonce"
	"inboxfs/queue/ossdev/authority"
	"inboxfs/queue/ossdev/forward"
	"inboxfs/queue/ossdev/wire"
)

// trusted is the authority that this process trusts.
var trusted *authority.Authority

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "line")
	if err == nil {
		defer os.RemoveAll(dir)
		trusted, err = authority.New("tests")
	}
	if err == nil {
		file := filepath.Join(dir, "authority.pem")
		err = errors.Join(os.WriteFile(file, trusted.PEM(), 0o600), os.Setenv("SSL_CERT_FILE", file))
	}
	if err == nil {
		err = atonce.Tests(atonce.Waiting)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// seen is what a server was asked: the bodies by path, as far as they came whole.
type seen struct {
	mu     sync.Mutex
	bodies map[string][]byte
}

func (s *seen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bodies[r.URL.Path] = body
	w.Header().Set("Server", "seen")
}

func (s *seen) body(path string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bodies[path]
}

// rig is a server, a way to it, and a wire at the near end of that.
type rig struct {
	*seen
	url   string
	proxy *url.URL // nil: none
	wire  *wire.Wire
}

// kinds are all ways: the proxy and who it is, then the server. A program is one that was not written here.
func kinds() (all []string) {
	for _, proxy := range []string{"", "http", "https", "socks5", "program http", "program socks5"} {
		for _, server := range []string{"http", "https"} {
			all = append(all, strings.TrimSpace(proxy+" to "+server))
		}
	}
	return all
}

// everyWay does something over each way, all at the same time. Programs that are not installed are left out.
func everyWay(t *testing.T, user, password string, do func(r *rig) error) {
	t.Helper()
	var all sync.WaitGroup
	defer all.Wait()
	for _, kind := range kinds() {
		r := newRig(t, kind, user, password)
		if r == nil {
			continue
		}
		all.Go(func() {
			if err := do(r); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
		})
	}
}

// newRig is nil where the program is missing.
func newRig(t *testing.T, kind, user, password string) *rig {
	t.Helper()
	proxy, scheme, _ := strings.Cut(kind, "to ")
	proxy = strings.TrimSpace(proxy)
	r := &rig{seen: &seen{bodies: make(map[string][]byte)}}
	s := httptest.NewUnstartedServer(r)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // lines are cut here
	if scheme == "https" {
		s.TLS = server(t)
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(func() {
		s.CloseClientConnections() // otherwise it waits half a second for them
		s.Close()
	})
	r.url = s.URL
	first := s.Listener.Addr().String()
	program, isProgram := strings.CutPrefix(proxy, "program ")
	switch {
	case proxy == "":
	case isProgram:
		p, err := forward.Run(t.TempDir(), program, user, password, nil)
		if errors.Is(err, exec.ErrNotFound) && os.Getenv("STORY_STRICT") == "" {
			t.Logf("%s: SKIPPED, NOTHING TESTED: %v; install tinyproxy-bin and microsocks", kind, err)
			return nil
		}
		if err != nil {
			t.Fatal(err)
		}
		closing(t, p)
		r.proxy, first = p.URL, p.URL.Host
	default:
		p := proxying(t, forward.Options{Kind: proxy, User: user, Password: password, TLS: server(t)})
		r.proxy, first = p.URL, p.URL.Host
	}
	w, err := wire.Start(first)
	if err != nil {
		t.Fatal(err)
	}
	closing(t, w)
	r.wire = w
	if r.proxy == nil {
		r.url = scheme + "://" + w.Addr
	} else {
		r.proxy.Host = w.Addr
	}
	return r
}

func server(t *testing.T) *tls.Config {
	t.Helper()
	c, err := trusted.Server(authority.Leaf{Names: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func proxying(t *testing.T, o forward.Options) *forward.Proxy {
	t.Helper()
	p, err := forward.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	closing(t, p)
	return p
}

func closing(t *testing.T, c io.Closer) {
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

func client(t *testing.T, through *url.URL, connect time.Duration) *http.Client {
	t.Helper()
	l := New(&http.Transport{}, Options{Connect: connect,
		Proxy: func(*http.Request) (*url.URL, error) { return through, nil }})
	t.Cleanup(l.CloseIdleConnections)
	return &http.Client{Transport: l}
}

// put sends a body that may be silent for so long.
func put(c *http.Client, to string, body io.Reader, size int64, silence time.Duration) error {
	ctx := Watched(context.Background(), silence)
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, to, io.LimitReader(body, size))
	if err != nil {
		return err
	}
	r.ContentLength = size
	a, err := c.Do(r)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(a.Body)
	if err = errors.Join(err, a.Body.Close()); err == nil && a.Header.Get("Server") != "seen" {
		err = fmt.Errorf("HTTP %s: %s", a.Status, bytes.TrimSpace(text))
	}
	return err
}

// zeros is a body without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
