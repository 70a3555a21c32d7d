// Package wire is a TCP line from a port of this machine to another address, which fails as lines do. It knows nothing
// of what goes over it, so it lies before a server, a proxy, or between the two. It is for tests only.
package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Wire is a line. Its settings count for what is carried from then on, on connections that there are, too.
type Wire struct {
	Addr string // HOST:PORT of its near end

	to       string
	listener net.Listener
	serving  sync.WaitGroup
	cut      atomic.Int64 // bytes outward after which a connection is reset; 0: none
	stall    atomic.Int64 // bytes outward after which nothing is carried any more; 0: none
	pace     atomic.Int64 // bytes outward per second of each connection; 0: as fast as it goes
	cuts     atomic.Int64
	carried  atomic.Int64

	mu    sync.Mutex // guards the rest
	conns map[net.Conn]bool
	loss  bool
	ended bool
}

// Start begins a line to HOST:PORT. The caller must Close it.
func Start(to string) (*Wire, error) {
	var plain net.ListenConfig
	plain.SetMultipathTCP(false) // for Lose
	l, err := plain.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	w := &Wire{Addr: l.Addr().String(), to: to, listener: l, conns: make(map[net.Conn]bool)}
	w.serving.Go(w.accept)
	return w, nil
}

// Close ends the line and all connections on it.
func (w *Wire) Close() error {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	err := w.listener.Close()
	w.Cut()
	w.serving.Wait()
	return err
}

// Cut ends all connections.
func (w *Wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.conns {
		_ = c.Close() // whoever serves it finds out
	}
	clear(w.conns)
}

// CutAfter has each connection reset when so many bytes went outward; 0: none.
func (w *Wire) CutAfter(bytes int64) { w.cut.Store(bytes) }

// Cuts is how many connections were reset by CutAfter.
func (w *Wire) Cuts() int64 { return w.cuts.Load() }

// Carried is how many connections there were.
func (w *Wire) Carried() int64 { return w.carried.Load() }

// StallAfter has each connection carry nothing any more when so many bytes went outward; 0: none.
func (w *Wire) StallAfter(bytes int64) { w.stall.Store(bytes) }

// Pace sets how many bytes go outward per second on each connection; 0: as many as can.
func (w *Wire) Pace(perSecond int64) { w.pace.Store(perSecond) }

// Lose makes all packets from the near side vanish, or lets them through again.
func (w *Wire) Lose(on bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loss = on
	errs := []error{Lose(w.listener, on)}
	for c := range w.conns {
		if err := Lose(c, on); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (w *Wire) accept() {
	for {
		c, err := w.listener.Accept()
		if err != nil {
			return // closed
		}
		if tcp, ok := c.(*net.TCPConn); ok { // what stands in it counts as delivered to whoever sends
			_ = tcp.SetReadBuffer(64 << 10) // fails on a connection that has ended already
		}
		if w.add(c) {
			w.serving.Go(func() { w.carry(c) })
		}
	}
}

func (w *Wire) add(c net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		_ = c.Close() // nothing was promised to it
		return false
	}
	if w.loss {
		_ = Lose(c, true) // it fails on a connection that has ended already
	}
	w.conns[c] = true
	return true
}

func (w *Wire) forget(c net.Conn) {
	_ = c.Close() // it may be closed already
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.conns, c)
}

// carry joins a connection with one to the far end, until one of them ends.
func (w *Wire) carry(near net.Conn) {
	w.carried.Add(1)
	defer w.forget(near)
	far, err := net.DialTimeout("tcp", w.to, 10*time.Second)
	if err != nil {
		return
	}
	if !w.add(far) {
		return
	}
	defer w.forget(far)
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(near, far) // however it ends, the connection does
		_ = near.Close()          // what came is on its way, and nothing more can be done
	}()
	w.outward(far, near)
	_ = far.Close() // likewise
	<-back
}

// outward carries bytes to the far end as the settings say.
func (w *Wire) outward(far, near net.Conn) {
	var gone int64
	piece := make([]byte, 64<<10)
	for {
		if pace := w.pace.Load(); pace > 0 {
			piece = piece[:min(len(piece), max(1, int(pace/50)))]
			time.Sleep(time.Duration(len(piece)) * time.Second / time.Duration(pace))
		}
		n, err := near.Read(piece)
		if err != nil {
			return
		}
		gone += int64(n)
		if cut := w.cut.Load(); cut > 0 && gone > cut {
			w.cuts.Add(1)
			if tcp, ok := near.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0) // fails on a connection that has ended already
			}
			_ = near.Close() // the cut itself
			return
		}
		for gone > w.stall.Load() && w.stall.Load() > 0 {
			if time.Sleep(5 * time.Millisecond); !w.has(near) {
				return
			}
		}
		if _, err := far.Write(piece[:n]); err != nil {
			return
		}
	}
}

// has reports whether a connection was not ended by Cut or Close. What its other end did does not count: a line that
// stalls does not hear of it.
func (w *Wire) has(c net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.conns[c]
}
