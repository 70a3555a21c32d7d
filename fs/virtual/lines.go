package virtual

import (
	"bytes"
	"fmt"
	"slices"

	"inboxfs/queue/transfer"
)

// maxLine is the length in bytes, without its newline, of the longest line that control takes.
const maxLine = 64 << 10

// How WRITEs become lines: a line ends with a newline, wherever programs cut what they write, or with the close of the
// handle (printf start > control sends none). To run a piece could mean another name: `delete a.mp4` is the start of
// `delete a.mp4.old`. So what follows the last newline of a WRITE waits for the next one of the same handle, or for its
// close. Of a line that is too long the rest is refused, too, until it ends.

// runLines runs the lines of data, of which rest is the start of the first, up to the first that is refused. It returns
// how many bytes of data are done with, the start of a line still to come, and why a line was refused.
func runLines(rest, data []byte, exec func(line string) error, say func(error)) (done int, tail []byte, err error) {
	for done < len(data) {
		end := bytes.IndexByte(data[done:], '\n')
		next := done + end + 1
		if end < 0 {
			tail := slices.Concat(rest, data[done:])
			if len(tail) <= maxLine+1 { // one for a carriage return
				return len(data), tail, nil
			}
			return done, tail[:maxLine+2], runLine(tail, exec, say)
		}
		line := data[done : done+end]
		if rest != nil {
			line = slices.Concat(rest, line)
			rest = nil
		}
		if err := runLine(line, exec, say); err != nil {
			return done, nil, err
		}
		done = next
	}
	return done, rest, nil
}

// runLine runs one line. Names need not be UTF-8, so all bytes but NUL, which no name can hold, pass through.
func runLine(line []byte, exec func(line string) error, say func(error)) error {
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) > maxLine {
		err := fmt.Errorf("%w: %d bytes or more; at most %d", transfer.ErrTooLong, len(line), maxLine)
		say(err)
		return err
	}
	if i := bytes.IndexByte(line, 0); i >= 0 {
		err := fmt.Errorf("%w: the line holds a NUL byte at %d", transfer.ErrInvalid, i)
		say(err)
		return err
	}
	return exec(string(line))
}
