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
	// bytes that it may say on standard output, else it is ended; 0: what it says there is thrown away
	Most int
}

var (
	// ErrLate is a program that did not end in time.
	ErrLate = errors.New("it did not end in time")
	// ErrTooMuch is a program that says more than it may.
	ErrTooMuch = errors.New("it says too much")
)

// Run runs the program and returns what it said on standard output and on standard error. The error is ctx's own if
// that ended first, wraps ErrLate or ErrTooMuch, or is that of os/exec.
func (p Program) Run(ctx context.Context) (out, words []byte, err error) {
	limited, cancel := context.WithTimeout(ctx, p.Limit)
	defer cancel()
	c := exec.CommandContext(limited, p.Args[0], p.Args[1:]...)
	c.Dir, c.Env = "/", p.Env
	c.Stdin = bytes.NewReader(p.Input)
	if len(p.Input) <= atOnce {
		in, err := filled(p.Input)
		if err != nil {
			return nil, nil, fmt.Errorf("giving the program its input: %w", err)
		}
		defer in.Close() // only read from
		c.Stdin = in
	}
	own(c)
	c.WaitDelay = time.Second // for who went away and does not read its input
	complaint, err := listen(&head{most: complaints})
	if err != nil {
		return nil, nil, err
	}
	c.Stderr = complaint.in
	said := &listener{}
	if p.Most > 0 {
		if said, err = listen(&head{most: p.Most, strict: true}); err != nil {
			complaint.begin()
			return nil, nil, errors.Join(err, complaint.end(false))
		}
		c.Stdout = said.in
	}
	err = c.Start()
	said.begin()
	complaint.begin()
	if err == nil {
		err = c.Wait()
	}
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // it ended well; that it did not read its input, or a child of it still may, is its own matter
	}
	good := err == nil
	err = errors.Join(err, said.end(good), complaint.end(good))
	out, over := said.kept()
	words, _ = complaint.kept()
	switch {
	case ctx.Err() != nil && !good:
		err = ctx.Err()
	case over:
		err = fmt.Errorf("%w: more than %d bytes", ErrTooMuch, p.Most)
	case limited.Err() != nil && !good:
		err = fmt.Errorf("%w: %v", ErrLate, p.Limit)
	}
	return out, words, err
}

// complaints is how much of what a program says on standard error is kept, in bytes.
const complaints = 64 << 10
