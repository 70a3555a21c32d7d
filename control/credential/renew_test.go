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

var errAway = errors.New("the server is away")

// However many ask, the source is asked once, and whoever has no time to wait need not.
func TestOneQuestionForAll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := &mint{life: time.Hour, wait: time.Second}
		r := New(m, Options{})
		defer r.Close()
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if c, err := r.Get(t.Context()); err != nil || c.AccessKeyID != "1" {
					t.Errorf("key %q, error %v", c.AccessKeyID, err)
				}
			})
		}
		wg.Wait()
		c, err := r.Get(t.Context())
		if err != nil || m.asked() != 1 {
			t.Fatalf("%d questions, error %v", m.asked(), err)
		}
		time.Sleep(10 * time.Second) // an expiry, not a refusal
		for range 100 {
			wg.Go(func() {
				if !r.Rejected(t.Context(), c) {
					t.Error("no others")
				}
			})
		}
		wg.Wait()
		if m.asked() != 2 {
			t.Errorf("%d questions", m.asked())
		}
		if !r.Rejected(t.Context(), c) || m.asked() != 2 {
			t.Errorf("a late word about old credentials cost a question: %d", m.asked())
		}
		expect(t, r, "2", nil)
	})
}

func TestAheadOfExpiry(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := &mint{life: time.Hour, wait: time.Second}
		r := New(m, Options{})
		defer r.Close()
		expect(t, r, "1", nil)
		time.Sleep(54 * time.Minute)
		expect(t, r, "1", nil)
		if m.asked() != 1 {
			t.Fatalf("asked %d times", m.asked())
		}
		time.Sleep(time.Minute + 2*time.Second)
		m.set(func() { m.err = errAway })
		expect(t, r, "1", nil) // used, while others are asked for in vain
		for range 10 {
			time.Sleep(20 * time.Second)
			expect(t, r, "1", nil)
		}
		tries := m.asked() - 1
		if tries < 5 || tries > 11 {
			t.Errorf("tried %d times in 200 s", tries)
		}
		m.set(func() { m.err, m.wait = nil, 0 })
		time.Sleep(30 * time.Second)
		if _, err := r.Get(t.Context()); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if c, err := r.Get(t.Context()); err != nil || c.AccessKeyID == "1" {
			t.Errorf("still the old ones, error %v", err)
		}
	})
}

// What does not say when it expires is asked again now and then; a fifth of a short life is early enough.
func TestWhenToAsk(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for what, c := range map[string]struct {
			m        *mint
			every    time.Duration
			most, in int // questions in a minute
		}{
			"not said":            {&mint{every: 20 * time.Second}, time.Second, 3, 3},
			"not said, never":     {&mint{}, time.Second, 1, 1},
			"three seconds":       {&mint{life: 3 * time.Second}, 50 * time.Millisecond, 30, 20},
			"same until the last": {&mint{life: 3 * time.Second, same: true}, 50 * time.Millisecond, 60, 1},
		} {
			r := New(c.m, Options{})
			asked := 0
			for range time.Minute / c.every {
				if _, err := r.Get(t.Context()); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				time.Sleep(c.every)
			}
			if asked = c.m.asked(); !c.m.same && (asked > c.most || asked < c.in) {
				t.Errorf("%s: asked %d times in a minute, want %d to %d", what, asked, c.in, c.most)
			}
			r.Close()
		}
	})
}

// A server that is away for a moment is waited for; one that stays away makes the ring say so, and look for it.
func TestSourceAway(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := &mint{life: time.Hour, err: errAway}
		var renewed atomic.Int32
		r := New(m, Options{Renewed: func() { renewed.Add(1) }})
		defer r.Close()
		time.AfterFunc(5*time.Second, func() { m.set(func() { m.err = nil }) })
		if _, err := r.Get(t.Context()); err != nil || renewed.Load() != 0 {
			t.Fatalf("error %v, renewed %d", err, renewed.Load())
		}
		m.set(func() { m.err = errAway })
		time.Sleep(time.Hour)
		began := time.Now()
		_, err := r.Get(t.Context())
		if !errors.Is(err, transfer.ErrKeyExpired) || !errors.Is(err, errAway) {
			t.Fatalf("error %v", err)
		}
		if took := time.Since(began); took < patience/2 || took > 2*patience {
			t.Errorf("it took %v", took)
		}
		began = time.Now()
		if _, err := r.Get(t.Context()); !errors.Is(err, transfer.ErrKeyExpired) || time.Since(began) > 0 {
			t.Errorf("the next one is told %v after %v", err, time.Since(began))
		}
		before := m.asked()
		time.Sleep(10 * time.Minute)
		if tries := m.asked() - before; tries < 15 || tries > 60 {
			t.Errorf("tried %d times in ten minutes", tries)
		}
		if renewed.Load() != 0 {
			t.Error("renewed, it says")
		}
		m.set(func() { m.err = nil })
		time.Sleep(time.Minute)
		if renewed.Load() != 1 {
			t.Errorf("renewed %d times", renewed.Load())
		}
		if _, err := r.Get(t.Context()); err != nil {
			t.Error(err)
		}
		before = m.asked()
		time.Sleep(10 * time.Minute)
		if m.asked() != before {
			t.Error("it goes on looking for what it has")
		}
	})
}

func TestSameAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := &mint{life: time.Hour}
		var renewed atomic.Int32
		r := New(m, Options{Renewed: func() { renewed.Add(1) }})
		defer r.Close()
		c, err := r.Get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		m.set(func() { m.same = true })
		time.Sleep(time.Minute)
		began := time.Now()
		if r.Rejected(t.Context(), c) {
			t.Error("the same are offered again")
		}
		if time.Since(began) > 0 {
			t.Errorf("it took %v to say so", time.Since(began))
		}
		expect(t, r, "", transfer.ErrKeyExpired)
		time.Sleep(time.Minute)
		m.set(func() { m.same = false })
		if !r.Retry(t.Context()) {
			t.Error("asked at once, it has none")
		}
		expect(t, r, "2", nil)
		if renewed.Load() != 1 {
			t.Errorf("renewed %d times", renewed.Load())
		}
	})
}

// A server that takes nothing that the source gives is not asked for ever at the pace of the network.
func TestRefusedAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := &mint{life: time.Hour}
		requests, stop := 0, time.Now().Add(10*time.Minute)
		var r *Ring
		again := make(chan struct{}, 1)
		r = New(m, Options{Renewed: func() { again <- struct{}{} }})
		defer r.Close()
		for time.Now().Before(stop) {
			c, err := r.Get(t.Context())
			for err == nil {
				if requests++; !r.Rejected(t.Context(), c) {
					break
				}
				c, err = r.Get(t.Context())
			}
			<-again
		}
		if requests < 15 || requests > 60 {
			t.Errorf("%d requests in ten minutes", requests)
		}
	})
}

// A token wins, wherever the question to the source stands; it is not asked on its behalf.
func TestTokenWins(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := &mint{life: time.Hour, err: errAway}
		var renewed atomic.Int32
		r := New(m, Options{Renewed: func() { renewed.Add(1) }})
		defer r.Close()
		expect(t, r, "", transfer.ErrNoKey)
		old := Credentials{AccessKeyID: "old", AccessKeySecret: "s", SecurityToken: "t"}
		r.Set(old)
		expect(t, r, "old", nil)
		time.Sleep(time.Minute)
		m.set(func() { m.err = nil })
		before := m.asked()
		time.Sleep(time.Hour)
		if r.Rejected(t.Context(), old) || r.Retry(t.Context()) {
			t.Error("another identity is offered")
		}
		expect(t, r, "", ErrExpired)
		r.Set(Credentials{AccessKeyID: "new", AccessKeySecret: "s", SecurityToken: "t"})
		if !r.Rejected(t.Context(), old) {
			t.Error("a late word about the old token counts for the new one")
		}
		expect(t, r, "new", nil)
		if m.asked() != before || renewed.Load() != 0 {
			t.Errorf("asked %d times, renewed %d times", m.asked()-before, renewed.Load())
		}
	})
}

// Our clock is an hour ahead: the server's counts as soon as it is known, and nobody is refused before.
func TestServersClock(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var known atomic.Bool
		ours := func() time.Time { return time.Now().Add(time.Hour) }
		r := New(Static(Credentials{}), Options{Now: ours,
			Server: func() (time.Time, bool) { return time.Now(), known.Load() },
			Ask:    func(context.Context) error { known.Store(true); return nil }})
		defer r.Close()
		r.Set(Credentials{AccessKeyID: "a", AccessKeySecret: "s", SecurityToken: "t",
			Expires: time.Now().Add(30 * time.Minute)})
		expect(t, r, "a", nil)
		if now, known := r.Now(); known || !now.Equal(ours()) {
			t.Errorf("the time is %v, known %v", now, known)
		}
		if now, known := r.AskTime(t.Context()); !known || !now.Equal(time.Now()) {
			t.Errorf("the time is %v, known %v", now, known)
		}
		expect(t, r, "a", nil)
		time.Sleep(time.Hour)
		expect(t, r, "", ErrExpired)
	})
}

// Close ends what waits.
func TestClose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := New(&mint{life: time.Hour, err: errAway}, Options{})
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := r.Get(t.Context()); err == nil {
				t.Error("no error")
			}
		})
		time.Sleep(time.Second)
		r.Close()
		wg.Wait()
		if _, err := r.Get(t.Context()); err == nil {
			t.Error("no error after the end")
		}
	})
}
