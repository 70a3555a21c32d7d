package credential

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// patience bounds how long Get waits for its source; the request that asked is then tried again by its own rules.
const patience = 30 * time.Second

// Ring holds the current credentials.
type Ring struct {
	source Source
	now    func() time.Time

	mu      sync.Mutex    // guards what follows; nothing waits while it is held
	token   *Credentials  // set through control; nil: ask the source
	changed chan struct{} // closed and replaced by Set
}

// New makes a ring on a source. now tells the time, nil is time.Now.
func New(source Source, now func() time.Time) *Ring {
	if now == nil {
		now = time.Now
	}
	return &Ring{source: source, now: now, changed: make(chan struct{})}
}

// Set makes c the credentials from now on, whatever the source has, and wakes everybody who waits on Changed.
func (r *Ring) Set(c Credentials) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.token = &c
	close(r.changed)
	r.changed = make(chan struct{})
}

// Get returns the credentials for one request. The error wraps ErrNone or ErrExpired, or is the source's. It can wait
// for the source, so it has no place in a FUSE handler; a token that was set is answered at once.
func (r *Ring) Get() (Credentials, error) {
	r.mu.Lock()
	token := r.token
	r.mu.Unlock()
	if token != nil {
		return r.fresh(*token)
	}
	// Signing, which asks, has no context to pass on; see the CredentialsProvider of the OSS SDK.
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := r.source.Get(ctx)
	if err != nil {
		return Credentials{}, fmt.Errorf("get credentials: %w", err)
	}
	return r.fresh(c)
}

func (r *Ring) fresh(c Credentials) (Credentials, error) {
	if c.expired(r.now()) {
		return Credentials{}, ErrExpired
	}
	return c, nil
}

// Changed returns a channel that the next Set closes. Take it before looking at the credentials, then nothing is missed.
func (r *Ring) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

// Format keeps a printed ring from showing what it holds.
func (r *Ring) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "credential ring") // a fmt.State takes everything
}
