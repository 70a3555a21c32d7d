package transfer

import (
	"sync/atomic"
	"time"
)

// Meter measures a rate lately, without a lock: bytes are counted in one word per second. Over a slow line bytes leave
// now and then, so the rate is that of the last few seconds in which some did, but at least of the last 5 and at most
// of the last 60. The zero Meter begins with the first bytes.
type Meter struct {
	begun   atomic.Int64 // unix ns, so that a young meter is not read as a slow one; 0: not yet
	buckets [meterMost]atomic.Uint64
}

const (
	meterLeast = 5  // seconds
	meterMost  = 60 // seconds
	meterFull  = 4  // seconds with bytes

	// A bucket is the end of its second's number, above the bytes: whoever finds another second there begins anew.
	meterBytes   = 40 // bits
	meterSeconds = 1<<24 - 1
)

// Begin forgets what was: from now on there is something to send.
func (m *Meter) Begin(now time.Time) {
	for i := range m.buckets {
		m.buckets[i].Store(0)
	}
	m.begun.Store(now.UnixNano())
}

// Add counts n bytes that leave now.
func (m *Meter) Add(now time.Time, n int64) {
	if begun := m.begun.Load(); begun == 0 || begun > now.UnixNano() { // or the clock was set back
		m.begun.CompareAndSwap(begun, now.UnixNano())
	}
	second := now.Unix()
	tag := uint64(second&meterSeconds) << meterBytes
	bucket := &m.buckets[second%meterMost]
	for {
		was := bucket.Load()
		sum := tag
		if was>>meterBytes<<meterBytes == tag {
			sum = was
		}
		if bucket.CompareAndSwap(was, sum+uint64(n)) {
			return
		}
	}
}

// in is how many bytes left in a second.
func (m *Meter) in(second int64) int64 {
	b := m.buckets[second%meterMost].Load()
	if b>>meterBytes != uint64(second&meterSeconds) {
		return 0
	}
	return int64(b & (1<<meterBytes - 1))
}

// Rate is bytes per second lately.
func (m *Meter) Rate(now time.Time) int64 {
	begun := m.begun.Load()
	if begun == 0 {
		return 0
	}
	second, first := now.Unix(), time.Unix(0, begun).Unix()
	var sum int64
	seconds, full := int64(0), 0
	for seconds < min(meterMost, second-first+1) && (seconds < meterLeast || full < meterFull) {
		if n := m.in(second - seconds); n > 0 {
			sum += n
			full++
		}
		seconds++
	}
	since := time.Unix(second-seconds+1, 0)
	if start := time.Unix(0, begun); start.After(since) {
		since = start
	}
	return int64(float64(sum) / max(1, now.Sub(since).Seconds()))
}
