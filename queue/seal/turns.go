package seal

import (
	"iter"
	"slices"
	"time"
)

// Turns is the line of drops that were not added yet, in the order in which they settled.
type Turns[N Node] struct {
	line  []N
	first time.Time // since when the first of them is
}

const (
	turnForeign = 5 * time.Second  // how long a look outside the spool may keep those behind it, from when it settled
	TurnSync    = 30 * time.Second // how long a sync may keep them, from when it began
	turnMost    = 5 * time.Minute  // and that of a large file, which takes longer:
	turnRate    = 16 << 20         // so many bytes a second
)

// Turn is what is to be done about the first of the line.
type Turn uint8

// What that may be.
const (
	Nobody  Turn = iota // the line is empty
	Waits               // its sync is not over, and it may keep the others
	Over                // nothing: it is not wanted any more, or keeps nobody waiting
	Add                 // it is to be added
	TooLong             // its sync is not over, and it keeps the others no longer
)

// Join puts a drop that settled behind the others.
func (t *Turns[N]) Join(n N, now time.Time) {
	if len(t.line) == 0 {
		t.first = now
	}
	n.Sealing().joined = now
	t.line = append(t.line, n)
}

// Next returns the first of the line and what is to be done about it. Unless it Waits it leaves the line.
func (t *Turns[N]) Next(now time.Time, wanted func(N) bool) (n N, turn Turn) {
	if len(t.line) == 0 {
		return n, Nobody
	}
	n = t.line[0]
	switch d := n.Sealing(); {
	case d.passed, !wanted(n):
		turn = Over
	case d.synced:
		turn = Add
	case !t.late(d, now):
		return n, Waits
	default:
		d.passed, turn = true, TooLong
	}
	clear(t.line[:1])
	if t.line, t.first = t.line[1:], now; len(t.line) == 0 {
		t.line = nil
	}
	return n, turn
}

// late reports whether the first one kept the others long enough.
func (t *Turns[N]) late(d *Drop, now time.Time) bool {
	if d.foreign {
		return now.Sub(d.joined) > turnForeign
	}
	from, patience := d.began, TurnSync
	if from.IsZero() { // others are synced before it
		from = t.first
	}
	if d.size >= LargeSize {
		patience = min(turnMost, TurnSync+time.Duration(d.size/turnRate)*time.Second)
	}
	return now.Sub(from) > patience
}

// Len returns how many are in the line.
func (t *Turns[N]) Len() int { return len(t.line) }

// All visits the line from its first on.
func (t *Turns[N]) All() iter.Seq[N] { return slices.Values(t.line) }
