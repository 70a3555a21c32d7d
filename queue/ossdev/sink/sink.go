package sink

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// Sink is a running endpoint.
type Sink struct {
	URL string

	server *http.Server
	ending sync.WaitGroup
	crc    atomic.Uint64
	wire   atomic.Int64
	body   atomic.Int64
}

// Start listens on an address such as 127.0.0.1:0. The caller must Close it.
func Start(address string) (*Sink, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("sink: %w", err)
	}
	s := &Sink{URL: "http://" + listener.Addr().String()}
	s.server = &http.Server{Handler: http.HandlerFunc(s.serve)}
	s.ending.Go(func() {
		if err := s.server.Serve(counted{listener, &s.wire}); !errors.Is(err, http.ErrServerClosed) {
			panic(err) // a benchmark would measure nothing
		}
	})
	return s, nil
}

// Close ends it, and all connections.
func (s *Sink) Close() error {
	err := s.server.Close()
	s.ending.Wait()
	return err
}

// Answer sets the CRC-64 of whatever is sent.
func (s *Sink) Answer(crc uint64) { s.crc.Store(crc) }

// Wire is how many bytes came, with the headers of HTTP; Body how many of them are content.
func (s *Sink) Wire() int64 { return s.wire.Load() }
func (s *Sink) Body() int64 { return s.body.Load() }

var buffers = sync.Pool{New: func() any { return new([256 << 10]byte) }}

func (s *Sink) serve(w http.ResponseWriter, r *http.Request) {
	p := buffers.Get().(*[256 << 10]byte)
	defer buffers.Put(p)
	for {
		n, err := r.Body.Read(p[:])
		s.body.Add(int64(n))
		if err != nil {
			break
		}
	}
	h := w.Header()
	h.Set("x-oss-request-id", "R1")
	h.Set("ETag", `"E"`)
	switch q := r.URL.RawQuery; {
	case r.Method == http.MethodGet:
		// the client says what came of it
		_, _ = io.WriteString(w, "<ListMultipartUploadsResult></ListMultipartUploadsResult>")
	case strings.HasPrefix(q, "uploads"):
		// likewise
		_, _ = io.WriteString(w,
			"<InitiateMultipartUploadResult><Key>k</Key><UploadId>U</UploadId></InitiateMultipartUploadResult>")
	case r.Method == http.MethodPost:
		h.Set("x-oss-hash-crc64ecma", fmt.Sprint(s.crc.Load()))
		// likewise
		_, _ = io.WriteString(w, `<CompleteMultipartUploadResult><ETag>"E"</ETag></CompleteMultipartUploadResult>`)
	case q == "":
		h.Set("x-oss-hash-crc64ecma", fmt.Sprint(s.crc.Load()))
	}
}

// counted counts what the connections of a listener bring.
type counted struct {
	net.Listener
	bytes *atomic.Int64
}

func (l counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return countedConn{c, l.bytes}, nil
}

type countedConn struct {
	net.Conn
	bytes *atomic.Int64
}

func (c countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}
