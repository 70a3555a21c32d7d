package level

import "time"

const (
	settle = 2 * time.Second  // after a change, until its speed can be told: connections begin slowly, or too fast
	window = 3 * time.Second  // over which a speed is measured
	rests  = 5                // windows between two probes that brought nothing
	shun   = 30 * time.Second // how long what was too much is not tried again, at first
	longer = 16               // shun grows to so many times that
)

// climb is the way up the hill: how many there are now, what that brings, and what is tried. It knows no lock.
type climb struct {
	now   int
	from  time.Time // when the window begins, or began; zero: not known yet
	bytes int64     // that moved in it

	speed   float64 // bytes per second before a probe, zero: not measured yet
	before  int     // what now was before a probe; zero: none
	shorter bool    // the probe is the shorter one
	resting int     // windows until the next one

	alive   bool          // something arrived since it was crowded last
	ceiling int           // what was too much; zero: nothing was
	until   time.Time     // when that is forgotten
	shun    time.Duration // how long it took, last time
}

func (c *climb) begin(now int) { *c = climb{now: now, alive: true} }

// idle says that fewer were under way than may be: the window says nothing.
func (c *climb) idle() { c.from = time.Time{} }

func (c *climb) arrived() { c.alive = true }

// moved takes note of bytes, and says how many may be under way from now on.
func (c *climb) moved(at time.Time, bytes int) int {
	if c.from.IsZero() {
		c.from, c.bytes = at.Add(settle), 0
	}
	if at.Before(c.from) {
		return c.now
	}
	c.bytes += int64(bytes)
	if took := at.Sub(c.from); took >= window {
		speed := float64(c.bytes) / took.Seconds()
		c.from, c.bytes = at, 0
		c.measured(at, speed)
	}
	return c.now
}

// measured is the step at the end of a window.
func (c *climb) measured(at time.Time, speed float64) {
	if c.now >= c.ceiling {
		c.ceiling = 0 // that was well
	}
	if c.before == 0 {
		if c.resting > 0 {
			c.resting--
			c.speed = (c.speed + speed) / 2
			return
		}
		c.speed = speed
		c.probe(at, 1)
		return
	}
	if more := float64(c.now-c.before) / float64(c.before); speed >= c.speed*(1+more/3) {
		c.speed, c.before = speed, 0
		c.probe(at, 1)
		return
	}
	c.set(c.before)
	if c.before = 0; !c.shorter {
		c.probe(at, 4)
		return
	}
	c.resting = rests
}

// probe tries as many again, or a quarter; where too much is known, half of the way there.
func (c *climb) probe(at time.Time, part int) {
	further := min(c.now+max(c.now/part, 1), Most)
	switch {
	case c.ceiling == 0:
	case at.Before(c.until):
		further = min(further, (c.now+c.ceiling)/2)
	default:
		further = min(further, c.ceiling) // it may not be too much any more
	}
	if further <= c.now {
		c.resting = rests
		return
	}
	c.before, c.shorter = c.now, part > 1
	c.set(further)
}

// crowded says how many may be under way after there were too many.
func (c *climb) crowded(at time.Time, refused bool) int {
	if !c.alive && !refused {
		return c.now // what is down is not too full
	}
	if c.alive {
		if at.After(c.until.Add(c.shun)) {
			c.shun = 0 // it was well for long
		}
		c.ceiling = c.now
		c.shun = min(max(2*c.shun, shun), longer*shun)
		c.until = at.Add(c.shun)
	}
	c.alive = false
	fewer := max(c.now*3/4, 1)
	if c.before > 0 {
		fewer = c.before
	}
	c.before, c.resting = 0, 2
	c.set(fewer)
	return c.now
}

// set changes now. The next window begins when connections have found their speed.
func (c *climb) set(now int) {
	c.now = now
	c.idle()
}
