package queue

import (
	"fmt"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// Rivals are entries whose objects have the same place, a bucket and a key: a reference and a drop of one name, names
// that were given different prefixes, what got its key from an older configuration. One place has one order, that of
// addition: what was added later wins, in whatever state the older one is.
//
//	a rival                      then
//	sends, or may still send     an entry waits for the end of that run, and of its stragglers
//	is newer, and under way      an older one waits for what becomes of it
//	is newer, and is uploaded    an older one is canceled, for good: Replaced
//
// An older one whose turn comes before goes before. When it waits for its next try, the newer one overtakes it.
//
// Without Options.Replace the first that is stored wins, by the server's judgement, and only the first line holds.

// codeReplaced is the code of an entry that a rival has replaced. It is uploaded only with new content, or under
// another name.
const codeReplaced = "Replaced"

// after reports whether e was added later than o. What was never added came when its entry did.
func (e *entry) after(o *entry) bool {
	if e.Order != 0 && o.Order != 0 {
		return e.Order > o.Order
	}
	return e.ID > o.ID
}

// pending reports whether the entry's upload is to come, or under way.
func (e *entry) pending() bool {
	return !e.arrived && (e.State == list.Ready || e.State == list.Uploading || e.State == list.Paused)
}

// underWay reports whether the entry's upload has begun, and not ended.
func (e *entry) underWay() bool { return e.pending() && e.State != list.Ready }

// replaced reports whether a rival has replaced the entry.
func (e *entry) replaced() bool { return e.problem != nil && e.problem.Code == codeReplaced }

// blockedLocked reports whether the entry has to wait for a run that may still send something to the same place, or for
// a newer rival.
func (q *Queue) blockedLocked(e *entry) bool {
	if e.run != nil {
		return true
	}
	place, next := e.places()
	for _, p := range []uint64{place, next} {
		if q.sending[p] != nil || q.straggledLocked(p, e) {
			return true
		}
		if q.o.Replace && q.places.Any(p, func(o *entry) bool { return o != e && o.underWay() && o.after(e) }) {
			return true
		}
	}
	return false
}

// unblockLocked puts those back in line that were passed over and have that place: they are looked at again.
func (q *Queue) unblockLocked(place uint64) {
	if len(q.behind) == 0 {
		return
	}
	for _, e := range q.places.Others(place, nil) {
		q.lineUpAgainLocked(e)
	}
}

// lineUpAgainLocked puts an entry back in line that was passed over.
func (q *Queue) lineUpAgainLocked(e *entry) {
	if _, passed := q.behind[e]; passed {
		delete(q.behind, e)
		q.list.LineUp(e)
	}
}

// replaceLocked ends the older rivals of an entry that is uploaded, and returns their rows. They go to the journal with
// that of the entry: a kill in between must not let an older one go on.
func (q *Queue) replaceLocked(e *entry, bucket, key string) (rows []journal.Record) {
	if !q.o.Replace {
		return nil
	}
	place := q.placeOf(bucket, key)
	for _, o := range q.places.Others(place, e) {
		if q.unmovedLocked(o) { // it is to follow its folder to another place
			q.followLocked(o, o.whose())
		}
		if at, next := o.places(); e.after(o) && (at == place || next == place) && q.replacedByLocked(o, e, key) {
			rows = append(rows, o.record())
		}
	}
	return rows
}

// replacedByLocked ends an older rival. It reports whether it has ended.
func (q *Queue) replacedByLocked(o, e *entry, key string) bool {
	q.cancelLocked(o)
	// what was sent of it to another place stays there
	if t := e.aimed(); t != nil && o.place != q.placeOf(t.bucket, key) {
		q.calledOffLocked(o, o.sentName(), o)
	}
	q.abandonLocked(o)
	q.untargetLocked(o)
	o.sent, o.begun = false, false
	o.wrote(o.doubt(), o.ending())
	o.problem = &transfer.Error{Code: codeReplaced,
		Message: fmt.Sprintf("#%d %q came later and has the same object: %s", e.ID, e.name(), key),
		Hint:    "it is not sent any more: drop or add it again if it is to replace that, or delete it"}
	q.unplaceLocked(o)
	if o.writers > 0 && o.State == list.Receiving {
		return false // it may get new content; if not, see unchangedLocked
	}
	q.supersedeLocked(o)
	return true
}

// lateLocked ends an entry whose name a newer one has, which was uploaded to its place before that was foreseen: on
// another day.
func (q *Queue) lateLocked(e *entry) bool {
	if !q.o.Replace || !e.loose {
		return false
	}
	n := q.tree.get(e.name())
	if n == nil || n == e || n.standing() != list.Success || !n.after(e) {
		return false
	}
	t := n.aimed()
	if q.placeOf(t.bucket, t.key) != e.place {
		return false
	}
	q.replacedByLocked(e, n, t.key)
	q.stageRowLocked(e)
	return true
}

// replaceRestoredLocked ends those whose key by the configuration of today is one to which a newer entry was uploaded.
func (q *Queue) replaceRestoredLocked(records []journal.Record) {
	for i := range records {
		rec := &records[i]
		if q.places.Len() == 0 {
			return
		}
		if e := q.list.Get(transfer.ID(rec.ID)); rec.State == list.Success.String() && rec.VideoID == "" && e != nil {
			if rows := q.replaceLocked(e, rec.Bucket, rec.Key); len(rows) > 0 {
				q.stageLocked(commit.Change{Batch: journal.Batch{Put: rows}})
			}
		}
	}
}

// supersedeLocked cancels an entry that was replaced, and what was sent ahead of it since. The caller stages its row.
func (q *Queue) supersedeLocked(e *entry) {
	q.cancelLocked(e)
	q.abandonLocked(e)
	q.untargetLocked(e)
	if e.State == list.Canceled {
		q.touchLocked()
		return
	}
	e.addedAlready()
	q.setLocked(e, list.Canceled)
	q.stageLocked(commit.Change{Event: q.event("OnUploadCanceled", e, attrString("code", e.problem.Code),
		attrString("message", e.problem.Message))})
}

// standLocked follows an entry into another state: what it kept from its rivals while it was under way, it keeps no
// longer. An entry that ended before its upload began is a rival, too.
func (q *Queue) standLocked(e *entry, wasUnderWay bool) {
	switch {
	case e.State == list.Success:
		q.unplaceLocked(e)
	case e.place == 0 && e.State != list.Receiving && !e.replaced():
		_ = q.foreseeLocked(e) // an error is the run's to say
	}
	e.noted = e.noted && e.pending() // the rows of others have no key
	if wasUnderWay && !e.underWay() {
		place, next := e.places()
		q.unblockLocked(place)
		q.unblockLocked(next)
	}
}
