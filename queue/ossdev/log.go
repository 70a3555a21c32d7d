package ossdev

import (
	"sync"
	"time"
)

// Request is what is remembered of one request.
type Request struct {
	Time      time.Time     // when it came in
	Proto     string        // HTTP/1.1, HTTP/2.0
	Duration  time.Duration // until the answer began
	Action    string        // PutObject, UploadPart, ...
	Bucket    string
	Key       string
	UploadID  string
	Part      int
	Bytes     int64  // of the body that were received
	Status    int    // answered; 0 when there was no answer, because of a fault or because the client had left
	Code      string // of the error that was answered
	RequestID string

	Made  bool   // an object was made, whatever was answered
	CRC64 uint64 // of that object, ECMA

	AccessKeyID string // that the request claims
	MediaID     string // of VOD, where there is one
}

// requestLog remembers the last requests.
type requestLog struct {
	size int

	mu    sync.Mutex // guards the rest
	ring  []Request
	start int // of the oldest one, once the ring is full
}

func (l *requestLog) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ring) < l.size {
		l.ring = append(l.ring, r)
		return
	}
	l.ring[l.start] = r
	l.start = (l.start + 1) % l.size
}

func (l *requestLog) list() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append(append(make([]Request, 0, len(l.ring)), l.ring[l.start:]...), l.ring[:l.start]...)
}

// Requests lists the last Options.LogSize requests in the order in which they were answered. A client that has its
// answer finds its request there.
func (s *Server) Requests() []Request { return s.log.list() }
