//go:build linux

package farline

import (
	"io"
	"net"
	"testing"
	"time"
)

// What is sent arrives as it was, not before the round trip, and not faster than the rate.
func TestLine(t *testing.T) {
	t.Parallel()
	l, err := Start(Options{RoundTrip: 40 * time.Millisecond, Loss: 0.01, Rate: 4 << 20, Queue: 100 * time.Millisecond})
	if err != nil {
		t.Skipf("SKIPPED, NOTHING TESTED: %v", err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	listener, err := net.Listen("tcp", l.Near+":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() }) // once more, perhaps
	const size = 1 << 20
	got := make(chan []byte, 1)
	go func() {
		defer close(got)
		c, err := listener.Accept()
		if err != nil {
			return
		}
		defer c.Close() // the test has what it wants
		b, _ := io.ReadAll(c)
		got <- b
	}()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	c, err := net.Dial("tcp", net.JoinHostPort(l.Far, port))
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Since(began); d < 40*time.Millisecond {
		t.Errorf("connected after %v", d)
	}
	sent := make([]byte, size)
	for i := range sent {
		sent[i] = byte(i * 7 >> 3)
	}
	if _, err := c.Write(sent); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if string(<-got) != string(sent) {
		t.Error("other bytes arrived")
	}
	if d := time.Since(began); d < size*time.Second/(4<<20) || l.Wire() < size {
		t.Errorf("%d bytes on the wire in %v", l.Wire(), d)
	}
}
