package oss

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
)

// zeros is a body without end.
type zeros struct{ wait func() }

func (z zeros) Read(p []byte) (int, error) {
	if z.wait != nil {
		z.wait()
	}
	return len(p), nil
}

var object = upload.Target{Bucket: bucket, Key: "k"}

func silence(d time.Duration) func(*Options) { return func(o *Options) { o.ReadTimeout = d } }

// The line goes on while the client's kernel holds the rest of the body: that is not silence.
func TestSlowLineIsNotCut(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells what the other side acknowledged")
	}
	const size = 6 << 20
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := make([]byte, 128<<10)
		for {
			if _, err := io.ReadFull(r.Body, p); err != nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		w.Header().Set("x-oss-request-id", "R1")
	}))
	s.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if err := c.(*net.TCPConn).SetReadBuffer(64 << 10); err != nil {
			t.Error(err)
		}
		return ctx
	}
	s.Start()
	t.Cleanup(s.Close)
	remote, err := New(Options{Endpoint: s.URL, Region: "x", Bucket: bucket, Credentials: fixed(keyID, secret, ""),
		ReadTimeout: 400 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remote.Close)
	began := time.Now()
	if _, err := remote.Put(t.Context(), object, zeros{}, size); err != nil {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
	if took := time.Since(began); took < 800*time.Millisecond {
		t.Errorf("took only %v, which proves nothing", took)
	}
}

// Neither is waiting for our own side: for the disk, or for bandwidth.
func TestSlowSourceIsNotCut(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	remote := handler(t, func(w http.ResponseWriter, r *http.Request) {
		if n, err := io.Copy(io.Discard, r.Body); n != 1<<20 || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
		w.Header().Set("x-oss-request-id", "R1")
	}, silence(100*time.Millisecond))
	slow := zeros{wait: func() { time.Sleep(300 * time.Millisecond) }}
	if _, err := remote.Put(t.Context(), object, slow, 1<<20); err != nil {
		t.Error(err)
	}
}

func TestDeadLineIsCut(t *testing.T) {
	t.Parallel()
	deaf, err := net.Listen("tcp", "127.0.0.1:0") // the kernel accepts, nobody reads
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = deaf.Close() }) // the test is over
	mute := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // how it ends is the client's to say
		<-r.Context().Done()
	})
	half := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-oss-request-id", "R1")
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "<half")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	for name, endpoint := range map[string]string{"deaf": "http://" + deaf.Addr().String(), "mute": mute,
		"half an answer": half} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remote, err := New(Options{Endpoint: endpoint, Region: "x", Bucket: bucket,
				Credentials: fixed(keyID, secret, ""), ReadTimeout: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(remote.Close)
			for what, request := range map[string]func() error{
				"a part": func() error {
					_, err := remote.UploadPart(t.Context(), object, 1, zeros{}, 64<<20)
					return err
				},
				"initiate": func() error { _, err := remote.Initiate(t.Context(), object); return err },
			} {
				if name == "half an answer" && what == "a part" {
					continue // its answer is in the headers
				}
				began := time.Now()
				as(t, request(), transfer.Resumable, "RequestTimeout")
				if took := time.Since(began); took < 250*time.Millisecond || took > 5*time.Second {
					t.Errorf("%s took %v", what, took)
				}
			}
		})
	}
}

func TestIdleConnectionsAreKept(t *testing.T) {
	t.Parallel()
	var conns atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-oss-request-id", "R1")
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	remote, err := New(Options{Endpoint: s.URL, Region: "x", Bucket: bucket, Credentials: fixed(keyID, secret, ""),
		ReadTimeout: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remote.Close)
	for range 3 {
		if _, err := remote.Put(t.Context(), object, strings.NewReader("x"), 1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(900 * time.Millisecond) // three times as long as a request may be silent
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("%d connections for three requests", n)
	}
}

// Not parallel: it looks at all goroutines of the process.
func TestCancelLeavesNothing(t *testing.T) {
	var bytes atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	remote := handler(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-oss-request-id", "R1")
		if r.Method == http.MethodPost {
			_, _ = io.WriteString(w,
				"<InitiateMultipartUploadResult><UploadId>U</UploadId></InitiateMultipartUploadResult>")
			return
		}
		p := make([]byte, 16<<10)
		for {
			n, err := r.Body.Read(p)
			if bytes.Add(int64(n)) > 1<<20 {
				cancel()
			}
			if err != nil || ctx.Err() != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}, nil)
	job, _ := file(t, 32<<20)
	u := upload.New(remote, upload.Options{PartSize: 4 << 20})
	_, err := u.Upload(ctx, job, &watcher{})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if s := stacks(); strings.Contains(s, "inboxfs/queue/upload.") {
		t.Errorf("still at work:\n%s", s)
	}
	remote.Close()
	deadline := time.Now().Add(time.Second)
	for strings.Contains(stacks(), "persistConn") {
		if time.Now().After(deadline) {
			t.Fatalf("connections are left:\n%s", stacks())
		}
		time.Sleep(time.Millisecond)
	}
}

func stacks() string {
	p := make([]byte, 1<<20)
	return string(p[:runtime.Stack(p, true)])
}
