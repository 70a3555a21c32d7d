package media

import (
	"encoding/binary"
	"errors"
)

// span is the content of a box: from its header to its end.
type span struct{ from, to int64 }

// loseNothing reports whether a recording of which t has seen the boxes is all there, although the box of kind k behind
// them needs more than the file has: filler, what some camera says of the film, or media in which no sample lies. Else
// it is the film itself that is cut.
func (t *tally) loseNothing(w *window, k kind) (bool, error) {
	media := string(k[:]) == "mdat"
	switch string(k[:]) {
	case "free", "skip", "wide", "uuid", "mdat":
	default:
		return false, nil
	}
	fragments := t.moof > 0 && t.moof <= t.mdat
	if t.moov == 0 {
		return !media && (fragments || t.meta > 0 && t.mdat > 0), nil
	}
	if t.moov > 1 || t.moof > 0 && (media || !fragments) {
		return false, nil
	}
	end, some, err := samplesEnd(w, t.tracks)
	switch {
	case errors.Is(err, errEnough), errors.Is(err, errOdd):
		return false, nil // nobody knows
	case err != nil:
		return false, err
	case !some:
		return fragments, nil
	}
	return end <= w.size, nil
}

// farthest is where a sample ends at most, and how many there are: twice as much is a number, too.
const farthest = 1 << 61

// errOdd is what is not understood about a moov.
var errOdd = errors.New("odd tables")

// samplesEnd is where the last sample ends to which the tables of a moov lead; some: there is one.
func samplesEnd(w *window, moov span) (end int64, some bool, err error) {
	err = eachBox(w, moov, func(k kind, trak span) error {
		if string(k[:]) != "trak" {
			return nil
		}
		table := trak
		for _, name := range []string{"mdia", "minf", "stbl"} {
			if table, err = firstBox(w, table, name); err != nil {
				return err
			}
		}
		last, any, err := chunksEnd(w, table)
		end, some = max(end, last), some || any
		return err
	})
	return end, some, err
}

// chunksEnd is samplesEnd for one track, by its stbl: where the chunk ends that lies last.
func chunksEnd(w *window, stbl span) (end int64, some bool, err error) {
	offsets, width := span{}, int64(4)
	if offsets, err = firstBox(w, stbl, "stco"); errors.Is(err, errOdd) {
		width = 8
		offsets, err = firstBox(w, stbl, "co64")
	}
	if err != nil {
		return 0, false, err
	}
	chunks, err := numberAt(w, offsets, 4, 4)
	if err != nil || chunks == 0 {
		return 0, false, err
	}
	at, which := int64(-1), int64(0)
	for i := range chunks {
		o, err := numberAt(w, offsets, 8+i*width, width)
		if err != nil {
			return 0, false, err
		}
		if o > at {
			at, which = o, i+1
		}
	}
	first, n, err := samplesOf(w, stbl, which)
	if err != nil {
		return 0, false, err
	}
	size, err := sizeOf(w, stbl, first, n)
	if at > farthest {
		return 0, false, errOdd
	}
	return at + size, true, err
}

// samplesOf is which samples are in a chunk, counted from 1: n from the one with the number first, counted from 0.
func samplesOf(w *window, stbl span, chunk int64) (first, n int64, err error) {
	table, err := firstBox(w, stbl, "stsc")
	if err != nil {
		return 0, 0, err
	}
	runs, err := numberAt(w, table, 4, 4)
	if err != nil {
		return 0, 0, err
	}
	from := int64(1) // the chunk with which the run before begins, in which n samples are in each
	for i := range runs {
		next, err := numberAt(w, table, 8+12*i, 4)
		if err != nil {
			return 0, 0, err
		}
		if next > chunk {
			break
		}
		if next < from || i == 0 && next != 1 {
			return 0, 0, errOdd
		}
		if first, from = first+(next-from)*n, next; first > farthest {
			return 0, 0, errOdd
		}
		if n, err = numberAt(w, table, 12+12*i, 4); err != nil {
			return 0, 0, err
		}
	}
	return first + (chunk-from)*n, n, nil
}

// sizeOf is how many bytes n samples have.
func sizeOf(w *window, stbl span, first, n int64) (size int64, err error) {
	table, err := firstBox(w, stbl, "stsz")
	if err != nil {
		return 0, err
	}
	each, err := numberAt(w, table, 4, 4)
	if err != nil {
		return 0, err
	}
	switch all, err := numberAt(w, table, 8, 4); {
	case err != nil:
		return 0, err
	case each == 1 || n == 0 || first+n > all || first+n < 0: // of 1, QuickTime means frames, whose size is elsewhere
		return 0, errOdd
	case each > farthest/n:
		return 0, errOdd
	case each > 0:
		return n * each, nil
	}
	for i := range n {
		one, err := numberAt(w, table, 12+4*(first+i), 4)
		if err != nil {
			return 0, err
		}
		size += one
	}
	return size, nil
}

// numberAt reads a number of some bytes at a place of a box.
func numberAt(w *window, in span, at, bytes int64) (int64, error) {
	if at < 0 || in.from+at+bytes > in.to {
		return 0, errOdd
	}
	b, err := w.view(in.from+at, int(bytes))
	switch {
	case err != nil:
		return 0, err
	case int64(len(b)) < bytes:
		return 0, errOdd
	case bytes == 4:
		return int64(binary.BigEndian.Uint32(b)), nil
	}
	n := int64(binary.BigEndian.Uint64(b))
	if n < 0 {
		return 0, errOdd
	}
	return n, nil
}

// eachBox calls fn for each box in another, until it fails.
func eachBox(w *window, in span, fn func(kind, span) error) error {
	for at := in.from; at+8 <= in.to; { // a zero may stand behind the last
		b, ok, err := boxAt(w, at)
		if err != nil {
			return err
		}
		if !ok || b.size > in.to-at {
			return errOdd
		}
		head := int64(8)
		if n, err := numberAt(w, in, at-in.from, 4); err != nil {
			return err
		} else if n == 1 {
			head = 16
		}
		if err := fn(b.kind, span{at + head, at + b.size}); err != nil {
			return err
		}
		at += b.size
	}
	return nil
}

// errFound ends the look for a box.
var errFound = errors.New("found")

// firstBox finds the first box of that name in another.
func firstBox(w *window, in span, name string) (found span, err error) {
	err = eachBox(w, in, func(k kind, s span) error {
		if string(k[:]) != name {
			return nil
		}
		found = s
		return errFound
	})
	switch {
	case errors.Is(err, errFound):
		return found, nil
	case err == nil:
		err = errOdd
	}
	return span{}, err
}
