package queue

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"

	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// placeOf stands for the place of an object: a bucket and a key; always by the same number, as the journal has it, and
// nobody can find two names that have one. It is never 0, which is no place.
func (q *Queue) placeOf(bucket, key string) uint64 {
	var room [256]byte
	b := append(append(append(room[:0], bucket...), '/'), key...)
	sum := sha256.Sum256(b)
	return max(binary.BigEndian.Uint64(sum[:]), 1)
}

// putPlaceLocked is the one place where an entry's place changes. next is where it goes if it cannot go on where it was
// begun. noted: the journal has the place. It keeps the index of rivals in step.
func (q *Queue) putPlaceLocked(e *entry, place, next uint64, noted bool) {
	e.noted = noted && place != 0
	if next == place {
		next = 0
	}
	was, then := e.places()
	if was == place && then == next {
		return
	}
	if was != place {
		q.leavesLocked(e, was)
	}
	for _, old := range []uint64{was, then} {
		q.places.Take(old, e)
		q.unblockLocked(old)
	}
	if e.place = place; then != next {
		e.aim().next = next
	}
	q.places.Add(place, e)
	q.places.Add(next, e)
	if !e.arrived { // else the object is its own
		q.askUnlessMootLocked(e, was)
		q.askUnlessMootLocked(e, then)
	}
}

// unplaceLocked takes the entry away from its rivals.
func (q *Queue) unplaceLocked(e *entry) { q.putPlaceLocked(e, 0, 0, false) }

// places is where the entry's object may come to be.
func (e *entry) places() (place, next uint64) {
	if e.target != nil {
		next = e.target.next
	}
	return e.place, next
}

// dropKeyLocked forgets a key that means nothing any more: the next run makes another.
func (q *Queue) dropKeyLocked(e *entry) {
	if e.target != nil {
		q.retargetLocked(e, func(*target) { e.dropKey() })
	}
	if e.place != 0 {
		_ = q.foreseeLocked(e) // an error is the run's to say
	}
}

// keepKeyLocked has the entry know where it may have been sent, where that was only the place that Key says: the rows
// of what is received have no such place.
func (q *Queue) keepKeyLocked(e *entry) {
	if !e.sent || e.standing() == list.Success || e.target != nil && e.target.key != "" {
		return
	}
	if bucket, key, err := q.o.Uploader.Key(e.sentName(), e.ID); err == nil && key != "" {
		q.sendToLocked(e, bucket, key)
	}
}

// foreseeLocked gives the entry the place that its object will have: the one that it was begun at, or that of its name
// now. Where only the server knows that, one name counts as one place, and so does the video that the entry goes on
// with: what was sent to that under another name may still arrive.
func (q *Queue) foreseeLocked(e *entry) error {
	bucket, key, err := q.o.Uploader.Key(e.name(), e.ID)
	if key == "" {
		key = e.name()
	}
	now := q.placeOf(bucket, key)
	place := now
	if t := e.target; t != nil && t.videoID != "" {
		now = cmp.Or(q.mediums.late[packedID(t.videoID)], now)
	}
	if t := e.target; t != nil && t.key != "" && t.videoID == "" && e.keepsKey() {
		place = q.placeOf(t.bucket, t.key)
	}
	q.putPlaceLocked(e, place, now, e.noted && place == e.place)
	return err
}

// foresee puts into the rows of files that wait for their upload where their objects will be. So the journal has that
// as a rule before the first byte is sent, at no cost.
func (q *Queue) foresee(rows []journal.Record) {
	for i := range rows {
		r := &rows[i]
		if r.Key != "" || r.VideoID != "" || !waits(r) {
			continue
		}
		if bucket, key, err := q.o.Uploader.Key(r.Name, transfer.ID(r.ID)); err == nil {
			r.Bucket, r.Key = bucket, key
		}
	}
}

// foreseen reports whether the row has the key that Key would say at any time: then it need not be kept in memory.
func (q *Queue) foreseen(r *journal.Record) bool {
	bucket, key, err := q.o.Uploader.Key(r.Name, transfer.ID(r.ID))
	return err == nil && q.o.Uploader.Lasting() && bucket == r.Bucket && key == r.Key
}

// waits reports whether the row is that of a file whose upload is to come or under way.
func waits(r *journal.Record) bool {
	state, _ := list.ParseState(r.State)
	return state == list.Ready || state == list.Uploading || state == list.Paused
}

// doubts reports whether a daemon may have sent the file of this row whole, and died before it heard what came of that.
func (r *Recovered) doubts(rec *journal.Record) bool {
	state, _ := list.ParseState(rec.State)
	return rec.Order > 0 && (!r.meta.Clean || rec.Order <= r.meta.Doubt) && !state.Ended()
}
