package eventlog

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// segment is one file of the log, as far as it is complete, and where it stands in what readers see.
type segment struct {
	file  file  // nil: there is none
	start int64 // place of the file's first byte, perhaps before 0
	size  int64
	mod   time.Time // of the last write
}

// end is the place behind the last byte.
func (s segment) end() int64 { return s.start + s.size }

// view is what readers see. Its lock is held for a few assignments only: never for a read, a write or a sync.
type view struct {
	mu       sync.Mutex // guards all below
	closed   bool
	epoch    uint64  // counts the files that were appended to
	current  segment // is appended to
	previous segment // what stood before it; file is nil where that is gone
	from     int64   // where a window begins now
}

// publish tells readers that current is complete up to size.
func (v *view) publish(size int64, mod time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.current.size, v.current.mod = size, mod
}

// rotate makes next, which is empty, the current file. Windows begin with the one before, unless that is removed. The
// file that nobody needs any more, or nil, is returned to be closed.
func (v *view) rotate(next file, removed bool, now time.Time) (old file) {
	v.mu.Lock()
	defer v.mu.Unlock()
	old = v.previous.file
	v.previous, v.current = v.current, segment{file: next, start: v.current.end(), mod: now}
	if v.from = v.previous.start; removed {
		v.from = v.current.start
	}
	v.epoch++
	return old
}

// replace says that of the log there are size bytes of lines in next, which may be the current file. The lines to come
// follow for all who have read what is gone. The files that nobody needs any more are returned to be closed.
func (v *view) replace(next file, size int64, now time.Time) (old []file) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, f := range []file{v.previous.file, v.current.file} {
		if f != nil && f != next {
			old = append(old, f)
		}
	}
	v.previous, v.current = segment{}, segment{file: next, start: v.current.end() - size, size: size, mod: now}
	v.from = v.current.start
	v.epoch++
	return old
}

// holding returns the file in which a place stands or, where that is gone, the next one. io.EOF: it is behind all
// lines.
func (v *view) holding(at int64) (s segment, current bool, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.closed:
		return segment{}, false, os.ErrClosed
	case v.previous.file != nil && at < v.previous.end():
		return v.previous, false, nil
	case at < v.current.end():
		return v.current, true, nil
	}
	return segment{}, false, io.EOF
}

// Window is what somebody sees who opens the log now: everything from that place on, for as long as he looks. It begins
// with the file before the current one, and is another one in another epoch.
func (l *Log) Window() (epoch uint64, from int64) {
	v := &l.view
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.epoch, v.from
}

// End is the place behind the last line. It never goes back.
func (l *Log) End() int64 {
	l.view.mu.Lock()
	defer l.view.mu.Unlock()
	return l.view.current.end()
}

// ModTime is when the last line was written.
func (l *Log) ModTime() time.Time {
	l.view.mu.Lock()
	defer l.view.mu.Unlock()
	return l.view.current.mod
}

// ReadFrom reads from a place on. What stands there may be gone: from is where that begins which it read, at or behind
// it. Fewer bytes than asked for are no error; io.EOF: there are none.
func (l *Log) ReadFrom(p []byte, at int64) (n int, from int64, err error) {
	for from = at; ; {
		s, current, err := l.view.holding(from)
		if err != nil {
			return 0, from, err
		}
		from = max(from, s.start)
		n, err := s.file.ReadAt(p[:min(int64(len(p)), s.end()-from)], from-s.start)
		switch {
		case errors.Is(err, os.ErrClosed):
			continue // the view moved on; or the log is closed, and holding says so
		case n == 0 && errors.Is(err, io.EOF) && !current: // somebody has shortened it
			from = s.end()
			continue
		case n > 0 && errors.Is(err, io.EOF):
			err = nil
		}
		return n, from, err
	}
}
