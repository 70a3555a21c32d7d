package fs

import (
	"bytes"
	"fmt"
	"slices"

	"inboxfs/queue"
)

// maxLine is the length in bytes, without its newline, of the longest line that control takes.
const maxLine = 64 << 10

// page is what the buffers of copying programs (cat, cp, dd, stdio) are multiples of.
const page = 4096

// How a WRITE becomes lines: it is split at newlines, and what follows the last newline is a line too (printf start >
// control sends none) unless the WRITE is as long as a full buffer. Then the text may go on in the next WRITE, and
// running the piece could mean another name: `delete a.mp4` is the start of `delete a.mp4.old`. Such a piece waits for
// the next WRITE of the same handle, or for its close. Who cuts lines at other places must write whole lines.

// runLines runs the lines of data, of which rest is the start of the first, up to the first that is refused. It returns
// how many bytes of data are done with, the start of a line still to come, and why a line was refused.
func runLines(rest, data []byte, exec func(line string) error, say func(error)) (done int, tail []byte, err error) {
	for done < len(data) {
		end := bytes.IndexByte(data[done:], '\n')
		next := done + end + 1
		if end < 0 {
			next, end = len(data), len(data)-done
			if len(data)%page == 0 && len(rest)+end <= maxLine {
				return next, slices.Concat(rest, data[done:]), nil
			}
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
		err := fmt.Errorf("%w: %d bytes or more; at most %d", queue.ErrTooLong, len(line), maxLine)
		say(err)
		return err
	}
	if i := bytes.IndexByte(line, 0); i >= 0 {
		err := fmt.Errorf("%w: the line holds a NUL byte at %d", queue.ErrInvalid, i)
		say(err)
		return err
	}
	return exec(string(line))
}
