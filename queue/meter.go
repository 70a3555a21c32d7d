package queue

import "time"

// meter measures a rate lately: bytes are counted in one bucket per second. A part is counted when it was acknowledged,
// and over a slow line that is now and then, so the rate is that of the last few seconds in which something was, but at
// least of the last 5 and at most of the last 60.
type meter struct {
	total   int64
	buckets [meterMost]int64
	second  int64 // unix time of the newest bucket
	first   int64 // unix time of the beginning, so that a young meter is not read as a slow one
}

const (
	meterLeast = 5  // seconds
	meterMost  = 60 // seconds
	meterFull  = 4  // seconds with bytes
)

// begin forgets what was: from now on there is something to send. Without it a meter begins with the first bytes.
func (m *meter) begin(now time.Time) {
	m.buckets, m.first, m.second = [meterMost]int64{}, now.Unix(), now.Unix()
}

func (m *meter) add(now time.Time, n int64) {
	m.turn(now.Unix())
	m.buckets[m.second%meterMost] += n
	m.total += n
}

// turn empties the buckets of the seconds that passed.
func (m *meter) turn(second int64) {
	if m.first == 0 || second-m.second >= meterMost {
		m.buckets, m.first, m.second = [meterMost]int64{}, second, second
		return
	}
	for m.second < second {
		m.second++
		m.buckets[m.second%meterMost] = 0
	}
}

// rate is bytes per second lately.
func (m *meter) rate(now time.Time) int64 {
	if m.first == 0 {
		return 0
	}
	m.turn(now.Unix())
	var sum int64
	seconds, full := int64(0), 0
	for seconds < min(meterMost, m.second-m.first+1) && (seconds < meterLeast || full < meterFull) {
		if n := m.buckets[(m.second-seconds)%meterMost]; n > 0 {
			sum += n
			full++
		}
		seconds++
	}
	return sum / max(1, seconds)
}
