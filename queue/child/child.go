// Package child runs programs of the user's, none of which can hold us up: each is bounded in time and in what it says,
// runs in the root folder and not in the mount, and is ended together with the children it has itself.
package child

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// Program is what is run, and how far it may go.
type Program struct {
	Args  []string      // the program and its arguments
	Env   []string      // its environment; nil: ours
	Input []byte        // its standard input
	Limit time.Duration // how long it may take
	Most  int           // bytes that it may say on standard output, else it is ended; 0: what it says there is thrown away
}

var (
	// ErrLate is a program that did not end in time.
	ErrLate = errors.New("it did not end in time")
	// ErrTooMuch is a program that says more than it may.
	ErrTooMuch = errors.New("it says too much")
)

// Run runs the program and returns what it said on standard output and on standard error. The error is ctx's own if that
// ended first, wraps ErrLate or ErrTooMuch, or is that of os/exec.
func (p Program) Run(ctx context.Context) (out, words []byte, err error) {
	limited, cancel := context.WithTimeout(ctx, p.Limit)
	defer cancel()
	said, complaint := &head{most: p.Most, strict: true}, &head{most: complaints}
	c := exec.CommandContext(limited, p.Args[0], p.Args[1:]...)
	c.Dir, c.Env = "/", p.Env
	c.Stdin, c.Stderr = bytes.NewReader(p.Input), complaint
	if len(p.Input) <= atOnce {
		in, err := filled(p.Input)
		if err != nil {
			return nil, nil, fmt.Errorf("giving the program its input: %w", err)
		}
		defer in.Close() // only read from
		c.Stdin = in
	}
	if p.Most > 0 {
		c.Stdout = said
	}
	own(c)
	c.WaitDelay = time.Second // for those who went away and hold its output
	err = c.Run()
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case said.over:
		err = fmt.Errorf("%w: more than %d bytes", ErrTooMuch, p.Most)
	case limited.Err() != nil:
		err = fmt.Errorf("%w: %v", ErrLate, p.Limit)
	}
	return said.kept.Bytes(), complaint.kept.Bytes(), err
}

// complaints is how much of what a program says on standard error is kept, in bytes.
const complaints = 64 << 10

// head keeps the beginning of what is written to it. The buffer is not embedded: its ReadFrom would be used instead of Write.
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
