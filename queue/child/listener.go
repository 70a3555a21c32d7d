package child

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

// patience is how long after the end of a program others that hold its output may take to tell why it failed, or to
// begin with its answer, or to go on with it (program > >(jq .)).
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
	read chan struct{} // closed when what was said before the end of the program has been read

	mu    sync.Mutex // guards the rest
	head  *head
	spoke chan struct{} // holds one token when something was said that nobody has looked at
}

// ending is how a program ended, for those who listen to it.
type ending int

const (
	failed   ending = iota // what it has left in the background is hung up on, after a while
	answered               // what it said until now counts, if that is its whole answer
	quiet                  // what it said until now is known, and nobody waits for more
)

// pipeMost is the most bytes that a pipe holds of a user's program: fs.pipe-max-size of Linux.
const pipeMost = 1 << 20

func listen(h *head) (*listener, error) {
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &listener{in: in, out: out, done: make(chan struct{}), read: make(chan struct{}), head: h,
		spoke: make(chan struct{}, 1)}, nil
}

// begin listens, once the program has been started, or could not be.
func (l *listener) begin() {
	if l.in == nil {
		return
	}
	_ = l.in.Close() // nothing was written to it here
	go func() {
		defer close(l.done)
		_, err := io.Copy(l, l.out) // another error is that of Write, or that it was closed
		if errors.Is(err, os.ErrDeadlineExceeded) && l.rest() == nil {
			_, _ = io.Copy(l, l.out) // what is left in the background may go on
		}
		_ = l.out.Close() // only read from
	}()
}

// rest reads what lies in the pipe, and waits for nothing.
func (l *listener) rest() error {
	defer close(l.read)
	raw, err := l.out.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	room := make([]byte, 32<<10)
	err = raw.Control(func(fd uintptr) {
		for all := 0; all < pipeMost && failed == nil; {
			n, err := syscall.Read(int(fd), room)
			if errors.Is(err, syscall.EINTR) {
				continue
			}
			if n <= 0 {
				return // it is empty, or at its end
			}
			all += n
			_, failed = l.Write(room[:n])
		}
	})
	return errors.Join(err, failed, l.out.SetReadDeadline(time.Time{}))
}

func (l *listener) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.spoke <- struct{}{}:
	default:
	}
	return l.head.Write(p)
}

// end is for when the program has ended. What it has left in the background may go on saying things, unless it failed.
// An answer that is begun and not whole is waited for until ctx ends, as long as it goes on.
func (l *listener) end(ctx context.Context, how ending, whole func(said []byte) bool) error {
	if l.in == nil {
		return nil
	}
	if how != failed && l.out.SetReadDeadline(time.Now()) == nil { // else it is closed already
		select {
		case <-l.done:
			return nil
		case <-l.read:
		}
	}
	cut := false
	switch how {
	case failed:
		select {
		case <-l.done:
			return nil
		case <-time.After(patience):
		}
	case answered:
		over := false
		if over, cut = l.listen(ctx, whole); over {
			return nil
		}
	}
	err := l.leave(how)
	if cut {
		err = errors.Join(ErrCut, err)
	}
	return err
}

// listen waits for the whole of an answer. over: nobody can say more; cut: a part of it was said, and nobody goes on.
func (l *listener) listen(ctx context.Context, whole func(said []byte) bool) (over, cut bool) {
	for {
		said, _ := l.kept()
		if whole(said) {
			return false, false
		}
		select {
		case <-l.done:
			return true, false
		case <-l.spoke:
		case <-time.After(patience):
			return false, len(said) > 0
		case <-ctx.Done():
			return false, len(said) > 0
		}
	}
}

// leave has what is left in the background go on unheard, or hangs up on it.
func (l *listener) leave(how ending) error {
	if how != failed {
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
