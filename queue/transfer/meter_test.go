package transfer

import (
	"sync"
	"testing"
	"time"
)

// TestMeterBegins: what leaves at once after a while did not leave in one second.
func TestMeterBegins(t *testing.T) {
	t.Parallel()
	var m Meter
	start := time.Unix(1_700_000_000, 500_000_000)
	m.Begin(start)
	m.Add(start.Add(20*time.Second), 20_000)
	if r := m.Rate(start.Add(20 * time.Second)); r != 1000 {
		t.Errorf("%d bytes per second", r)
	}
}

// TestMeter has bytes leave at a steady pace, often and seldom, and then nothing more.
func TestMeter(t *testing.T) {
	t.Parallel()
	for _, every := range []int64{1, 2, 8, 20} { // seconds; the same bytes per second
		var m Meter
		now := int64(1_700_000_000)
		for second := range int64(200) {
			if second%every == 0 {
				m.Add(time.Unix(now+second, 0), 1000*every)
			}
			if second < 60 {
				continue
			}
			if r := m.Rate(time.Unix(now+second, 0)); r < 700 || r > 1400 {
				t.Errorf("every %d s, after %d s: %d instead of 1000 bytes per second", every, second, r)
			}
		}
		if r := m.Rate(time.Unix(now+205, 0)); every == 1 && r > 600 {
			t.Errorf("every %d s, 5 s after the last: %d", every, r)
		}
		if r := m.Rate(time.Unix(now+300, 0)); r != 0 {
			t.Errorf("every %d s, long after the last: %d", every, r)
		}
	}
}

// TestMeterIsSteady looks at any moment of a second: what the second that has just begun lacks is not held against it.
func TestMeterIsSteady(t *testing.T) {
	t.Parallel()
	var m Meter
	start := time.Unix(1_700_000_000, 0)
	m.Begin(start)
	for tick := range 300 { // tenths of a second
		at := start.Add(time.Duration(tick) * time.Second / 10)
		m.Add(at, 100)
		if r := m.Rate(at); tick > 10 && (r < 950 || r > 1100) {
			t.Errorf("after %v: %d instead of 1000 bytes per second", at.Sub(start), r)
		}
	}
	back := start.Add(-time.Hour)
	for range 5 {
		m.Add(back, 1000)
		back = back.Add(time.Second)
	}
	if r := m.Rate(back); r != 1000 {
		t.Errorf("after the clock was set back: %d instead of 1000 bytes per second", r)
	}
}

// TestMeterCountsAll has many senders count at once.
func TestMeterCountsAll(t *testing.T) {
	t.Parallel()
	var m Meter
	now := time.Unix(1_700_000_000, 0)
	m.Begin(now)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				m.Add(now, 3)
			}
		})
	}
	all.Wait()
	if r := m.Rate(now.Add(time.Second)); r != 24_000 {
		t.Errorf("%d of 24000 bytes were counted", r)
	}
}
