package eventlog

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// segment is one file of the log and how much of it is complete.
type segment struct {
	file file
	size int64
	mod  time.Time // of the last write
}

// phase is where the readers' view stands; doc.go draws the three.
type phase uint8

const (
	following phase = iota // the current file
	lingering              // the previous file, unchanged, until the deadline
	arriving               // the current file, less of it than the previous one had, until the deadline
)

// view is what readers see. Its lock is held for a few assignments only: never for a read, a write or a sync.
type view struct {
	grace time.Duration
	now   func() time.Time

	mu       sync.Mutex // guards all below
	closed   bool
	current  segment // is appended to
	previous segment // rotated last; file is nil if there is none
	phase    phase
	deadline time.Time // end of the phase
	below    int64     // the last end of a batch in current that is below previous.size; for arriving
}

// advanceLocked moves the view on with the clock.
func (v *view) advanceLocked() {
	if v.phase == following {
		return
	}
	now := v.now()
	if now.Before(v.deadline) {
		return
	}
	if v.phase == lingering {
		// From now, and not from the old deadline: a reader that polls sees the switch when it asks, and needs its
		// time from there.
		v.phase, v.deadline = arriving, now.Add(v.grace)
		return
	}
	v.phase = following
}

// shown returns the file that readers see, and how much of it.
func (v *view) shown() (segment, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return segment{}, os.ErrClosed
	}
	return v.shownLocked(), nil
}

func (v *view) shownLocked() segment {
	v.advanceLocked()
	switch v.phase {
	case lingering:
		return v.previous
	case arriving:
		s := v.current
		s.size = v.below
		return s
	default:
		return v.current
	}
}

// mayRotate says whether readers follow the current file, so that it may become the previous one.
func (v *view) mayRotate() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.advanceLocked()
	return v.phase == following
}

// publish tells readers that current is complete up to size.
func (v *view) publish(size int64, mod time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.current.size, v.current.mod = size, mod
	if size < v.previous.size {
		v.below = size
	}
}

// rotate makes next the current file. Readers stay with the one before. The file that nobody needs any more, or nil,
// is returned to be closed.
func (v *view) rotate(next file, now time.Time) (old file) {
	v.mu.Lock()
	defer v.mu.Unlock()
	old = v.previous.file
	v.previous, v.current = v.current, segment{file: next, mod: now}
	v.phase, v.deadline, v.below = lingering, now.Add(v.grace), 0
	return old
}

// readAt reads what readers see.
func (v *view) readAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("events: negative offset")
	}
	for {
		s, err := v.shown()
		if err != nil {
			return 0, err
		}
		if off >= s.size {
			return 0, io.EOF
		}
		want := p[:min(int64(len(p)), s.size-off)]
		n, err := s.file.ReadAt(want, off)
		if errors.Is(err, os.ErrClosed) {
			continue // the view moved on between the two lines; or the log is closed, and shown says so
		}
		if n == len(want) {
			err = nil
		}
		if err == nil && n < len(p) {
			err = io.EOF
		}
		return n, err
	}
}
