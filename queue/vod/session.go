package vod

import (
	"context"
	"sync"
	"time"

	"inboxfs/queue/transfer"
)

// Session is the credentials of one file while it is uploaded.
type Session interface {
	// Auth is asked before each request.
	Auth(ctx context.Context) (Auth, error)
	// Rejected is told that the server takes the auth with this access key id for expired. Whether there is another to
	// try again with the next Auth says.
	Rejected(accessKeyID string)
}

const (
	// before the end of an auth a new one is asked for, or the last fifth of a short one's time
	ahead       = 5 * time.Minute
	mostStrikes = 3 // new ones in a row that the server does not want, before it is taken at its word
	young       = 10 * time.Second
	respite     = 2 * time.Second // for which nobody asks for another then; those who need one wait longer and longer
)

// renewing is a Session that renews its auth by itself, once however many requests wait for it.
type renewing struct {
	refresh func(context.Context) (Auth, error)
	now     func() time.Time

	mu      sync.Mutex // guards the rest; nothing waits while it is held
	auth    Auth
	since   time.Time
	dead    bool // the server refused auth
	strikes int
	until   time.Time     // nobody asks before
	flight  chan struct{} // closed when the question that is under way is answered; nil: there is none
	err     error         // of the last question
}

func newRenewing(first Auth, refresh func(context.Context) (Auth, error)) *renewing {
	return &renewing{refresh: refresh, now: time.Now, auth: first, since: time.Now()}
}

// Auth implements Session. While the auth is good still, nobody waits for the next one but who asks for it.
func (s *renewing) Auth(ctx context.Context) (Auth, error) {
	s.mu.Lock()
	for s.dead || s.dueLocked() {
		if s.dead && s.now().Before(s.until) {
			s.mu.Unlock()
			return Auth{}, unwanted()
		}
		if flight := s.flight; flight != nil {
			if s.goodLocked() {
				break
			}
			s.mu.Unlock()
			select {
			case <-flight:
			case <-ctx.Done():
				return Auth{}, ctx.Err()
			}
			s.mu.Lock()
			if s.err != nil && !s.goodLocked() {
				defer s.mu.Unlock()
				return Auth{}, s.err
			}
			continue
		}
		if err := s.askLocked(ctx); err != nil && !s.goodLocked() {
			s.mu.Unlock()
			return Auth{}, err
		}
		break
	}
	defer s.mu.Unlock()
	return s.auth, nil
}

// askLocked asks for a new auth; s.mu is released meanwhile.
func (s *renewing) askLocked(ctx context.Context) error {
	flight := make(chan struct{})
	s.flight = flight
	s.mu.Unlock()
	auth, err := s.refresh(ctx)
	s.mu.Lock()
	s.flight, s.err = nil, err
	if err == nil {
		s.auth, s.since, s.dead = auth, s.now(), false
	}
	close(flight)
	return err
}

// dueLocked reports whether the auth is near its end.
func (s *renewing) dueLocked() bool {
	end := s.auth.Expires
	return !end.IsZero() && s.now().After(end.Add(-min(ahead, end.Sub(s.since)/5)))
}

func (s *renewing) goodLocked() bool {
	return !s.dead && (s.auth.Expires.IsZero() || s.now().Before(s.auth.Expires))
}

// Rejected implements Session.
func (s *renewing) Rejected(accessKeyID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead || s.auth.AccessKeyID != accessKeyID { // renewed meanwhile
		return
	}
	s.dead = true
	if s.strikes++; s.now().Sub(s.since) > young {
		s.strikes = 1
	}
	if s.strikes >= mostStrikes {
		s.strikes, s.until = 0, s.now().Add(respite)
	}
}

// unwanted is the error of a file whose auth the server refuses as soon as it comes. There is nothing that a user could
// renew, so it is an outage of this file alone.
func unwanted() error {
	return &transfer.Error{Kind: transfer.Resumable, Code: codeNoAuth,
		Message: "OSS refuses the UploadAuth of this file as expired or unknown, and each new one, as soon as it comes",
		Hint: "it is tried again; if it stays so, check that vod.auth_process, where there is one, " +
			"passes on what VOD has just answered"}
}

// deskSession is the credentials that a user gave.
type deskSession struct {
	desk *Desk
	id   transfer.ID
}

// Auth implements Session.
func (s deskSession) Auth(context.Context) (Auth, error) { return s.desk.Current(s.id) }

// Rejected implements Session: the user must act, unless he did already.
func (s deskSession) Rejected(accessKeyID string) { s.desk.Rejected(s.id, accessKeyID) }
