package verdict

import (
	"net/http"
	"strconv"
	"time"
)

// mostAfter bounds what a server may ask for: a mistake there must not stop uploads for a day.
const mostAfter = 10 * time.Minute

// After is how long an answer's Retry-After wants the next request to wait, in seconds or as a time; 0 without one.
func After(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if text == "" {
		return 0
	}
	var d time.Duration
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		d = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		// The server's clock counts, as far as it is known.
		if date, err := http.ParseTime(h.Get("Date")); err == nil {
			now = date
		}
		d = at.Sub(now)
	}
	return min(max(d, 0), mostAfter)
}
