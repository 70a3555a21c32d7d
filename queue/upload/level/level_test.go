package level

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const (
	mib  = 1 << 20
	part = 8 * mib
	tick = 50 * time.Millisecond
)

// line is a simulated line, and what stands at its other end.
type line struct {
	each    float64      // bytes per second that one connection makes at best
	all     atomic.Int64 // bytes per second that all make at best
	refuses atomic.Int64 // more requests than that at once get an error; 0: none
	jitter  float64      // by what part a connection's speed varies
	down    atomic.Bool  // nothing moves, and requests time out

	level   *Level
	busy    atomic.Int64
	moved   atomic.Int64
	refused atomic.Int64
	most    atomic.Int64 // Now, at its highest
}

// request sends one part.
func (l *line) request(ctx context.Context) Outcome {
	if n, limit := l.busy.Add(1), l.refuses.Load(); limit > 0 && n > limit {
		l.busy.Add(-1)
		time.Sleep(tick)
		l.refused.Add(1)
		return Refused
	}
	defer l.busy.Add(-1)
	for left := float64(part); left > 0; {
		time.Sleep(tick)
		if ctx.Err() != nil {
			return Failed
		}
		if l.down.Load() {
			time.Sleep(10 * time.Second)
			return TimedOut
		}
		speed := min(l.each, float64(l.all.Load())/float64(l.busy.Load())) * (1 + l.jitter*(2*rand.Float64()-1))
		bytes := int(min(speed*tick.Seconds(), left))
		left -= float64(bytes)
		if left < 1 {
			left = 0
		}
		l.moved.Add(int64(bytes))
		l.level.Moved(bytes)
	}
	return Arrived
}

// work sends parts, one after another, as a worker of queue/upload does.
func (l *line) work(ctx context.Context, parts *atomic.Int64) {
	for parts.Add(-1) >= 0 && ctx.Err() == nil {
		for {
			p, err := l.level.Enter(ctx, nil)
			if err != nil {
				return
			}
			for now := int64(l.level.Now()); now > l.most.Load(); {
				l.most.Store(now)
			}
			o := l.request(ctx)
			l.level.Leave(p, o)
			if o == Arrived || ctx.Err() != nil {
				break
			}
			time.Sleep(500 * time.Millisecond)
		}
	}
}

// run keeps the line busy with a file of so many parts while body looks on.
func (l *line) run(t *testing.T, parts int64, body func()) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l.level = New()
		ctx, cancel := context.WithCancel(t.Context())
		var left atomic.Int64
		left.Store(parts)
		var workers sync.WaitGroup
		for range Most {
			workers.Go(func() { l.work(ctx, &left) })
		}
		body()
		cancel()
		workers.Wait()
		if l.level.under != 0 || l.level.waiting.Len() != 0 {
			t.Errorf("at the end %d are under way and %d wait", l.level.under, l.level.waiting.Len())
		}
	})
}

const endless = 1 << 40

// speed is that of the line over a time, in MiB/s.
func (l *line) speed(d time.Duration) float64 {
	before := l.moved.Load()
	time.Sleep(d)
	return float64(l.moved.Load()-before) / d.Seconds() / mib
}

// A line that k connections fill: no more than it takes, and nearly all of its speed.
func TestLineThatFills(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, k := range []int{1, 2, 5, 8, 12, 20, 40, 100} {
		for _, jitter := range []float64{0, 0.3} {
			l := &line{each: mib, jitter: jitter}
			l.all.Store(int64(k) * mib)
			l.run(t, endless, func() {
				time.Sleep(2 * time.Minute)
				speed, now := l.speed(5*time.Minute), l.level.Now()
				t.Logf("%d fill the line, which varies by %v: %d at once, up to %d, make %.1f MiB/s", k, jitter, now,
					l.most.Load(), speed)
				if speed < 0.88*float64(min(k, Most)) {
					t.Errorf("%.1f MiB/s is not nearly all of it", speed)
				}
				if most := max(First, 2*k); int(l.most.Load()) > 2*most || now > most {
					t.Errorf("%d at once, up to %d, are too many", now, l.most.Load())
				}
			})
		}
	}
}

// A server that refuses more than n at once hears of it less and less.
func TestServerThatRefuses(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{1, 3, 10, 30} {
		l := &line{each: mib, jitter: 0.1}
		l.all.Store(1000 * mib)
		l.refuses.Store(n)
		l.run(t, endless, func() {
			time.Sleep(2 * time.Minute)
			before := l.refused.Load()
			speed, late := l.speed(10*time.Minute), l.refused.Load()-before
			t.Logf("refuses above %d: %d at once make %.1f MiB/s; refused %d in two minutes, %d in ten more", n,
				l.level.Now(), speed, before, late)
			if speed < 0.7*float64(n) || late > 20 {
				t.Errorf("%.1f MiB/s, %d refusals", speed, late)
			}
		})
	}
}

// A line that goes down counts once, and one that gets better is used.
func TestOutage(t *testing.T) {
	t.Parallel()
	l := &line{each: mib}
	l.all.Store(20 * mib)
	l.run(t, endless, func() {
		time.Sleep(time.Minute)
		before := l.level.Now()
		l.down.Store(true)
		time.Sleep(5 * time.Minute)
		if now := l.level.Now(); now < before/2 || now >= before {
			t.Errorf("%d at once before the outage, %d in it", before, now)
		}
		l.down.Store(false)
		time.Sleep(2 * time.Minute)
		if speed := l.speed(time.Minute); speed < 17 {
			t.Errorf("two minutes after the outage: %d at once make %.1f MiB/s", l.level.Now(), speed)
		}
		l.all.Store(60 * mib)
		time.Sleep(3 * time.Minute)
		if speed := l.speed(time.Minute); speed < 50 {
			t.Errorf("on the better line: %d at once make %.1f MiB/s", l.level.Now(), speed)
		}
	})
}

// Too few parts to fill the level tell nothing of the line.
func TestFewParts(t *testing.T) {
	t.Parallel()
	l := &line{each: mib / 4}
	l.all.Store(1000 * mib)
	l.run(t, First-1, func() {
		time.Sleep(time.Minute)
		if now := l.level.Now(); now != First || l.moved.Load() == 0 {
			t.Errorf("%d at once, %d bytes", now, l.moved.Load())
		}
	})
}

// Who waits goes when it is stopped or canceled, and leaves its place to others.
func TestWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New()
		var passes []Pass
		for range First {
			p, err := l.Enter(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			passes = append(passes, p)
		}
		ctx, cancel := context.WithCancel(t.Context())
		stop := make(chan struct{})
		errs := make(chan error, 3)
		enter := func(ctx context.Context, stop chan struct{}) { _, err := l.Enter(ctx, stop); errs <- err }
		for _, start := range []func(){func() { enter(ctx, nil) }, func() { enter(t.Context(), stop) },
			func() { enter(t.Context(), nil) }} {
			go start()
			synctest.Wait()
		}
		cancel()
		if err := <-errs; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		close(stop)
		if err := <-errs; !errors.Is(err, ErrStopped) {
			t.Error(err)
		}
		l.Leave(passes[0], Failed)
		if err := <-errs; err != nil {
			t.Error(err)
		}
		if l.under != First {
			t.Errorf("%d are under way", l.under)
		}
	})
}
