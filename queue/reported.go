package queue

import (
	"time"

	"inboxfs/queue/journal"
	"inboxfs/queue/list"
)

// An object that we reported as uploaded is never removed because an upload was called off. As long as its entry is in
// the list that is looked up (uploadedTo). For those that are not any more, the place is remembered, with the names of
// what was uploaded (takenNames): the same bytes, sent again to it shortly after, cannot be told from that object,
// because the server's times are whole seconds and its clock is not ours, and the ETag of equal bytes is the same.

// reportedAround is how long after an upload was reported another's object may look as old.
const reportedAround = 5 * time.Second

// forgetReportedLocked remembers the place of an uploaded entry that goes off the list, if it was uploaded just now, or
// something may have been sent to its place since, or is to be.
func (q *Queue) forgetReportedLocked(e *entry) {
	if e.standing() != list.Success || q.asks {
		return
	}
	now := q.now()
	soon := now.Sub(unixMilli(e.finished)) <= reportedAround
	if !soon && !e.loose && len(q.late)+q.places.Len() == 0 { // as a rule
		return
	}
	t, r := e.aimed(), removal{at: uint32(now.Unix())}
	if t == nil {
		return
	}
	place := q.placeOf(t.bucket, t.key)
	_, late := q.late[place]
	if !soon && !e.loose && !late && !q.places.Any(place, func(*entry) bool { return true }) {
		return
	}
	if known, _ := q.taken.get(place); known != r {
		q.noteTakenLocked(place, r)
		q.taken.due = append(q.taken.due, journal.Taken{Name: place, At: r.at})
	}
}

// mayBeReportedLocked reports whether what is at the place may be an object that was reported, and not what was sent to
// it from since on, in unix ms.
func (q *Queue) mayBeReportedLocked(place uint64, since int64) bool {
	r, ok := q.taken.get(place)
	return ok && time.UnixMilli(since).Sub(time.Unix(int64(r.at), 0)) <= reportedAround
}
