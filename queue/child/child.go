// Package child runs programs of the user's, none of which can hold us up: each is bounded in time and in what it says,
// runs in the root folder and not in the mount, and is ended together with the children it has itself.
package child

import (
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
	// Whole reports whether what it said is all of its answer, where it has left something in the background that may
	// go on with that. nil: whatever it said is.
	Whole func(said []byte) bool
}

var (
	// ErrLate is a program that did not end in time.
	ErrLate = errors.New("it did not end in time")
	// ErrTooMuch is a program that says more than it may.
	ErrTooMuch = errors.New("it says too much")
	// ErrCut is a program that ended well, and whose answer is cut: what it has left in the background does not go on.
	ErrCut = errors.New("its answer is cut")
)

// Run runs the program and returns what it said on standard output, and the last line of what it said on standard
// error. The error is ctx's own if that ended first, wraps ErrLate, ErrTooMuch or ErrCut, or is that of os/exec.
// Neither that line nor the error shows words of the command line.
func (p Program) Run(ctx context.Context) (out []byte, words string, err error) {
	limited, cancel := context.WithTimeout(ctx, p.Limit)
	defer cancel()
	c := exec.CommandContext(limited, p.Args[0], p.Args[1:]...)
	c.Dir, c.Env = "/", p.Env
	in, err := give(p.Input)
	if err != nil {
		return nil, "", fmt.Errorf("giving the program its input: %w", err)
	}
	defer in.end()
	c.Stdin = in.out
	own(c)
	complaint, err := listen(&head{most: complaints})
	if err != nil {
		return nil, "", err
	}
	c.Stderr = complaint.in
	whole := p.Whole
	if whole == nil {
		whole = func(said []byte) bool { return len(said) > 0 }
	}
	said := &listener{}
	if p.Most > 0 {
		if said, err = listen(&head{most: p.Most, strict: true}); err != nil {
			complaint.begin()
			return nil, "", errors.Join(err, complaint.end(limited, quiet, whole))
		}
		c.Stdout = said.in
	}
	err = c.Start()
	said.begin()
	complaint.begin()
	if err == nil {
		err = c.Wait()
	} else {
		err = Hidden(p.Args, err)
	}
	good := err == nil
	answer, story := failed, failed
	if good { // nobody asks for the story of what went well
		answer, story = answered, quiet
	}
	err = errors.Join(err, said.end(limited, answer, whole), complaint.end(limited, story, whole))
	out, over := said.kept()
	complained, _ := complaint.kept()
	words = lastLine(p.Args, complained)
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
