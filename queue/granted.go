package queue

import (
	"fmt"

	"inboxfs/queue/transfer"
)

// Where a server says for each file where it goes (VOD), its answer must be no other file's: who sends to an address
// twice writes the first file over. An answer is another file's if its video, or its bucket and key, is that of another
// entry, whatever became of that: finished ones count, too, as long as they are listed.

// Holder is the name of the file, another than id, that has the answer, if there is one.
func (q *Queue) Holder(id transfer.ID, g transfer.Granted) (name string, held bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if o := q.holderLocked(q.list.Get(id), g); o != nil {
		return o.name(), true
	}
	return "", false
}

func (q *Queue) holderLocked(e *entry, g transfer.Granted) (holder *entry) {
	another := func(o *entry) bool {
		if o != e {
			holder = o
		}
		return o != e
	}
	if g.VideoID != "" && q.videos.Any(packedID(g.VideoID), another) {
		return holder
	}
	address := q.addressOf(g.Bucket, g.Key)
	if address == 0 || q.addresses.Any(address, another) {
		return holder
	}
	for _, r := range q.sending { // of one that has the answer and has not begun
		if r.granted == address && another(r.e) {
			return holder
		}
	}
	return nil
}

// addressOf is what an entry is found by that goes to this object; 0 where the configuration says where files go.
func (q *Queue) addressOf(bucket, key string) uint64 {
	if !q.asks || key == "" {
		return 0
	}
	return q.placeOf(bucket, key)
}

// takeLocked notes the answer that a run got, unless it is another file's.
func (r *run) takeLocked(g transfer.Granted) error {
	if o := r.q.holderLocked(r.e, g); o != nil {
		return &transfer.Error{Kind: transfer.Final, Code: "UploadAddressInUse",
			Message: fmt.Sprintf("the address that was given for this file is that of #%d %q", o.ID, o.name()),
			Hint:    "ask VOD for an address of each file's own (CreateUploadVideo), then retry"}
	}
	r.granted = r.q.addressOf(g.Bucket, g.Key)
	return nil
}
