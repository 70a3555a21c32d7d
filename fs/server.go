package fs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"inboxfs/fs/mountpoint"
)

// ErrDetached says that a mount went while programs still had files in it open. Those get errors from now on.
var ErrDetached = errors.New("files were still open")

// lastWait is how long an aborted connection may take to end its handlers.
const lastWait = 5 * time.Second

// Server is a mounted tree.
type Server struct {
	dir   string
	mount mountpoint.Mounted // as the kernel lists it
	log   *slog.Logger
	done  chan struct{} // closed when the last handler has returned
}

// Dir is where the tree is mounted: an absolute path without symbolic links.
func (s *Server) Dir() string { return s.dir }

// Wait returns when the tree is no longer mounted, by Unmount or from outside, and all handlers have returned.
func (s *Server) Wait() { <-s.done }

// Unmount takes the mount away and waits for all handlers to return. While files in it are open it tries again, until
// ctx ends; then it detaches the mount, ends the connection, so that its users get errors, and returns ErrDetached. A
// tree that is not mounted any more is nil.
func (s *Server) Unmount(ctx context.Context) error {
	var busy error
	for wait := 2 * time.Millisecond; ; wait = min(2*wait, 200*time.Millisecond) {
		if s.attached() {
			busy = mountpoint.Detach(context.WithoutCancel(ctx), s.dir, false)
		}
		select {
		case <-s.done:
			return nil
		case <-time.After(wait):
		}
		if ctx.Err() != nil {
			return s.force(busy)
		}
	}
}

// force detaches what is busy, and ends the connection. The context of Unmount has ended, so it has its own short one.
func (s *Server) force(busy error) error {
	ctx, cancel := context.WithTimeout(context.Background(), lastWait)
	defer cancel()
	var lazy error
	if s.attached() {
		lazy = mountpoint.Detach(ctx, s.dir, true)
	}
	aborted := mountpoint.Abort(s.mount) // of no interest if the handlers end
	select {
	case <-s.done:
	case <-ctx.Done():
		return fmt.Errorf("unmounting %s: %w: still served until they are closed: %w", s.dir, ErrDetached,
			errors.Join(busy, lazy, aborted))
	}
	if busy == nil {
		return nil // detached before; only a handler was late
	}
	return fmt.Errorf("unmounting %s: %w: it was detached, and their programs get errors", s.dir, ErrDetached)
}

// attached reports whether what is mounted at the mount point is ours, and not something mounted over or instead of it.
func (s *Server) attached() bool {
	now, err := mountpoint.At(s.dir)
	if err != nil {
		s.log.Warn("cannot tell what is mounted", "dir", s.dir, "err", err)
		return true // detach says what is wrong
	}
	return now == s.mount
}
