package queue

import (
	"fmt"
	"slices"
)

// moves is every change of state there is; doc.go draws it. An entry begins as Receiving and may be deleted in any
// state; everything else must stand here.
var moves = map[State][]State{
	Receiving: {Ready, Held, Canceled, Failure},
	Ready:     {Uploading, Receiving, Canceled, Success},
	Uploading: {Success, Failure, Ready, Paused, Canceled, Receiving},
	Paused:    {Ready, Receiving, Canceled, Success},
	Success:   {},
	Failure:   {Ready, Receiving, Canceled},
	Canceled:  {Ready, Receiving},
	Held:      {Ready, Receiving, Canceled},
}

// setLocked is the one place where an entry's state changes. It keeps the counts, the heaps and the waiters in step;
// what must be durable first calls it from a journaled change's apply. q.mu is held.
func (q *Queue) setLocked(e *entry, to State) {
	from := e.state
	if from == to {
		return
	}
	if !slices.Contains(moves[from], to) {
		panic(fmt.Sprintf("queue: entry %d may not go from %v to %v", e.id, from, to))
	}
	q.unwakeLocked(e)
	delete(q.behind, e)
	q.notBackLocked(e)
	was := e.underWay()
	q.countLocked(e, -1)
	e.state = to
	q.countLocked(e, +1)
	q.standLocked(e, was)
	if to != Receiving {
		q.parkLocked(e, false)
		q.drainStreamLocked(e)
		e.seal, e.before = nil, 0
	}
	switch to {
	case Ready:
		if !e.tooLate() {
			e.problem = nil
		}
		q.lineUpLocked(e)
	case Uploading:
	default:
		q.outOfLineLocked(e)
	}
	if to == Uploading || to == Paused {
		q.underWay[e] = struct{}{}
	} else {
		delete(q.underWay, e)
	}
	if e.labeled || to.barred() {
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

// parkLocked reports whether a settled drop only waits for its final name.
func (q *Queue) parkLocked(e *entry, parked bool) {
	if e.parked == parked {
		return
	}
	e.parked = parked
	if parked {
		q.parked++
	} else {
		q.parked--
		if !e.loose {
			e.dir.endPlaceholder(e)
		}
	}
	q.noteMediumLocked(e)
}

// countLocked (+1) adds the entry to the sums of its state and to those that stand in it, as the last; (-1) takes it
// out.
func (q *Queue) countLocked(e *entry, n int64) {
	if n > 0 {
		q.packLocked(e)
	}
	c := &q.counts[e.state]
	c.Entries += n
	c.Bytes += n * e.size
	c.Uploaded += n * e.uploaded
	if n > 0 {
		q.standings[e.state].add(e)
	} else {
		q.standings[e.state].take(e)
	}
}

// sentLocked is the one place where it changes how much of an entry has arrived.
func (q *Queue) sentLocked(e *entry, uploaded int64) {
	q.counts[e.state].Uploaded += uploaded - e.uploaded
	e.uploaded = uploaded
}

// resizeLocked is the one place where an entry's size changes.
func (q *Queue) resizeLocked(e *entry, size int64) {
	q.counts[e.state].Bytes += size - e.size
	e.size = size
	q.touchLocked()
}

// touchLocked says that what list, status or queue show has changed.
func (q *Queue) touchLocked() { q.version++ }

// newLocked makes an entry that is being received.
func (q *Queue) newLocked(name string) *entry {
	old := q.tree.get(name)
	if old != nil && old.standing() == Success && q.unmovedLocked(old) {
		old.bare = true // what file there is under the new name is that of the new entry
		q.followLocked(old, old.whose())
	}
	q.nextID++
	e := &entry{id: q.nextID, state: Receiving, timed: -1, ranked: -1, dirty: true, added: q.now().UnixMilli()}
	q.byID[e.id] = e
	q.tree.put(name, e)
	q.incoming.add(e)
	q.countLocked(e, +1)
	q.usedLocked(name)
	q.touchLocked()
	q.noteMediumLocked(e)
	if old != nil && old.standing() == Success {
		q.pieceWentLocked(old)
		q.pieceChangesLocked(name)
	}
	return e
}

// rankLocked gives the entry its place in the order of addition: the last one. A place it had is given up.
func (q *Queue) rankLocked(e *entry) {
	if e.order == 0 {
		q.incoming.take(e)
	} else {
		q.added.take(e)
	}
	q.nextOrder++
	e.order = q.nextOrder
	q.added.add(e)
}

// forgetLocked takes the entry out of the list for good. Its journal row goes with the change that the caller stages,
// and its waiters are the caller's, too: endedLocked, or bequeathLocked.
func (q *Queue) forgetLocked(e *entry) {
	name := e.sentName()
	q.cancelLocked(e)
	q.calledOffLocked(e, name, nil)
	q.keepTakenLocked(e)
	q.forgetReportedLocked(e)
	q.unindexLocked(e)
	q.unplaceLocked(e)
	delete(q.behind, e)
	q.notBackLocked(e)
	e.gone, e.seal = true, nil
	q.abandonLocked(e)
	q.disownLocked(e)
	q.parkLocked(e, false)
	q.unwakeLocked(e)
	q.outOfLineLocked(e)
	q.countLocked(e, -1)
	q.tree.take(e)
	q.aloneLocked(e.name())
	if e.order == 0 {
		q.incoming.take(e)
	} else {
		q.added.take(e)
	}
	delete(q.byID, e.id)
	delete(q.underWay, e)
	q.noteMediumLocked(e)
	q.pieceWentLocked(e)
	q.heirEndedLocked(e)
	q.wentAwayLocked(e, name)
	q.touchLocked()
}
