package queue

import (
	"errors"
	"time"

	"inboxfs/queue/killpoint"
	"inboxfs/queue/spool"
)

const staysHint = "the log of inboxfs says why; give its folder back to the user that inboxfs runs as, " +
	"with the right to write"

// letGoLocked has the spool copy of an uploaded entry removed, now that its success is durable, if it was uploaded to
// be removed: a copy that was kept stays, whatever the configuration says since. q.mu is held.
func (q *Queue) letGoLocked(e *entry) {
	if !e.goes || !e.inInbox() || e.isLoose() || e.bare {
		return
	}
	q.leaving = append(q.leaving, e)
	q.sweepWake.Ring()
}

// runSweeper removes what uploads leave behind: spool copies at once, emptied folders when the tree they belong to has
// been quiet for a while, since whoever copies a tree comes back to its folders.
func (q *Queue) runSweeper(stop <-chan struct{}) {
	tick := time.NewTicker(folderSweep)
	defer tick.Stop()
	for {
		select {
		case <-q.sweepWake:
		case <-tick.C:
			q.sweepFolders()
			q.sweepAgain()
		case <-stop:
			q.sweepFiles()
			return
		}
		q.sweepFiles()
	}
}

// sweepFiles removes the spool copies that are to go, and returns when all are gone.
func (q *Queue) sweepFiles() {
	q.sweeping.Lock()
	defer q.sweeping.Unlock()
	for {
		q.mu.Lock()
		if len(q.leaving) == 0 {
			q.leaving = nil
			q.mu.Unlock()
			return
		}
		e := q.leaving[0]
		q.leaving[0] = nil
		q.leaving = q.leaving[1:]
		q.mu.Unlock()
		q.sweepFile(e, false)
	}
}

// sweepFile removes the spool copy of an uploaded entry if it is what was uploaded: if that was compared, or it looks
// so. Queue.sweeping is held.
func (q *Queue) sweepFile(e *entry, compared bool) {
	q.mu.Lock()
	unlock := q.guardEntryLocked(e)
	current := e.hasCopyLocked() && e.goes
	if !e.goes && e.hasCopyLocked() { // it could not be compared when its turn came
		q.compareLocked(e)
	}
	path := q.spoolPath(e.name())
	q.mu.Unlock()
	free := func() {}
	if current {
		killpoint.At("spool copy: to be removed")
		var err error
		free, err = q.takeAway(e, path, compared)
		killpoint.At("spool copy: removed")
		q.mu.Lock()
		if e.bare = err == nil; e.bare {
			q.tookLocked(e)
			q.pieceWentLocked(e)
		}
		switch {
		case errors.Is(err, errUnlike):
			q.compareLocked(e)
		case err != nil:
			q.staying = append(q.staying, e)
		}
		said := e.stays || errors.Is(err, errUnlike) || errors.Is(err, spool.ErrWritten)
		e.stays = err != nil
		q.touchLocked()
		q.emptiedLocked(path)
		q.mu.Unlock()
		if err != nil && !said {
			q.o.Log.Error("the spool copy of an uploaded file cannot be removed; trying again", "path", path, "error",
				err)
		}
	}
	unlock()
	free()
}

// sweepAgain has the spool copies removed that could not be when their turn came, on a disk that is read-only for
// instance.
func (q *Queue) sweepAgain() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.leaving = append(q.leaving, q.staying...)
	q.staying = nil
}
