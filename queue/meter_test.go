package queue

import (
	"testing"
	"time"
)

// TestMeterBegins: what arrives at once after a while was not sent at once.
func TestMeterBegins(t *testing.T) {
	t.Parallel()
	var m meter
	start := time.Unix(1_700_000_000, 0)
	m.begin(start)
	m.add(start.Add(19*time.Second), 20_000)
	if r := m.rate(start.Add(19 * time.Second)); r != 1000 {
		t.Errorf("%d bytes per second", r)
	}
}

// TestMeter has parts acknowledged at a steady pace, often and seldom, and then nothing more.
func TestMeter(t *testing.T) {
	t.Parallel()
	for _, every := range []int64{1, 2, 8, 20} { // seconds; the same bytes per second
		var m meter
		now := int64(1_700_000_000)
		for second := range int64(200) {
			if second%every == 0 {
				m.add(time.Unix(now+second, 0), 1000*every)
			}
			if second < 60 {
				continue
			}
			if r := m.rate(time.Unix(now+second, 0)); r < 700 || r > 1400 {
				t.Errorf("every %d s, after %d s: %d instead of 1000 bytes per second", every, second, r)
			}
		}
		if r := m.rate(time.Unix(now+205, 0)); every == 1 && r > 600 {
			t.Errorf("every %d s, 5 s after the last: %d", every, r)
		}
		if r := m.rate(time.Unix(now+300, 0)); r != 0 {
			t.Errorf("every %d s, long after the last: %d", every, r)
		}
	}
}
