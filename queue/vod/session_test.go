package vod

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/transfer"
)

func short(n int64, life time.Duration) Auth {
	return Auth{AccessKeyID: strconv.FormatInt(n, 10), AccessKeySecret: "s", SecurityToken: "t",
		Expires: time.Now().Add(life)}
}

// A hundred requests that meet the end of an auth ask for one new one, and none of them goes without.
func TestRenewingAsksOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		s := newRenewing(short(0, time.Minute), func(context.Context) (Auth, error) {
			n := asked.Add(1)
			time.Sleep(time.Second)
			return short(n, time.Minute), nil
		})
		time.Sleep(2 * time.Minute)
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if a, err := s.Auth(t.Context()); err != nil || a.AccessKeyID != "1" {
					t.Errorf("auth %s, error %v", a.AccessKeyID, err)
				}
			})
		}
		all.Wait()
		if asked.Load() != 1 {
			t.Errorf("asked %d times", asked.Load())
		}
	})
}

// In the last fifth of its time an auth is renewed; a failure then does no harm until it ends.
func TestRenewingAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down, asked := errors.New("down"), 0
		s := newRenewing(short(0, 10*time.Minute), func(context.Context) (Auth, error) { asked++; return Auth{}, down })
		time.Sleep(7 * time.Minute)
		if _, err := s.Auth(t.Context()); err != nil || asked != 0 {
			t.Errorf("asked %d times, error %v", asked, err)
		}
		time.Sleep(2 * time.Minute)
		if a, err := s.Auth(t.Context()); err != nil || a.AccessKeyID != "0" || asked != 1 {
			t.Errorf("asked %d times, auth %s, error %v", asked, a.AccessKeyID, err)
		}
		time.Sleep(2 * time.Minute)
		if _, err := s.Auth(t.Context()); !errors.Is(err, down) {
			t.Errorf("error %v", err)
		}
	})
}

func TestRenewingRejected(t *testing.T) {
	t.Parallel()
	n := int64(0)
	s := newRenewing(short(0, time.Hour), func(context.Context) (Auth, error) { n++; return short(n, time.Hour), nil })
	first, err := s.Auth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 100 { // parts in flight
		s.Rejected(first.AccessKeyID)
	}
	second, err := s.Auth(t.Context())
	if err != nil || n != 1 || second.AccessKeyID != "1" {
		t.Fatalf("auth %s after %d questions, error %v", second.AccessKeyID, n, err)
	}
	if s.Rejected(first.AccessKeyID); n != 1 {
		t.Error("an old rejection counts against the new auth")
	}
	if again, err := s.Auth(t.Context()); err != nil || again != second {
		t.Errorf("error %v", err)
	}
}

// A server that takes no auth, however new, is an outage: nobody is asked for others all the time meanwhile, and there
// is nothing that a user could renew.
func TestRenewingUnwanted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := int64(0)
		s := newRenewing(short(0, time.Hour), func(context.Context) (Auth, error) {
			n++
			return short(n, time.Hour),
				nil
		})
		for round := int64(1); round < 4; round++ {
			for {
				a, err := s.Auth(t.Context())
				if err == nil {
					s.Rejected(a.AccessKeyID)
					continue
				}
				var e *transfer.Error
				if !errors.As(err, &e) || e.Kind != transfer.Resumable || e.Hint == "" {
					t.Errorf("error %v", err)
				}
				break
			}
			if _, err := s.Auth(t.Context()); err == nil || n != mostStrikes*round-1 {
				t.Errorf("round %d: %d questions, error %v", round, n, err)
			}
			time.Sleep(respite)
		}
		if a, err := s.Auth(t.Context()); err != nil || a.AccessKeyID != "9" {
			t.Errorf("auth %s, error %v", a.AccessKeyID, err)
		}
	})
}

func TestDesk(t *testing.T) {
	t.Parallel()
	now := noon
	var mu sync.Mutex // guards now
	d := NewDesk(func() time.Time { mu.Lock(); defer mu.Unlock(); return now })
	grant := Grant{VideoID: "v", Address: Address{"https://e", "b", "k", ""},
		Auth: Auth{AccessKeyID: "1", AccessKeySecret: "s", SecurityToken: "t", Expires: noon.Add(time.Minute)}}

	if err := d.Renew(1, grant.Auth); !errors.Is(err, transfer.ErrInvalid) {
		t.Errorf("an auth for a file without an address: %v", err)
	}
	var e *transfer.Error
	d.Answer(2, grant) // for another file
	if _, err := d.Create(t.Context(), Media{ID: 1}); !errors.As(err, &e) || e.Kind != transfer.Asks {
		t.Errorf("nobody answered: %v", err)
	}
	if ids := d.Waiting(); len(ids) != 1 || ids[0] != 1 {
		t.Errorf("%v wait for an answer", ids)
	}
	d.Answer(1, grant)
	if g, err := d.Create(t.Context(), Media{ID: 1}); g != grant || err != nil {
		t.Errorf("another grant, %v", err)
	}
	session := deskSession{d, 1}
	if a, err := session.Auth(t.Context()); err != nil || a != grant.Auth {
		t.Errorf("error %v", err)
	}
	session.Rejected(grant.Auth.AccessKeyID) // and nobody gave another
	if _, err := session.Auth(t.Context()); !errors.As(err, &e) || e.Kind != transfer.Renew {
		t.Errorf("error %v", err)
	}
	next := grant.Auth
	next.AccessKeyID = "2"
	if err := d.Renew(1, next); err != nil {
		t.Fatal(err)
	}
	session.Rejected(grant.Auth.AccessKeyID)
	if a, err := session.Auth(t.Context()); err != nil || a != next {
		t.Errorf("a late rejection of the old auth counts against the new one: %v", err)
	}
	if g, err := d.Refresh(t.Context(), Media{ID: 1, VideoID: "v"}); err != nil || g.Auth != next ||
		g.Address != grant.Address {
		t.Errorf("error %v", err)
	}
	mu.Lock()
	now = noon.Add(time.Hour)
	mu.Unlock()
	if _, err := d.Refresh(t.Context(), Media{ID: 1, VideoID: "v"}); !errors.As(err, &e) || e.Kind != transfer.Renew {
		t.Errorf("an expired auth: %v", err)
	}
	if _, err := d.Create(t.Context(), Media{ID: 3}); !errors.As(err, &e) || e.Kind != transfer.Asks {
		t.Errorf("nobody answered: %v", err)
	}
	d.Forget(3)
	d.Forget(1)
	d.Forget(2)
	if len(d.Waiting()) != 0 {
		t.Error("something is left")
	}
}
