package upload

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/transfer"
)

func throttled(after time.Duration) error {
	return &transfer.Error{Kind: transfer.Resumable, Code: "QpsLimitExceeded", Slow: true, After: after}
}

// under counts the requests that are under way at once, by when they began.
type under struct {
	mu   sync.Mutex // guards the rest
	now  int
	most int
	all  []time.Time
}

func (u *under) begin() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.now++
	u.most = max(u.most, u.now)
	u.all = append(u.all, time.Now())
}

func (u *under) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.now--
}

// between is how many began in a time.
func (u *under) between(from, to time.Time) (n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, at := range u.all {
		if !at.Before(from) && at.Before(to) {
			n++
		}
	}
	return n
}

// A minute in which the server refuses everything because it is too much, with 40 parts at once on the line before: all
// wait together, and what is sent then is counted by the handful.
func TestThrottlingSlowsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, u, began := newFake(), &under{}, time.Now()
		bad := func() bool { d := time.Since(began); return d >= 2*time.Second && d < 62*time.Second }
		f.fault = func(op string, _, _ int) outcome {
			if op != "UploadPart" {
				return outcome{}
			}
			u.begin()
			defer u.end()
			time.Sleep(time.Second)
			if bad() {
				return outcome{err: throttled(0)}
			}
			return outcome{}
		}
		o := small(10)
		o.MaxTries = 1000
		up := New(f, o)
		var files sync.WaitGroup
		for i := range 4 {
			files.Go(func() {
				job, data := file(t, 60*part)
				job.Name = string(rune('a' + i))
				res, err := up.Upload(t.Context(), job, &watcher{})
				f.mu.Lock()
				defer f.mu.Unlock()
				if err != nil || !bytes.Equal(f.objects[res.Key], data) {
					t.Errorf("%s: %v", job.Name, err)
				}
			})
		}
		files.Wait()
		if u.most != 40 {
			t.Errorf("%d requests at once, with 4 files of 10 parts", u.most)
		}
		// The first 40 are refused, then half of them at most, and so on.
		first, rest := u.between(began.Add(time.Second), began.Add(3*time.Second)), u.between(began.Add(12*time.Second),
			began.Add(62*time.Second))
		if first < 40 || rest > 20 || rest < 2 {
			t.Errorf("%d requests met the first refusal, and in the 50 s after it there were %d", first, rest)
		}
		if took := time.Since(began); took > 5*time.Minute {
			t.Errorf("it did not come to speed again: 240 parts took %v", took)
		}
	})
}

func TestRetryAfterIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, u, began := newFake(), &under{}, time.Now()
		f.fault = func(op string, n, nth int) outcome {
			u.begin()
			defer u.end()
			if op == "UploadPart" && n == 3 && nth == 1 {
				return outcome{err: throttled(2 * time.Minute)}
			}
			if op == "UploadPart" {
				time.Sleep(time.Second)
			}
			return outcome{}
		}
		job, _ := file(t, 20*part)
		if _, err := New(f, small(4)).Upload(t.Context(), job, &watcher{}); err != nil {
			t.Fatal(err)
		}
		if n := u.between(began.Add(time.Nanosecond), began.Add(2*time.Minute)); n != 0 {
			t.Errorf("%d requests began although the server wanted none for two minutes", n)
		}
		if time.Since(began) > 3*time.Minute {
			t.Errorf("it took %v", time.Since(began))
		}
	})
}

// Whoever waits for his turn goes when he is told to.
func TestPaceEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(Options{}.withDefaults())
		fail := func(context.Context) error { return throttled(time.Hour) }
		if err := p.make(t.Context(), nil, turn{}, fail); code(err) != "QpsLimitExceeded" {
			t.Fatal(err)
		}
		stop := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if err := p.make(t.Context(), stop, turn{}, fail); !errors.Is(err, errStopped) {
				t.Errorf("stopped: %v", err)
			}
		})
		all.Go(func() {
			if _, err := p.rest(ctx, nil); !errors.Is(err, context.Canceled) {
				t.Errorf("canceled: %v", err)
			}
		})
		synctest.Wait()
		began := time.Now()
		close(stop)
		cancel()
		all.Wait()
		if time.Since(began) != 0 {
			t.Errorf("they waited %v", time.Since(began))
		}
	})
}
