package eventlog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// backChunk is how much is read at once when a file is read back from its end.
const backChunk = 64 << 10

// lastNewline returns the offset behind the last newline in the first end bytes of r, 0 if there is none.
func lastNewline(r io.ReaderAt, end int64, buf []byte) (int64, error) {
	for end > 0 {
		n := min(end, int64(len(buf)))
		if err := readFull(r, buf[:n], end-n); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(buf[:n], '\n'); i >= 0 {
			return end - n + int64(i) + 1, nil
		}
		end -= n
	}
	return 0, nil
}

// readFull is ReadAt without the distinction of an end that is met exactly.
func readFull(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// lastSeq looks back from the end of whole lines for the newest that is one of ours, and returns its number, 0 if there
// is none. A line that is not ours (somebody may have written a remark into the file) is passed over.
func lastSeq(r io.ReaderAt, whole int64) (uint64, error) {
	buf, head := make([]byte, backChunk), make([]byte, seqHead)
	for end := whole; end > 0; {
		start, err := lastNewline(r, end-1, buf)
		if err != nil {
			return 0, err
		}
		line := head[:min(end-start, seqHead)]
		if err := readFull(r, line, start); err != nil {
			return 0, err
		}
		if seq, ok := parseSeq(line); ok {
			return seq, nil
		}
		end = start
	}
	return 0, nil
}

// recoverCurrent cuts half a line off the end of f, which has size bytes, and returns what is left.
func recoverCurrent(f file, size int64) (int64, error) {
	whole, err := lastNewline(f, size, make([]byte, backChunk))
	if err != nil {
		return 0, err
	}
	if whole == size {
		return size, nil
	}
	if err := f.Truncate(whole); err != nil {
		return 0, fmt.Errorf("cut half a line: %w", err)
	}
	return whole, nil
}

// rotatedSeq returns the newest number in the rotated files. A crash inside a rotation leaves at most one hole in
// their numbering.
func rotatedSeq(open openFunc, path string) (uint64, error) {
	for n, missing := 1, 0; missing < 2; n++ {
		f, info, err := openRegular(open, rotated(path, n), os.O_RDONLY)
		if errors.Is(err, fs.ErrNotExist) {
			missing++
			continue
		}
		if err != nil {
			return 0, err
		}
		seq, err := wholeSeq(f, info.Size())
		if err := errors.Join(err, f.Close()); err != nil {
			return 0, err
		}
		if seq != 0 {
			return seq, nil
		}
	}
	return 0, nil
}

// wholeSeq is lastSeq of a file that may end in half a line.
func wholeSeq(f file, size int64) (uint64, error) {
	whole, err := lastNewline(f, size, make([]byte, backChunk))
	if err != nil {
		return 0, err
	}
	return lastSeq(f, whole)
}
