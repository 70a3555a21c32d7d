package credential

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/transfer"
)

// ringOf makes a ring that the test closes.
func ringOf(t *testing.T, s Source, o Options) *Ring {
	t.Helper()
	r := New(s, o)
	t.Cleanup(r.Close)
	return r
}

func expect(t *testing.T, r *Ring, id string, want error) {
	t.Helper()
	c, err := r.Get(t.Context())
	if !errors.Is(err, want) || c.AccessKeyID != id {
		t.Fatalf("Get returned key %q and error %v, want %q and %v", c.AccessKeyID, err, id, want)
	}
}

func TestRing(t *testing.T) {
	t.Parallel()
	now := noon
	r := ringOf(t, Static(Credentials{AccessKeyID: "base", AccessKeySecret: "s"}),
		Options{Now: func() time.Time { return now }})
	expect(t, r, "base", nil)
	r.Set(Credentials{AccessKeyID: "one", AccessKeySecret: "s", SecurityToken: "t", Expires: now.Add(time.Minute)})
	expect(t, r, "one", nil)
	now = now.Add(time.Minute - 1)
	expect(t, r, "one", nil)
	now = now.Add(1)
	expect(t, r, "", ErrExpired)
	expect(t, r, "", transfer.ErrKeyExpired)
	r.Set(Credentials{AccessKeyID: "two", AccessKeySecret: "s", SecurityToken: "t"})
	now = now.Add(1000 * time.Hour)
	expect(t, r, "two", nil) // when it expires is not known
}

func TestRingSourceExpired(t *testing.T) {
	t.Parallel()
	r := ringOf(t, Static(Credentials{AccessKeyID: "a", AccessKeySecret: "s", SecurityToken: "t", Expires: noon}),
		Options{Now: func() time.Time { return noon }})
	expect(t, r, "", ErrExpired)
}

func TestRingNone(t *testing.T) {
	t.Parallel()
	r := ringOf(t, First(Static(Credentials{}), Environment(func(string) (string, bool) { return "", false })),
		Options{})
	expect(t, r, "", ErrNone)
	expect(t, r, "", transfer.ErrNoKey)
	if err := r.Check(t.Context()); !errors.Is(err, ErrNone) {
		t.Errorf("Check says %v", err)
	}
}

// A long-term key is nothing in a mode for temporary ones.
func TestTemporary(t *testing.T) {
	t.Parallel()
	r := ringOf(t, Temporary(Static(Credentials{AccessKeyID: "a", AccessKeySecret: "s"})), Options{})
	expect(t, r, "", transfer.ErrNoKey)
	r = ringOf(t, Temporary(&mint{life: time.Hour, bare: true}), Options{})
	expect(t, r, "", transfer.ErrNoKey)
	r = ringOf(t, Temporary(&mint{life: time.Hour}), Options{})
	expect(t, r, "1", nil)
}

// A source that hangs is given up, and meanwhile neither Set nor a Get after it waits for the source.
func TestRingSourceHangs(t *testing.T) {
	t.Parallel()
	asked, release := make(chan struct{}), make(chan struct{})
	r := ringOf(t, sourceFunc(func(ctx context.Context) (Credentials, error) {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("the source is asked without a deadline")
		}
		close(asked)
		<-release
		return Credentials{}, ErrNone
	}), Options{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if c, err := r.Get(t.Context()); err != nil || c.AccessKeyID != "new" {
			t.Errorf("Get that waited: key %q, error %v", c.AccessKeyID, err)
		}
	})
	<-asked
	impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := r.Get(impatient); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Get whose context ended: %v", err)
	}
	r.Set(Credentials{AccessKeyID: "new", AccessKeySecret: "s"})
	if c, err := r.Get(t.Context()); err != nil || c.AccessKeyID != "new" {
		t.Errorf("Get beside a hanging source: key %q, error %v", c.AccessKeyID, err)
	}
	close(release)
	wg.Wait()
}

// A hundred requests meet a hundred expiries, and a user writes tokens at the same time.
func TestRingConcurrent(t *testing.T) {
	t.Parallel()
	m := &mint{life: time.Hour}
	var renewed atomic.Int32
	r := ringOf(t, m, Options{Renewed: func() { renewed.Add(1) }})
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			for range 20 {
				c, err := r.Get(t.Context())
				if err != nil {
					if !errors.Is(err, transfer.ErrKeyExpired) {
						t.Error(err)
					}
					continue
				}
				if c.AccessKeyID != c.AccessKeySecret {
					t.Error("torn credentials")
				}
				r.Rejected(t.Context(), c)
			}
		})
	}
	wg.Wait()
	asked := m.asked()
	if asked > 20 { // 4 are asked for at once, and more only by and by
		t.Errorf("%d questions", asked)
	}
	for i := range 100 {
		wg.Go(func() {
			r.Set(Credentials{AccessKeyID: "t", AccessKeySecret: "t", SecurityToken: string(rune('a' + i))})
			if c, err := r.Get(t.Context()); err == nil {
				r.Rejected(t.Context(), c)
			}
		})
	}
	wg.Wait()
	if m.asked() != asked {
		t.Error("the source was asked though there is a token")
	}
}

// mint is a source that makes new credentials whenever it is asked.
type mint struct {
	life  time.Duration // 0: they do not say
	bare  bool          // without a token
	every time.Duration // what Recheck says

	mu   sync.Mutex // guards the rest
	n    int
	same bool  // no new ones
	err  error // nothing at all
	wait time.Duration
}

func (m *mint) Get(ctx context.Context) (Credentials, error) { return m.Renew(ctx) }
func (m *mint) Recheck() time.Duration                       { return m.every }

func (m *mint) Renew(ctx context.Context) (Credentials, error) {
	select {
	case <-time.After(m.set(nil)):
	case <-ctx.Done():
		return Credentials{}, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		m.n++
		return Credentials{}, m.err
	}
	if !m.same {
		m.n++
	}
	id := string(rune('0' + m.n%75))
	c := Credentials{AccessKeyID: id, AccessKeySecret: id, SecurityToken: id}
	if m.bare {
		c.SecurityToken = ""
	}
	if m.life > 0 {
		c.Expires = time.Now().Add(m.life)
	}
	return c, nil
}

// set changes the source and returns how long it takes to answer.
func (m *mint) set(change func()) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if change != nil {
		change()
	}
	return m.wait
}

func (m *mint) asked() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.n
}

// bubble runs a test in its own time.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Parallel()
	synctest.Test(t, f)
}
