package queue

import (
	"context"
	"errors"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
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
	q.nextAbort++
	r.lost = &journal.Abort{N: q.nextAbort, Bucket: at.Bucket, Key: at.Key, Of: at.VideoID, Since: q.now().UnixMilli()}
	wait := q.commitLocked(commit.Change{Batch: journal.Batch{Abort: []journal.Abort{*r.lost}}})
	q.mu.Unlock()
	return r.spare, wait(ctx)
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
		q.nextAbort++
		r.lost = &journal.Abort{N: q.nextAbort, Bucket: at.Bucket, Key: at.Key, Of: at.VideoID,
			Since: at.Since.UnixMilli()}
		q.stageLocked(commit.Change{Batch: journal.Batch{Abort: []journal.Abort{*r.lost}}})
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
	q.orphaned.Ring()
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
		q.sweepOrphans(ctx)
	}
}

func (q *Queue) sweepOrphans(ctx context.Context) {
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

// sweepOrphan reports whether one need not be looked for again in this life.
func (q *Queue) sweepOrphan(ctx context.Context, a journal.Abort) bool {
	if a.Of != "" && q.sendsTo(a.Of) {
		return false
	}
	known := func(id string) bool { return q.hasUpload(a.Key, id) }
	lost := transfer.Lost{Bucket: a.Bucket, Key: a.Key, VideoID: a.Of, Since: time.UnixMilli(a.Since)}
	done, err := q.o.Uploader.Sweep(ctx, lost, known)
	killpoint.At("orphan: looked for")
	switch {
	case errors.Is(err, transfer.ErrElsewhere): // the journal has it
		q.o.Log.Warn("a multipart upload that may have been begun is left until inboxfs runs as it did then",
			"bucket", a.Bucket, "key", a.Key, "video_id", a.Of)
		return true
	case q.stays(a, err):
		return true
	case err != nil && ctx.Err() == nil:
		q.o.Log.Debug("a multipart upload that may have been begun could not be looked for", "key", a.Key, "error", err)
	}
	if done {
		q.mu.Lock()
		q.stageLocked(commit.Change{Batch: journal.Batch{Aborted: []uint64{a.N}}})
		q.mu.Unlock()
	}
	return done
}

// sendsTo reports whether something is still to be sent to the place of a video.
func (q *Queue) sendsTo(videoID string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	whole, on := shownVideo(videoID), func(e *entry) bool { return e.target != nil && e.standing() != list.Success }
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
