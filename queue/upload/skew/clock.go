// Package skew compares the local clock with a server's, for the times that go into signatures and for expiries.
package skew

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Clock is the local clock, corrected by what the server said when it found a request too far off its own time.
type Clock struct {
	Now    func() time.Time // the local clock
	offset atomic.Int64     // nanoseconds to add to the date of requests
	heard  atomic.Bool      // ahead is known
	ahead  atomic.Int64     // nanoseconds by which the server's clock is ahead of ours
}

// Nobody's clock is right before this program existed, and a machine without a battery starts long before.
var epoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// Nor is it right when nobody knows this program any more.
var doomsday = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// A clock that runs is off by a time zone or two, not by weeks. A server that claims otherwise would have us sign
// requests for a day of its choosing.
const maxOffset = 48 * time.Hour

// Learn corrects the clock by the Date header of an answer. It reports whether it believed it.
func (c *Clock) Learn(date string) bool {
	offset, ok := c.compare(date)
	if ok {
		c.offset.Store(int64(offset))
	}
	return ok
}

// compare says by how much a Date header is ahead of us, if that can be believed.
func (c *Clock) compare(date string) (time.Duration, bool) {
	server, err := http.ParseTime(date)
	if err != nil || server.Before(epoch) || server.After(doomsday) {
		return 0, false
	}
	local := c.Now()
	offset := server.Sub(local)
	return offset, offset.Abs() <= maxOffset || local.Before(epoch)
}

// A Date header has whole seconds, and the answer was some time on its way: what is less than this says nothing.
const leastOffset = 5 * time.Second

// Hear takes note of what time the server has, which any answer tells. Signatures go by Learn alone: they may be 15
// minutes off, and a clock that is nearly right is the better one.
func (c *Clock) Hear(date string) {
	offset, ok := c.compare(date)
	if !ok {
		return
	}
	if offset.Abs() < leastOffset {
		offset = 0
	}
	c.ahead.Store(int64(offset))
	c.heard.Store(true)
}

// Server is the server's time, if any answer told it.
func (c *Clock) Server() (now time.Time, known bool) {
	return c.Now().Add(time.Duration(c.ahead.Load())), c.heard.Load()
}

// Time is the time for a signature.
func (c *Clock) Time() time.Time { return c.Now().Add(time.Duration(c.offset.Load())) }

// Date is the Date header for a request, or "" while the local clock is believed.
func (c *Clock) Date() string {
	offset := time.Duration(c.offset.Load())
	if offset == 0 {
		return ""
	}
	return c.Time().UTC().Format(http.TimeFormat)
}
