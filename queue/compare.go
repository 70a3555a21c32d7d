package queue

import (
	"errors"
	"io"
	"io/fs"

	"inboxfs/queue/sameness"
	"inboxfs/queue/upload/ecma"
	"inboxfs/queue/wake"
)

// A spool copy of an uploaded file that does not look as it did may be another content: edited in the spool, or put
// there, with the size and the time of what was uploaded. Its CRC-64 is compared with the object's before it goes, or
// stays as what was uploaded.

// compareLocked has that done.
func (q *Queue) compareLocked(e *entry) {
	q.unlike = append(q.unlike, e)
	q.compareWake.Ring()
}

// runComparer compares one copy after another, until stop is closed. The others are compared after the next start.
func (q *Queue) runComparer(stop <-chan struct{}) {
	for {
		select {
		case <-q.compareWake:
		case <-stop:
			return
		}
		for e := q.nextUnlike(); e != nil && !wake.Closed(stop); e = q.nextUnlike() {
			q.compare(e, stop)
		}
	}
}

func (q *Queue) nextUnlike() *entry {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.unlike) == 0 {
		return nil
	}
	e := q.unlike[0]
	q.unlike[0] = nil
	q.unlike = q.unlike[1:]
	return e
}

// compare reads a copy. Another content is a new drop.
func (q *Queue) compare(e *entry, stop <-chan struct{}) {
	q.mu.Lock()
	name, t, size := e.name(), e.aimed(), e.Size
	current := e.hasCopyLocked() && e.link == ""
	q.mu.Unlock()
	if !current {
		return
	}
	found, crc, err := q.read(name, size, stop)
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	// opened again, renamed, deleted meanwhile; or it is late
	case !e.hasCopyLocked() || e.name() != name || wake.Closed(stop):
	case errors.Is(err, fs.ErrNotExist):
		q.bareLocked(e)
	case err != nil:
		q.o.Log.Warn("the spool copy of an uploaded file cannot be compared with that; trying again", "file", name,
			"error", err)
		q.staying = append(q.staying, e)
	case t != nil && t.hasCRC && found.info.Size() == size && crc == t.crc64:
		e.sawLocked(sameness.Of(found.info))
		q.stageRowLocked(e)
		if e.goes {
			q.mu.Unlock()
			q.sweeping.Lock()
			q.sweepFile(e, true)
			q.sweeping.Unlock()
			q.mu.Lock()
		}
	default:
		q.o.Log.Warn("a file in the spool is not what was uploaded under its name; it is a new drop", "file", name)
		q.anewLocked(name, found)
	}
}

// read computes the CRC64 of a drop, of one of another size than expected none. What it finds is how that looked
// before: should it change meanwhile, it does not look so any more. Whether somebody writes it is asked before it goes,
// and before it is sent.
func (q *Queue) read(name string, size int64, stop <-chan struct{}) (found spooled, crc uint64, err error) {
	f, err := q.openDrop(name)
	if err != nil {
		return found, 0, err
	}
	defer f.Close() // opened to be read
	found.name = name
	if found.info, err = f.Stat(); err != nil || found.info.Size() != size || !found.info.Mode().IsRegular() {
		return found, 0, err
	}
	buf := make([]byte, 256<<10)
	for !wake.Closed(stop) {
		n, err := f.Read(buf)
		crc = ecma.Update(crc, buf[:n])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return found, 0, err
		}
	}
	return found, crc, nil
}
