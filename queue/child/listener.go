package child

import (
	"bytes"
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// patience is how long after the end of a program others may hold its output before what came is taken for all of it.
const patience = time.Second

// deaf is how many programs in the background, whose parent has ended well, we listen to without a use for what they
// say. To hang up would end them as soon as they say something.
var deaf = make(chan struct{}, 256)

// listener takes what a program says. Who it is, or a child that it has left in the background, may say more than we
// want to know. The zero listener hears nothing.
type listener struct {
	in   *os.File // where the program writes
	out  *os.File
	done chan struct{} // closed when nobody can say more

	mu   sync.Mutex // guards the rest
	head *head
}

func listen(h *head) (*listener, error) {
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &listener{in: in, out: out, done: make(chan struct{}), head: h}, nil
}

// begin listens, once the program has been started, or could not be.
func (l *listener) begin() {
	if l.in == nil {
		return
	}
	_ = l.in.Close() // nothing was written to it here
	go func() {
		defer close(l.done)
		_, _ = io.Copy(l, l.out) // an error is that of Write, or that it was closed
		_ = l.out.Close()        // only read from
	}()
}

func (l *listener) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head.Write(p)
}

// end is for when the program has ended. good: what it has left in the background may go on saying things.
func (l *listener) end(good bool) error {
	if l.in == nil {
		return nil
	}
	select {
	case <-l.done:
		return nil
	case <-time.After(patience):
	}
	if good {
		select {
		case deaf <- struct{}{}:
			l.mu.Lock()
			l.head.strict = false
			l.mu.Unlock()
			go func() {
				<-l.done
				<-deaf
			}()
			return nil
		default:
		}
	}
	if err := l.out.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	<-l.done
	return nil
}

// kept is what was said until now that is worth keeping; over: there was more.
func (l *listener) kept() (said []byte, over bool) {
	if l.in == nil {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.head.kept.Bytes()), l.head.over
}

// head keeps the beginning of what is written to it. The buffer is not embedded: its ReadFrom would be used instead of
// Write.
type head struct {
	most   int
	strict bool // more is an error, with which the pipe is closed, and that ends the program
	kept   bytes.Buffer
	over   bool
}

func (h *head) Write(p []byte) (int, error) {
	left := h.most - h.kept.Len()
	if len(p) > left {
		h.over = true
	}
	h.kept.Write(p[:min(len(p), left)])
	if h.over && h.strict {
		return 0, ErrTooMuch
	}
	return len(p), nil
}
