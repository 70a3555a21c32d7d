package queue

import (
	"hash/maphash"

	"inboxfs/queue/journal"
)

// placeOf stands for the place of an object: a bucket and a key. 0 is no place.
func (q *Queue) placeOf(bucket, key string) uint64 {
	if key == "" {
		return 0
	}
	var h maphash.Hash
	h.SetSeed(q.names.seed)
	for _, s := range []string{bucket, "/", key} {
		_, _ = h.WriteString(s) // never fails
	}
	return max(h.Sum64(), 1)
}

// foresee puts into the rows of files that wait for their upload where their objects will be. So the journal has that as a rule
// before the first byte is sent, at no cost.
func (q *Queue) foresee(rows []journal.Record) {
	for i := range rows {
		r := &rows[i]
		if r.Key != "" || r.VideoID != "" || !waits(r) {
			continue
		}
		if bucket, key, err := q.o.Uploader.Key(r.Name, ID(r.ID)); err == nil {
			r.Bucket, r.Key = bucket, key
		}
	}
}

// foreseen reports whether the row has the key that Key would say at any time: then it need not be kept in memory.
func (q *Queue) foreseen(r *journal.Record) bool {
	bucket, key, err := q.o.Uploader.Key(r.Name, ID(r.ID))
	return err == nil && q.o.Uploader.Lasting() && bucket == r.Bucket && key == r.Key
}

// waits reports whether the row is that of a file whose upload is to come or under way.
func waits(r *journal.Record) bool {
	state, _ := ParseState(r.State)
	return state == Ready || state == Uploading || state == Paused
}

// doubts reports whether a daemon may have sent the file of this row whole, and died before it heard what came of that.
func (r *Recovered) doubts(rec *journal.Record) bool {
	state, _ := ParseState(rec.State)
	return rec.Order > 0 && (!r.meta.Clean || rec.Order <= r.meta.Doubt) && !state.Ended()
}
