package daemon

import (
	"sync"
	"time"

	"inboxfs/control/config"
)

// timetable sets the bandwidth of the queue when its time comes. In between, the verb limit counts.
type timetable struct {
	limits config.Bandwidth
	now    func() time.Time
	set    func(bytesPerSecond int64)

	stop chan struct{}
	done sync.WaitGroup
}

// follow begins to set what counts now and later. Without times there is nothing to follow.
func follow(limits config.Bandwidth, now func() time.Time, set func(int64)) *timetable {
	t := &timetable{limits: limits, now: now, set: set, stop: make(chan struct{})}
	if rate, since := limits.At(now()); since != "" {
		set(int64(rate))
		t.done.Go(func() { t.run(since) })
	}
	return t
}

// run looks at the clock once a minute, rather than sleep until the next time: clocks are set, and machines are
// suspended.
func (t *timetable) run(since string) {
	for {
		select {
		case <-time.After(t.untilNextMinute()):
		case <-t.stop:
			return
		}
		if rate, now := t.limits.At(t.now()); now != since {
			since = now
			t.set(int64(rate))
		}
	}
}

func (t *timetable) untilNextMinute() time.Duration {
	now := t.now()
	return now.Truncate(time.Minute).Add(time.Minute).Sub(now)
}

// close ends the following and waits for it.
func (t *timetable) close() {
	close(t.stop)
	t.done.Wait()
}
