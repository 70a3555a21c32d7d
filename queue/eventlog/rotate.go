package eventlog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"inboxfs/queue/killpoint"
)

// rotateLocked moves the current file to path.1 and begins a new one. After an error the log goes on in the file it
// has; a crash at any step leaves files that Open understands.
func (l *Log) rotateLocked(now time.Time) error {
	fresh, err := l.freshFile()
	if err != nil {
		// Not again at every event.
		l.rotateAt = l.size + max(l.opt.MaxSize/8, 1)
		return fmt.Errorf("rotate events file: %w", err)
	}
	killpoint.At("rotate: new file in place")
	l.dirDirty.Store(true)
	l.file, l.size, l.rotateAt, l.restTill = fresh, 0, l.opt.MaxSize, now.Add(l.opt.Grace)
	if old := l.view.rotate(fresh, false, now); old != nil {
		if err := old.Close(); err != nil {
			return fmt.Errorf("close a rotated events file: %w", err)
		}
	}
	return nil
}

// freshFile returns a new, empty file at path, and has moved the others on.
func (l *Log) freshFile() (file, error) {
	if err := l.cutLocked(); err != nil {
		return nil, err
	}
	// Sync will only ask the new file.
	if err := l.file.Sync(); err != nil {
		return nil, err
	}
	// The new file first: where none can be made, nothing has moved yet.
	name := l.path + ".new"
	f, _, err := openRegular(l.open, name, os.O_RDWR|os.O_CREATE|os.O_TRUNC|os.O_APPEND)
	if err != nil {
		return nil, err
	}
	killpoint.At("rotate: new file made")
	if err := l.shift(name); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(name))
	}
	return f, nil
}

// shift renames every file to the next number, the oldest ones away, and fresh to path.
func (l *Log) shift(fresh string) error {
	// More than Keep are left when Keep was larger in an earlier run.
	for n := l.opt.Keep; ; n++ {
		if err := os.Remove(rotated(l.path, n)); errors.Is(err, fs.ErrNotExist) {
			if n > l.opt.Keep {
				break
			}
		} else if err != nil {
			return err
		}
	}
	for n := l.opt.Keep - 1; n >= 1; n-- {
		if err := rename(rotated(l.path, n), rotated(l.path, n+1)); err != nil {
			return err
		}
	}
	if err := rename(l.path, rotated(l.path, 1)); err != nil {
		return err
	}
	killpoint.At("rotate: old file moved")
	if err := os.Rename(fresh, l.path); err != nil {
		return errors.Join(err, rename(rotated(l.path, 1), l.path))
	}
	return nil
}

// rename moves a file if it is there. A hole in the numbering is what a crash leaves, or a user who tidied up.
func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
