package oss

import (
	"net/http"
	"sync/atomic"
	"time"
)

// clock is the local clock, corrected by what the server said when it found a request too far off its own time.
type clock struct {
	now    func() time.Time
	offset atomic.Int64 // nanoseconds to add
}

// Nobody's clock is right before this program existed, and a machine without a battery starts long before.
var epoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// A clock that runs is off by a time zone or two, not by weeks. A server that claims otherwise would have us sign
// requests for a day of its choosing.
const maxOffset = 48 * time.Hour

// learn corrects the clock by the Date header of an answer. It says whether it believed it.
func (c *clock) learn(date string) bool {
	server, err := http.ParseTime(date)
	if err != nil || server.Before(epoch) {
		return false
	}
	local := c.now()
	offset := server.Sub(local)
	if offset.Abs() > maxOffset && local.After(epoch) {
		return false
	}
	c.offset.Store(int64(offset))
	return true
}

// date is the Date header for a request, or "" while the local clock is believed.
func (c *clock) date() string {
	offset := time.Duration(c.offset.Load())
	if offset == 0 {
		return ""
	}
	return c.now().Add(offset).UTC().Format(http.TimeFormat)
}
