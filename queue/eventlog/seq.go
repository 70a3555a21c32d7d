package eventlog

import (
	"bytes"
	"strconv"
)

// seqHead is how much of a line's beginning is enough to find its number in.
const seqHead = 128

// parseSeq finds the number of a line in either format, of which the first seqHead bytes are enough. It looks only at
// the place where the number stands, before anything that a file's name can contain.
func parseSeq(line []byte) (uint64, bool) {
	rest, json := bytes.CutPrefix(line, []byte(`{"time":"`))
	if !json {
		var text bool
		if rest, text = bytes.CutPrefix(line, []byte("time=")); !text {
			return 0, false
		}
	}
	if len(rest) < len(timeLayout) {
		return 0, false
	}
	if bytes.ContainsAny(rest[:len(timeLayout)], " \"=\n") {
		return 0, false
	}
	rest = rest[len(timeLayout):]
	key, end := " seq=", byte(' ')
	if json {
		key, end = `","seq":`, ','
	}
	rest, ok := bytes.CutPrefix(rest, []byte(key))
	if !ok {
		return 0, false
	}
	n := bytes.IndexByte(rest, end)
	if n < 0 {
		return 0, false
	}
	seq, err := strconv.ParseUint(string(rest[:n]), 10, 64)
	return seq, err == nil && seq != 0
}
