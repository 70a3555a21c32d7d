package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Bandwidth is a rate, or a timetable of rates: "08:00,1MiB/s 19:00,10MiB/s Sat-00:00,off". The zero Bandwidth has no
// limit.
type Bandwidth struct {
	always Rate
	times  []change // as written; empty: always counts
}

// change is a time at which another rate begins to count.
type change struct {
	day    time.Weekday // every for a time of each day
	minute int          // of the day
	rate   Rate
}

const (
	every = time.Weekday(-1)
	day   = 24 * 60 // minutes
)

// Set reads a rate, or times separated by blanks: HH:MM,RATE for each day, Mon-HH:MM,RATE for one day of the week.
func (b *Bandwidth) Set(text string) error {
	if !strings.Contains(text, ",") {
		var always Rate
		if err := always.Set(text); err != nil {
			return fmt.Errorf("%w; or a timetable such as \"08:00,1MiB/s 19:00,off\"", err)
		}
		*b = Bandwidth{always: always}
		return nil
	}
	var times []change
	for _, word := range strings.Fields(text) {
		at, rate, _ := strings.Cut(word, ",")
		c, err := parseTime(at)
		if err != nil {
			return err
		}
		if err := c.rate.Set(rate); err != nil {
			return fmt.Errorf("%q: %w", word, err)
		}
		times = append(times, c)
	}
	*b = Bandwidth{times: times}
	return nil
}

// parseTime reads HH:MM or Mon-HH:MM.
func parseTime(text string) (change, error) {
	c := change{day: every}
	clock := text
	if name, rest, ok := strings.Cut(text, "-"); ok {
		for d := time.Sunday; d <= time.Saturday; d++ {
			if strings.EqualFold(name, d.String()) || strings.EqualFold(name, d.String()[:3]) {
				c.day, clock = d, rest
			}
		}
	}
	t, err := time.Parse("15:04", clock)
	if err != nil {
		return c,
			fmt.Errorf("%q is not a time; a timetable has HH:MM,RATE for each day or Mon-HH:MM,RATE for one, "+
				"separated by blanks", text)
	}
	c.minute = t.Hour()*60 + t.Minute()
	return c, nil
}

// String is short; Set of it gives b again.
func (b Bandwidth) String() string {
	if len(b.times) == 0 {
		return b.always.String()
	}
	words := make([]string, len(b.times))
	for i, c := range b.times {
		if c.day != every {
			words[i] = c.day.String()[:3] + "-"
		}
		words[i] += fmt.Sprintf("%02d:%02d,%s", c.minute/60, c.minute%60, c.rate)
	}
	return strings.Join(words, " ")
}

// MarshalText is String.
func (b Bandwidth) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// At is the rate that counts at a time, on the clock of its zone, and which of the times brought it, so that two of the
// same rate can be told apart; "" where there is no timetable.
func (b Bandwidth) At(t time.Time) (rate Rate, since string) {
	if len(b.times) == 0 {
		return b.always, ""
	}
	now := t.Hour()*60 + t.Minute()
	best := 7 * day
	for i, c := range b.times {
		age := (now - c.minute + day) % day
		if c.day != every {
			age = (int(t.Weekday()-c.day)*day + now - c.minute + 7*day) % (7 * day)
		}
		if age <= best {
			best, rate, since = age, c.rate, strconv.Itoa(i)
		}
	}
	return rate, since
}
