package queue

import (
	"context"
	"time"

	"inboxfs/queue/abort"
	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// Initiating remembers that a multipart upload is about to be begun. nothing is called when the server has refused to.
func (r *run) Initiating(ctx context.Context, at transfer.Lost) (nothing func(), err error) {
	q := r.q
	q.mu.Lock()
	if r.staleLocked() {
		q.mu.Unlock()
		return nil, context.Canceled
	}
	if r.lost != nil { // it is made again
		q.mu.Unlock()
		return r.spare, nil
	}
	wait := q.commitLocked(commit.Change{Batch: journal.Batch{Abort: r.lostLocked(at, q.now())}})
	q.mu.Unlock()
	return r.spare, wait(ctx)
}

// lostLocked is the row of a multipart upload that may be begun since then.
func (r *run) lostLocked(at transfer.Lost, since time.Time) []abort.Order {
	o := r.q.aborts.Number(abort.Order{Bucket: at.Bucket, Key: at.Key, Of: at.VideoID, Since: since.UnixMilli()})
	r.lost = &o
	return []abort.Order{o}
}

// spare says that nothing was begun.
func (r *run) spare() {
	r.q.mu.Lock()
	defer r.q.mu.Unlock()
	r.q.stageLocked(commit.Change{Batch: journal.Batch{Aborted: r.foundLocked()}})
}

// Lost keeps the row although an id came, which was the answer to another request, or writes it once more.
func (r *run) Lost(at transfer.Lost) {
	q := r.q
	q.mu.Lock()
	defer q.mu.Unlock()
	if r.lost == nil {
		q.stageLocked(commit.Change{Batch: journal.Batch{Abort: r.lostLocked(at, at.Since)}})
	}
	r.orphanedLocked()
}

// orphanedLocked hands an Initiate whose answer never came to who looks for what it left.
func (r *run) orphanedLocked() {
	if r.lost != nil {
		r.q.aborts.Add(*r.lost)
	}
	r.lost = nil
}

// foundLocked is the row that says that an Initiate may be lost, now that it is known what became of it.
func (r *run) foundLocked() (aborted []uint64) {
	if r.lost != nil {
		aborted = []uint64{r.lost.N}
	}
	r.lost = nil
	return aborted
}

// sendsTo reports whether something is still to be sent to the place of a video.
func (q *Queue) sendsTo(videoID string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	whole, on := transfer.Shown(videoID), func(e *entry) bool { return e.target != nil && e.standing() != list.Success }
	if q.mediums.sending[whole] > 0 || q.videos.Any(packedID(whole), on) {
		return true
	}
	for e := range q.mediums.pieces[whole] {
		if on(e) {
			return true
		}
	}
	return false
}
