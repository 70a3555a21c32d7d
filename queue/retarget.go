package queue

import (
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// retargetLocked is the one place where it changes where an entry goes. It keeps the indexes in step, by which abort
// and orphan ask who has a video or a multipart upload.
func (q *Queue) retargetLocked(e *entry, change func(t *target)) {
	q.unindexLocked(e)
	change(e.aim())
	q.indexLocked(e)
}

// sendToLocked notes where the entry's object goes.
func (q *Queue) sendToLocked(e *entry, bucket, key string) {
	if t := e.aim(); t.bucket != bucket || t.key != key {
		q.retargetLocked(e, func(t *target) { t.bucket, t.key = bucket, key })
	}
}

// untargetLocked forgets where the entry was to go.
func (q *Queue) untargetLocked(e *entry) {
	q.disownLocked(e)
	q.putPlaceLocked(e, e.place, 0, e.noted)
	q.unindexLocked(e)
	e.target = nil
}

// packLocked makes a receipt of the target of an entry that is uploaded.
func (q *Queue) packLocked(e *entry) {
	if e.State == list.Success && e.target != nil {
		q.unindexLocked(e)
		e.receipt, e.target = e.target.receipt(), nil
		q.indexLocked(e)
	}
}

func (q *Queue) indexLocked(e *entry) {
	if e.gone {
		return
	}
	uploadID, video := e.ids()
	q.uploads.Add(uploadID, e)
	if whole, piece := transfer.Whole(video); piece {
		q.mediums.pieces.Add(whole, e)
	} else {
		q.videos.Add(video, e)
	}
	q.addresses.Add(q.addressLocked(e), e)
}

func (q *Queue) unindexLocked(e *entry) {
	uploadID, video := e.ids()
	q.uploads.Take(uploadID, e)
	if whole, piece := transfer.Whole(video); piece {
		q.mediums.pieces.Take(whole, e)
	} else {
		q.videos.Take(video, e)
	}
	q.addresses.Take(q.addressLocked(e), e)
}

// ids is what the entry is found by: the id of its multipart upload, and that of its video as a receipt has it.
func (e *entry) ids() (uploadID, video string) {
	switch {
	case e.target != nil:
		return e.target.uploadID, packedID(e.target.videoID)
	case e.receipt != "":
		return "", e.receipt.video()
	}
	return "", ""
}

// addressLocked is what the entry is found by that goes, or went, to the place that a server said.
func (q *Queue) addressLocked(e *entry) uint64 {
	if !q.asks {
		return 0
	}
	if t := e.aimed(); t != nil {
		return q.addressOf(t.bucket, t.key)
	}
	return 0
}

// hasVideo reports whether an upload of that video is under way again, or is over. VOD aborts all that there is of one.
func (q *Queue) hasVideo(videoID string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.videos.Any(packedID(videoID), func(e *entry) bool {
		return e.target == nil || e.target.uploadID != "" || e.run != nil || e.standing() == list.Success
	})
}

// hasUpload reports whether a multipart upload is one that the queue knows and goes on with.
func (q *Queue) hasUpload(key, id string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.uploads.Any(id, func(e *entry) bool { return e.target.key == key })
}
