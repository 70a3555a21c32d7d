package farline

import "time"

// Options says what the line is like. A zero field is none of it.
type Options struct {
	RoundTrip time.Duration
	Loss      float64 // of packets, 0 to 1
	Rate      int64   // bytes per second, with headers
	// how long a packet waits at most for its turn at that rate; one that would wait longer is lost
	Queue   time.Duration
	Control string // congestion control of TCP, such as cubic; empty: the kernel's default
}
