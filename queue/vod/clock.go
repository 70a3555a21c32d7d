package vod

import "time"

// Clock is what time it is. Ours may show anything: that an auth ended at some time of day is believed only when ours
// was compared with a server's.
type Clock struct {
	Ours   func() time.Time                   // nil: time.Now
	Server func() (now time.Time, known bool) // nil: it is not known
}

// At is a clock that stands, and is right.
func At(now time.Time) Clock {
	return Clock{Ours: func() time.Time { return now }, Server: func() (time.Time, bool) { return now, true }}
}

func (c Clock) ours() time.Time {
	if c.Ours == nil {
		return time.Now()
	}
	return c.Ours()
}

// here is a server's time by our clock; known is false where nobody knows when that is.
func (c Clock) here(t time.Time) (ours time.Time, known bool) {
	if c.Server == nil {
		return time.Time{}, false
	}
	now, known := c.Server()
	return c.ours().Add(t.Sub(now)), known
}

// epoch is before this program existed: what ended before is over by any clock.
var epoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
