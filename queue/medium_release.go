package queue

import (
	"context"
	"slices"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/transfer"
)

// releaseBackLocked lets an entry go that is kept back: a playlist with what there is, a file as a video of its own.
func (q *Queue) releaseBackLocked(e *entry) (wait func(context.Context) error, err error) {
	if m := q.mediums.names[e.name()]; m != nil {
		return nil, refuse(transfer.ErrBusy, "release %q: it goes with %q; for that: %s", e.name(), m.e.name(),
			q.way.Do(Release.String(), q.wordLocked(m.e)))
	}
	if m := q.mediums.of[e]; m != nil && len(m.files) > 0 && !slices.ContainsFunc(m.files, q.isThereLocked) {
		return nil, refuse(transfer.ErrBusy, "release %q: none of the files that it names is there to go with it",
			e.name())
	}
	e.trusted = true
	if q.mediums.of[e] != nil { // what it lacks is seen when it is read
		q.unreadLocked(e)
	}
	q.comeForwardLocked(e)
	wait = q.commitLocked(commit.Change{Batch: journal.Batch{Put: []journal.Record{e.record()}}})
	q.scheduleLocked()
	return wait, nil
}
