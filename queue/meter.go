package queue

import "time"

// meter measures a rate over the last seconds: bytes are counted in one bucket per second.
type meter struct {
	total   int64
	buckets [meterSpan]int64
	second  int64 // unix time of the newest bucket
	first   int64 // unix time of the first byte, so that a young meter is not read as a slow one
}

const meterSpan = 5 // seconds

func (m *meter) add(now time.Time, n int64) {
	m.turn(now.Unix())
	m.buckets[m.second%meterSpan] += n
	m.total += n
}

// turn empties the buckets of the seconds that passed.
func (m *meter) turn(second int64) {
	if m.first == 0 || second-m.second >= meterSpan {
		m.buckets, m.first, m.second = [meterSpan]int64{}, second, second
		return
	}
	for m.second < second {
		m.second++
		m.buckets[m.second%meterSpan] = 0
	}
}

// rate is bytes per second lately.
func (m *meter) rate(now time.Time) int64 {
	if m.first == 0 {
		return 0
	}
	m.turn(now.Unix())
	var sum int64
	for _, n := range m.buckets {
		sum += n
	}
	return sum / max(1, min(meterSpan, m.second-m.first+1))
}
