package line

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// conn is a connection that knows when bytes moved on it last. While a request is under way the HTTP client reads from
// it all the time, waiting for the answer; that read fails when nothing moved for too long, and with it the request. A
// slow line is not a dead one: every byte that the other side acknowledged counts. An answer, which is short, must
// come at leastRate once it has begun: a server that says a byte now and then would keep us for ever.
type conn struct {
	net.Conn
	start   time.Time
	until   time.Time     // when it is given up, if no request got it
	limit   time.Duration // that until comes from
	open    atomic.Bool   // a request got it
	silence atomic.Int64  // how long nothing may move; 0: no request is under way
	// when something moved last, since start; -1: we wait for our own side, not for the line
	moved  atomic.Int64
	tell   atomic.Pointer[func()] // told whenever it does, while a request is under way; nil: nobody is
	over   atomic.Pointer[error]  // what the connection ended with
	sent   atomic.Bool            // bytes left since answered was set
	answer beginning              // of Read alone, which is never called twice at once
	head   []byte                 // of a request, which leaves with the first piece of its body; of who writes alone
	keeps  bool                   // the next Write may be such a head; likewise

	mu      sync.Mutex // guards request, and with it who changes silence
	request uint64     // counts requests
}

func newConn(nc net.Conn, until time.Time, limit time.Duration) (*conn, error) {
	c := &conn{Conn: nc, start: time.Now(), until: until, limit: limit}
	if err := nc.SetDeadline(until); err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	return c, nil
}

// address is the local one of a conn, and leads back to it.
type address struct {
	net.Addr
	conn *conn
}

// LocalAddr implements net.Conn.
func (c *conn) LocalAddr() net.Addr { return address{c.Conn.LocalAddr(), c} }

// of is the conn at the bottom of a connection, or nil.
func of(c net.Conn) *conn {
	a, _ := c.LocalAddr().(address)
	return a.conn
}

// connected is called when a request gets the connection: what was to be said before it has been said.
func (c *conn) connected() {
	if !c.open.Swap(true) {
		_ = c.SetDeadline(time.Time{}) // fails on a closed connection, which says so itself
	}
}

// beginning is that of an answer: the first bytes that came since bytes left.
type beginning struct {
	at    time.Time
	bytes int64  // that came since then
	acked uint64 // by the other side, until then
}

// leastRate is how fast an answer must come, in bytes per second, when it has taken longer than a silence may be.
const leastRate = 4 << 10

// headEnd ends a head.
var headEnd = []byte("\r\n\r\n")

// look is how often it is looked, at the least, what the other side acknowledged.
const look = time.Second

// errSlow is what a request fails with whose answer comes too slowly.
var errSlow = errSilent{}

// errLate is what a connection ends with that was not ready for a request in time.
type errLate struct{ after time.Duration }

func (e errLate) Error() string   { return "no connection within " + e.after.String() }
func (e errLate) Timeout() bool   { return true }
func (e errLate) Temporary() bool { return true }

// errSilent is what a request fails with whose line went silent; the zero value is an answer without end.
type errSilent struct{ after time.Duration }

func (e errSilent) Error() string {
	if e.after == 0 {
		return "the answer comes too slowly"
	}
	return "no byte moved for " + e.after.String()
}
func (e errSilent) Timeout() bool   { return true }
func (e errSilent) Temporary() bool { return true }

// watch begins the watch over one request, whose clock starts with its first byte, and returns what ends it. body: it
// has one.
func (c *conn) watch(silence time.Duration, tell func(), body bool) (request uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keeps, c.head = body, c.head[:0]
	c.request++
	c.moved.Store(-1)
	c.silence.Store(int64(silence))
	c.tell.Store(nil)
	if tell != nil {
		c.tell.Store(&tell)
	}
	// A read that began while the connection was idle has no deadline.
	first := time.Now().Add(min(silence/4, look))
	_ = c.Conn.SetReadDeadline(first) // fails on a closed connection, which says so itself
	return c.request
}

// idle ends the watch over a request, unless the next one began already.
func (c *conn) idle(request uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.request == request {
		c.silence.Store(0)
		c.tell.Store(nil)
	}
}

func (c *conn) mark() {
	c.moved.Store(int64(time.Since(c.start)))
	if tell := c.tell.Load(); tell != nil {
		(*tell)()
	}
}

// deadline is until when a read may wait, the zero time for ever, and what it goes by.
func (c *conn) deadline() (until time.Time, open bool, silence time.Duration) {
	if !c.open.Load() {
		return c.until, false, 0
	}
	if silence = time.Duration(c.silence.Load()); silence > 0 {
		until = time.Now().Add(min(silence/4, look))
	}
	return until, true, silence
}

func (c *conn) Read(p []byte) (int, error) {
	acked, _ := delivered(c.Conn)
	for {
		until, open, silence := c.deadline()
		if err := c.Conn.SetReadDeadline(until); err != nil {
			return 0, err
		}
		if _, now, other := c.deadline(); now != open || other != silence {
			continue // a request began or ended meanwhile
		}
		n, err := c.Conn.Read(p)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			if n > 0 {
				c.mark()
				if c.drips(n, silence) {
					return 0, c.end(errSlow)
				}
			}
			return n, c.end(err)
		}
		if !c.open.Load() {
			if time.Now().Before(c.until) {
				continue
			}
			return 0, c.end(errLate{c.limit})
		}
		if now, ok := delivered(c.Conn); ok && now != acked {
			acked = now
			if c.moved.Load() >= 0 {
				c.mark()
			}
		}
		if silence = time.Duration(c.silence.Load()); silence == 0 {
			continue
		}
		if moved := c.moved.Load(); moved >= 0 && time.Since(c.start)-time.Duration(moved) >= silence {
			return 0, c.end(errSilent{silence})
		}
	}
}

// end notes an error. The first is what the connection ended with: what comes after it is only that it is closed.
func (c *conn) end(err error) error {
	if err != nil {
		why := err
		c.over.CompareAndSwap(nil, &why)
	}
	return err
}

// why is what the connection ended with, for who is only told that it is closed.
func (c *conn) why(err error) error {
	if first := c.over.Load(); first != nil && errors.Is(err, net.ErrClosed) {
		return *first
	}
	return err
}

// drips takes note of n bytes of an answer, and reports whether they come too slowly. While the request still leaves,
// that is no sign of anything: a server may send something meanwhile.
func (c *conn) drips(n int, silence time.Duration) bool {
	a := &c.answer
	if c.sent.Swap(false) || silence == 0 {
		a.at, a.bytes = time.Now(), 0
		a.acked, _ = delivered(c.Conn)
	}
	a.bytes += int64(n)
	if silence == 0 || time.Since(a.at) <= silence+time.Duration(a.bytes)*time.Second/leastRate {
		return false
	}
	if acked, ok := delivered(c.Conn); ok && acked != a.acked {
		a.at, a.bytes, a.acked = time.Now(), 0, acked
		return false
	}
	return true
}

// Close lets go of what has not left yet when a request is under way: nobody waits for its answer any more, and what
// the kernel holds of it must not reach the server later, when the request was made again or the file is another.
func (c *conn) Close() error {
	if tcp, ok := c.Conn.(*net.TCPConn); ok && c.silence.Load() != 0 {
		_ = tcp.SetLinger(0) // fails on a connection that has ended already
	}
	return c.Conn.Close()
}

// Write sends p, and before it the head that was kept. What is a head alone is kept; net/http sends a body that is in
// memory with it, and TLS shows neither.
func (c *conn) Write(p []byte) (int, error) {
	keeps := c.keeps && bytes.HasSuffix(p, headEnd) && bytes.Index(p, headEnd) == len(p)-len(headEnd)
	c.keeps = false
	if keeps {
		c.head = append(c.head, p...)
		return len(p), nil
	}
	kept := len(c.head)
	if kept > 0 {
		p = append(c.head, p...)
		c.head = c.head[:0]
	}
	n, err := c.write(p)
	return max(n-kept, 0), err
}

func (c *conn) write(p []byte) (int, error) {
	if c.moved.Load() < 0 {
		c.mark()
	}
	n, err := c.Conn.Write(p)
	if n > 0 {
		c.mark()
		c.sent.Store(true)
	}
	if !c.open.Load() && errors.Is(err, os.ErrDeadlineExceeded) {
		err = errLate{c.limit}
	}
	return n, c.end(err)
}

// pieces are what bodies are copied with.
var pieces = sync.Pool{New: func() any { return new([256 << 10]byte) }}

// ReadFrom copies a body with fewer system calls than io.Copy's own buffer would take. Each piece leaves as it comes,
// so that a bandwidth limit shows on the line as what it is; the head leaves with the first.
func (c *conn) ReadFrom(r io.Reader) (int64, error) {
	piece := pieces.Get().(*[256 << 10]byte)
	defer pieces.Put(piece)
	var total int64
	kept := copy(piece[:len(piece)/2], c.head)
	c.head = c.head[kept:]
	for {
		c.moved.Store(-1) // waiting for the file, or for bandwidth
		n, err := r.Read(piece[kept:])
		c.mark()
		if n > 0 {
			m, err := c.write(piece[:kept+n])
			total += int64(max(m-kept, 0))
			kept = 0
			if err != nil {
				return total, err
			}
		}
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
