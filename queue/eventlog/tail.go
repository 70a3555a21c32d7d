package eventlog

import (
	"bytes"
	"errors"
	"fmt"
	"os"
)

// Tail returns the newest lines, as many whole ones as fit into n bytes, across the last rotation if need be. Before
// the first Append it goes back through all rotated files.
func (l *Log) Tail(n int64) ([]byte, error) {
	for {
		previous, current, err := l.view.segments()
		if err != nil {
			return nil, fmt.Errorf("events file: %w", err)
		}
		p, err := tail(previous, current, n)
		if errors.Is(err, os.ErrClosed) {
			continue // rotated in between; or the log is closed, and segments says so
		}
		if err == nil && int64(len(p)) == previous.size+current.size {
			next := 2
			if previous.file == nil {
				next = 1
			}
			p, err = l.older(p, n, next)
		}
		if err != nil {
			return nil, fmt.Errorf("events file: %w", err)
		}
		return p, nil
	}
}

// older puts what fits of the rotated files from a number on in front of p. A crash leaves at most one hole in their
// numbering.
func (l *Log) older(p []byte, n int64, number int) ([]byte, error) {
	for missing := 0; missing < 2 && int64(len(p)) < n; number++ {
		text, err := os.ReadFile(rotated(l.path, number))
		if errors.Is(err, os.ErrNotExist) {
			missing++
			continue
		}
		if err != nil {
			return nil, err
		}
		text = text[:bytes.LastIndexByte(text, '\n')+1]
		if more := int64(len(text)+len(p)) - n; more > 0 {
			text = text[more:]
			text = text[bytes.IndexByte(text, '\n')+1:]
			return append(text, p...), nil
		}
		p = append(text, p...)
	}
	return p, nil
}

// segments returns both files as far as they are written, wherever readers are.
func (v *view) segments() (previous, current segment, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return segment{}, segment{}, os.ErrClosed
	}
	return v.previous, v.current, nil
}

// tail reads the last n bytes of the two files behind one another, and drops the line that this has cut.
func tail(previous, current segment, n int64) ([]byte, error) {
	if n <= 0 {
		return nil, nil
	}
	total := previous.size + current.size
	// One byte more than asked for shows whether the first line begins at its beginning.
	from := max(0, total-n-1)
	p := make([]byte, total-from)
	split := max(0, previous.size-from)
	if split > 0 {
		if err := readFull(previous.file, p[:split], from); err != nil {
			return nil, err
		}
	}
	if err := readFull(current.file, p[split:], max(0, from-previous.size)); err != nil {
		return nil, err
	}
	if int64(len(p)) <= n {
		return p, nil
	}
	// There is at least the newline that ends the last line.
	return p[bytes.IndexByte(p, '\n')+1:], nil
}
