package client

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"time"
)

// patience is how long a mount may take to answer.
const patience = 20 * time.Second

// Read calls read with dir, and gives it up when ctx ends or patience is over: a read of a mount whose daemon hangs
// does not return.
func Read[T any](ctx context.Context, dir string, read func(dir string) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("%s does not answer within %v", dir, patience))
	defer cancel()
	answers := make(chan answer, 1)
	go func() {
		v, err := read(dir)
		answers <- answer{v, err}
	}()
	select {
	case a := <-answers:
		return a.value, explain(dir, a.err)
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// ErrNoMount is that of a folder where no inboxfs is mounted.
var ErrNoMount = errors.New("no inboxfs is mounted")

// explain says in words why a mount cannot be read or written.
func explain(dir string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%w at %s; inboxfs status shows what is mounted", ErrNoMount, dir)
	case errors.Is(err, syscall.ENOTCONN), errors.Is(err, syscall.ECONNABORTED):
		return fmt.Errorf("inboxfs at %s has ended without unmounting; start it again", dir)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w; only who mounted it may do that", err)
	}
	return err
}
