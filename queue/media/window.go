package media

import (
	"errors"
	"io"
)

const (
	windowSize = 2048 // bytes; ten packets of a transport stream, or a moof and the header behind it
	mostReads  = 4096 // of one file, each of windowSize at most
)

// errEnough ends a look that would take too long.
var errEnough = errors.New("enough was read")

// window is the part of a file that is in memory.
type window struct {
	r     io.ReaderAt
	size  int64 // of the file
	reads int
	at    int64 // where buf begins in the file
	n     int   // how much of buf is filled
	buf   [windowSize]byte
}

// view returns n bytes from at on, at most windowSize; fewer, or none, at the end of the file. They are good until the
// next call.
func (w *window) view(at int64, n int) ([]byte, error) {
	n = int(min(int64(n), w.size-at))
	if n <= 0 {
		return nil, nil
	}
	if at < w.at || at+int64(n) > w.at+int64(w.n) {
		if err := w.move(at); err != nil {
			return nil, err
		}
	}
	from := int(at - w.at)
	return w.buf[from : from+n], nil
}

func (w *window) move(at int64) error {
	if w.reads == mostReads {
		return errEnough
	}
	w.reads++
	want := int(min(windowSize, w.size-at))
	w.at, w.n = at, 0
	n, err := w.r.ReadAt(w.buf[:want], at)
	if n == want {
		w.n = n
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}
