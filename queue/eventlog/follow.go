package eventlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Follower reads the log line by line from a number on, in its own time, through rotated files if need be.
type Follower struct {
	log   *Log
	after uint64 // the number of the last line that Next returned

	file  file   // that is read, or nil
	epoch uint64 // in which it was found
	off   int64  // of what was not taken yet
	rest  []byte // whole lines that were read and not taken yet
	vain  bool   // no line came since file was found: the next ones are gone
}

// Follow returns a Follower of the lines after number after. There may be one at a time.
func (l *Log) Follow(after uint64) *Follower { return &Follower{log: l, after: after} }

// Next waits for the next line and returns it, without its newline, and its number. Numbers are left out where the
// files that had them are gone. The line is good until the next call.
func (f *Follower) Next(ctx context.Context) (line []byte, seq uint64, err error) {
	for {
		last := f.log.LastSeq()
		for len(f.rest) > 0 {
			end := bytes.IndexByte(f.rest, '\n')
			line, seq, ok := f.rest[:end], uint64(0), false
			if seq, ok = parseSeq(line[:min(end, seqHead)]); ok && seq > last {
				f.rest = nil // it is being written, and may be taken back
				break
			}
			f.rest, f.off = f.rest[end+1:], f.off+int64(end)+1
			if ok && seq > f.after {
				f.after, f.vain = seq, false
				return line, seq, nil
			}
		}
		if f.after < last {
			more, err := f.read()
			if err != nil {
				return nil, 0, fmt.Errorf("events file: %w", err)
			}
			if more {
				continue
			}
		}
		select {
		case <-f.log.news:
			f.vain = false
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	}
}

// Close lets go of the file that is read.
func (f *Follower) Close() error {
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}

// read reads on in the file, or in the next. more is false where there is nothing.
func (f *Follower) read() (more bool, err error) {
	epoch, _ := f.log.Window()
	if f.file != nil && f.epoch == epoch { // in another one the same file may have other lines
		if more, err := f.readOn(); more || err != nil {
			return more, err
		}
		if f.vain {
			return false, nil
		}
	}
	if err := f.find(); err != nil || f.file == nil {
		return false, err
	}
	f.epoch, f.vain = epoch, true
	return f.readOn()
}

// readOn reads whole lines from off on.
func (f *Follower) readOn() (more bool, err error) {
	for size := backChunk; ; size *= 2 {
		buf := make([]byte, size)
		n, err := f.file.ReadAt(buf, f.off)
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		if end := bytes.LastIndexByte(buf[:n], '\n'); end >= 0 {
			f.rest = buf[:end+1]
			return true, nil
		}
		if n < size {
			return false, nil
		}
	}
}

// find opens the file that has the line after the last one: the newest that does not begin behind it or, when lines are
// lost, the one behind that, or the oldest.
func (f *Follower) find() error {
	if err := f.Close(); err != nil {
		return err
	}
	f.rest, f.off = nil, 0
	for n := 0; n <= f.log.opt.Keep; n++ {
		path := f.log.path
		if n > 0 {
			path = rotated(path, n)
		}
		next, info, err := openRegular(f.log.open, path, os.O_RDONLY)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		first, err := firstSeq(next)
		if err != nil {
			return errors.Join(err, next.Close())
		}
		if first == 0 { // new and empty
			if err := next.Close(); err != nil {
				return err
			}
			continue
		}
		if f.file != nil && first <= f.after+1 {
			if last, err := wholeSeq(next, info.Size()); err != nil || last <= f.after {
				return errors.Join(err, next.Close())
			}
		}
		if err := f.Close(); err != nil {
			return errors.Join(err, next.Close())
		}
		if f.file = next; first <= f.after+1 {
			return nil
		}
	}
	return nil
}

// firstSeq is the number of the first line that has one, 0 if there is none near the beginning.
func firstSeq(f file) (uint64, error) {
	buf := make([]byte, backChunk)
	n, err := f.ReadAt(buf, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	for line := range bytes.Lines(buf[:n]) {
		if seq, ok := parseSeq(line); ok {
			return seq, nil
		}
	}
	return 0, nil
}
