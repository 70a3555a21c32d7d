package queue

import (
	"errors"
	"os"

	"inboxfs/queue/list"
	"inboxfs/queue/sameness"
	"inboxfs/queue/spool"
)

var (
	// errUnlike: the file does not look as its content did when that was known last.
	errUnlike = errors.New("it does not look as it did")

	// errReplaced: a link is where a file was, or the other way round.
	errReplaced = errors.New("something else took its place")
)

// hasCopyLocked reports whether what is in the spool under the entry's name is to be the copy of what it has uploaded:
// not opened again, replaced, or deleted meanwhile.
func (e *entry) hasCopyLocked() bool {
	return !e.gone && !e.isLoose() && !e.bare && e.State == list.Success
}

// takeAway removes the spool copy of an uploaded entry if it is what was uploaded: if it looks as it did, or was
// compared just now, and nobody writes it. What took its place is a new drop. The name is guarded, and q.mu is not
// held.
func (q *Queue) takeAway(e *entry, path string, compared bool) (free func(), err error) {
	free, err = q.removeIf(path, func(f spool.Found) error {
		q.mu.Lock()
		link, alike := e.link, e.looksLocked(f.Looks)
		q.mu.Unlock()
		switch {
		case f.Other, f.Link != link:
			return errReplaced
		case link != "":
			return nil
		case !alike:
			return errUnlike
		case f.Fd < 0: // it was read before, and its looks have to do
			return nil
		}
		if written, known := sameness.WrittenFd(f.Fd); written && known {
			return spool.ErrWritten
		}
		if !compared && !sameness.TimesTellFd(f.Fd, f.Looks) {
			return errUnlike
		}
		return nil
	})
	if !errors.Is(err, errReplaced) {
		return free, err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return free, err
	}
	s, other, err := q.spooledAt(path, info)
	if err != nil || other {
		return free, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if e.hasCopyLocked() {
		q.anewLocked(e.name(), s)
	}
	return free, nil
}

// anewLocked makes a drop of what took the place of a copy.
func (q *Queue) anewLocked(name string, found spooled) {
	e := q.newLocked(name)
	q.becomeLocked(e, found)
	q.settleLocked(e)
}
