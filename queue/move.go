package queue

import "inboxfs/queue/list"

// setLocked is the one place where an entry's state changes. It keeps the counts, the heaps and the waiters in step;
// what must be durable first calls it from a journaled change's apply. q.mu is held.
func (q *Queue) setLocked(e *entry, to list.State) {
	if e.State == to {
		return
	}
	delete(q.behind, e)
	q.notBackLocked(e)
	was, parked := e.underWay(), e.Parked
	q.list.Move(e, to)
	q.packLocked(e)
	q.standLocked(e, was)
	if to != list.Receiving {
		if parked {
			q.unparkedLocked(e)
		}
		q.drainStreamLocked(e)
		e.seal, e.before = nil, 0
	}
	if to == list.Ready && !e.tooLate() {
		e.problem = nil
	}
	if e.labeled || to.Barred() {
		q.labelLaterLocked(e)
	}
	if to.Ended() {
		q.endedLocked(e)
		q.heirEndedLocked(e)
		q.noLongerMootLocked(e)
	}
	q.touchLocked()
	q.stoodLocked(e)
}

// parkLocked notes whether a settled drop only waits for its final name.
func (q *Queue) parkLocked(e *entry, parked bool) {
	switch {
	case !q.list.Park(e, parked):
	case parked:
		q.noteMediumLocked(e)
	default:
		q.unparkedLocked(e)
	}
}

// unparkedLocked follows an entry that does not wait for its final name any more.
func (q *Queue) unparkedLocked(e *entry) {
	if !e.loose {
		e.dir.endPlaceholder(e)
	}
	q.noteMediumLocked(e)
}

// resizeLocked is the one place where an entry's size changes.
func (q *Queue) resizeLocked(e *entry, size int64) {
	q.list.Resize(e, size)
	q.touchLocked()
}

// touchLocked says that what list, status or queue show has changed.
func (q *Queue) touchLocked() { q.version++ }

// newLocked makes an entry that is being received.
func (q *Queue) newLocked(name string) *entry {
	old := q.tree.get(name)
	if old != nil && old.standing() == list.Success && q.unmovedLocked(old) {
		old.bare = true // what file there is under the new name is that of the new entry
		q.followLocked(old, old.whose())
	}
	e := &entry{Item: list.NewItem[*entry](q.list.NextID(), 0, list.Receiving, 0), dirty: true,
		added: q.now().UnixMilli()}
	q.tree.put(name, e)
	q.list.Add(e)
	q.list.Count(e)
	q.usedLocked(name)
	q.touchLocked()
	q.noteMediumLocked(e)
	if old != nil && old.standing() == list.Success {
		q.pieceWentLocked(old)
		q.pieceChangesLocked(name)
	}
	return e
}

// forgetLocked takes the entry out of the list for good. Its journal row goes with the change that the caller stages,
// and its waiters are the caller's, too: endedLocked, or bequeathLocked.
func (q *Queue) forgetLocked(e *entry) {
	name := e.sentName()
	q.cancelLocked(e)
	q.calledOffLocked(e, name, nil)
	q.keepTakenLocked(e)
	q.keepGivenLocked(e)
	q.forgetReportedLocked(e)
	q.unindexLocked(e)
	q.unplaceLocked(e)
	delete(q.behind, e)
	q.notBackLocked(e)
	e.gone, e.seal = true, nil
	q.abandonLocked(e)
	q.disownLocked(e)
	q.parkLocked(e, false)
	q.list.Remove(e)
	q.tree.take(e)
	q.aloneLocked(e.name())
	q.noteMediumLocked(e)
	q.pieceWentLocked(e)
	q.heirEndedLocked(e)
	q.wentAwayLocked(e, name)
	q.touchLocked()
}
