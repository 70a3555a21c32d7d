package queue

import (
	"context"
	"time"

	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/transfer"
)

// orphanEvery is how often to look for what lost ones left.
const orphanEvery = time.Minute

// Initiating remembers that a multipart upload is about to be begun. nothing is called when the server has refused to.
func (r *run) Initiating(ctx context.Context, bucket, key string) (nothing func(), err error) {
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
	q.nextAbort++
	r.lost = &journal.Abort{N: q.nextAbort, Bucket: bucket, Key: key, Since: q.now().UnixMilli()}
	wait := q.commitLocked(change{abort: []journal.Abort{*r.lost}})
	q.mu.Unlock()
	return r.spare, wait(ctx)
}

// spare says that nothing was begun.
func (r *run) spare() {
	r.q.mu.Lock()
	defer r.q.mu.Unlock()
	r.q.stageLocked(change{aborted: r.foundLocked()})
}

// Lost keeps the row although an id came, which was the answer to another request, or writes it once more.
func (r *run) Lost(bucket, key string, since time.Time) {
	q := r.q
	q.mu.Lock()
	defer q.mu.Unlock()
	if r.lost == nil {
		q.nextAbort++
		r.lost = &journal.Abort{N: q.nextAbort, Bucket: bucket, Key: key, Since: since.UnixMilli()}
		q.stageLocked(change{abort: []journal.Abort{*r.lost}})
	}
	r.orphanedLocked()
}

// orphanedLocked hands an Initiate whose answer never came to who looks for what it left.
func (r *run) orphanedLocked() {
	if r.lost != nil {
		r.q.orphanedLocked(*r.lost)
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

// orphanedLocked hands lost ones to who looks for what they left.
func (q *Queue) orphanedLocked(all ...journal.Abort) {
	q.orphans = append(q.orphans, all...)
	poke(q.orphaned)
}

// runOrphans looks for what lost Initiates left, until ctx ends.
func (q *Queue) runOrphans(ctx context.Context) {
	tick := time.NewTicker(orphanEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-q.orphaned:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		q.mu.Lock()
		todo := q.orphans
		q.orphans = nil
		q.mu.Unlock()
		var left []journal.Abort
		for _, a := range todo {
			if !q.sweepOrphan(ctx, a) {
				left = append(left, a)
			}
		}
		q.mu.Lock()
		q.orphans = append(left, q.orphans...)
		q.mu.Unlock()
	}
}

// sweepOrphan says whether nothing is left of one.
func (q *Queue) sweepOrphan(ctx context.Context, a journal.Abort) bool {
	known := func(id string) bool { return q.hasUpload(a.Key, id) }
	done, err := q.o.Uploader.Sweep(ctx, transfer.Lost{Bucket: a.Bucket, Key: a.Key, Since: time.UnixMilli(a.Since)}, known)
	killpoint.At("orphan: looked for")
	if err != nil && ctx.Err() == nil {
		q.o.Log.Debug("a multipart upload that may have been begun could not be looked for", "key", a.Key, "error", err)
	}
	if done {
		q.mu.Lock()
		q.stageLocked(change{aborted: []uint64{a.N}})
		q.mu.Unlock()
	}
	return done
}
