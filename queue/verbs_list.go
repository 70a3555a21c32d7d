package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"inboxfs/queue/commit"
	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// delete removes an entry and its spool copy (deleteFile). A file that was added by reference is not touched.
func (q *Queue) delete(ctx context.Context, id transfer.ID) error {
	var ev *eventlog.Event
	err := q.discard(id, func(e *entry) { ev = q.event("OnFileDeleted", e) })
	if err != nil {
		return err
	}
	q.mu.Lock()
	wait := q.commitLocked(commit.Change{Batch: journal.Batch{Delete: []uint64{uint64(id)},
		DropParts: []uint64{uint64(id)}}, Event: ev})
	q.scheduleLocked()
	q.mu.Unlock()
	killpoint.At("delete: staged")
	return wait(ctx)
}

// discard unlinks an entry's spool copy and forgets the entry. The file goes first: were the journal row gone and the
// file not, the next start would take it for a new drop. The caller stages the row.
func (q *Queue) discard(id transfer.ID, before func(*entry)) error {
	q.mu.Lock()
	e, err := q.byIDLocked(id)
	if err != nil {
		q.mu.Unlock()
		return err
	}
	unlock := q.guardEntryLocked(e)
	free := func() {}
	defer func() {
		q.mu.Unlock()
		unlock()
		free()
	}()
	if e.gone {
		return refuse(transfer.ErrNoEntry, "#%d is not in the list", id)
	}
	q.cancelLocked(e) // should the file stay after all, the run's end puts it back in line
	if e.inInbox() && !e.isLoose() && !e.bare {
		path := q.spoolPath(e.name())
		q.mu.Unlock()
		free, err = q.remove(path)
		q.mu.Lock()
		if problem := (*transfer.Error)(nil); errors.As(err, &problem) {
			return refuse(transfer.ErrInvalid, "%q stays: %s", e.name(), problem.Message)
		}
		if err != nil {
			return &transfer.Error{Code: "RemoveFailed", Message: err.Error(), Hint: "nothing was deleted", Err: err}
		}
		killpoint.At("delete: file gone")
		if e.standing() == list.Success && e.goes {
			q.tookLocked(e) // it was to go in that moment anyway
		}
		q.emptiedLocked(path)
	}
	if !e.gone {
		before(e)
		q.forgetLocked(e)
		q.endedLocked(e)
	}
	return nil
}

// Clear stops, aborts and empties list and spool (clearFiles), and says how many entries went.
func (q *Queue) Clear(ctx context.Context) (int, error) {
	if err := q.Do(ctx, Stop); err != nil {
		return 0, err
	}
	q.mu.Lock()
	ids := q.idsLocked()
	q.mu.Unlock()
	var failed error
	var more int
	var cleared []uint64
	for _, id := range ids {
		switch err := q.discard(id, func(*entry) {}); {
		case err == nil:
			cleared = append(cleared, uint64(id))
		case errors.Is(err, transfer.ErrNoEntry):
		case failed == nil:
			failed = err
		default:
			more++
		}
	}
	if more > 0 {
		failed = fmt.Errorf("%w; and %d more", failed, more)
	}
	return len(cleared), errors.Join(failed, q.cleared(ctx, cleared))
}

// ClearFinished drops the uploaded entries from the list and says how many there were. One whose copy is still in the
// inbox stays: the list is what tells it from a new drop.
func (q *Queue) ClearFinished(ctx context.Context) (int, error) {
	q.sweepFiles()
	q.mu.Lock()
	err := q.openLocked()
	all := q.idsLocked()
	q.mu.Unlock()
	if err != nil {
		return 0, err
	}
	var cleared []uint64
	for some := range slices.Chunk(all, q.bits.locked) { // others want the lock, too
		q.mu.Lock()
		for _, id := range some {
			e := q.list.Get(id)
			if e != nil && e.State == list.Success && (!e.inInbox() || e.isLoose() || e.bare) &&
				!q.neededByMediumLocked(e) {
				cleared = append(cleared, uint64(id))
				q.forgetLocked(e)
			}
		}
		q.mu.Unlock()
	}
	return len(cleared), q.cleared(ctx, cleared, attrString("only", list.Success.String()))
}

// idsLocked is the ids of all entries.
func (q *Queue) idsLocked() []transfer.ID {
	ids := make([]transfer.ID, 0, q.list.Len())
	for e := range q.list.All() {
		ids = append(ids, e.ID)
	}
	return ids
}

// cleared removes the rows of entries that went together, and says so.
func (q *Queue) cleared(ctx context.Context, ids []uint64, attrs ...attr) error {
	q.mu.Lock()
	attrs = append([]attr{attrInt("files", int64(len(ids)))}, attrs...)
	wait := q.commitLocked(commit.Change{Batch: journal.Batch{Delete: ids, DropParts: ids,
		Aborted: q.aborts.ForgetGiven()}, Event: q.event("OnListCleared", nil, attrs...)})
	q.scheduleLocked()
	q.mu.Unlock()
	return wait(ctx)
}
