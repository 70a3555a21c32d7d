package queue

import (
	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// What VOD made for a file that does not go there any more is removed: the file was deleted, renamed or overwritten, or
// is a picture, whose credentials cannot be had again. The order is in the journal until VOD has done it: an Abort with
// a VideoID and without an UploadID.
//
//	Created(reference) --row--> CreateUploadVideo --answer--> Created(video id) --row--> ...
//	                               \--killed, lost--> the row has the reference: VOD finds by it what it made

// shownVideo is the id that VOD gave, of the file or of what it is a piece of; "" as long as there is none.
func shownVideo(videoID string) string {
	if _, maybe := transfer.Reference(videoID); maybe {
		return ""
	}
	if whole, piece := transfer.Whole(videoID); piece {
		return whole
	}
	return videoID
}

// disownLocked has what VOD made for the entry removed, which the entry forgets. A run that still winds down may send
// to it, so that waits for its end.
func (q *Queue) disownLocked(e *entry) {
	t := e.target
	if t == nil || t.videoID == "" || e.standing() == list.Success {
		return
	}
	if _, piece := transfer.Whole(t.videoID); piece {
		return
	}
	key := t.key
	if key == "" {
		key = e.name()
	}
	left := q.hasPiecesLocked(t.videoID) || q.mediums.sending[t.videoID] > 0 || q.isVideoLateLocked(t.videoID)
	r := e.run
	if late := q.late[e.place].run; r == nil && late != nil && late.e == e {
		r = late
	}
	if left && r != nil && r.video == "" {
		r.sendsPieceLocked(t.videoID)
	}
	q.disownMediaLocked(r, t.videoID, key, left)
}

// disownMediaLocked has VOD remove what it made, when r, unless it is nil, has ended. left: there are pieces of it, or
// a request that may still bring some.
func (q *Queue) disownMediaLocked(r *run, videoID, key string, left bool) {
	q.nextAbort++
	a := journal.Abort{N: q.nextAbort, Key: key, VideoID: videoID}
	q.stageLocked(commit.Change{Batch: journal.Batch{Abort: []journal.Abort{a}}})
	killpoint.At("media: disowned")
	switch {
	case left:
		q.leaveVideoLocked(a)
	case r != nil:
		r.left = append(r.left, a)
	default:
		q.abortLocked(a)
	}
}

// isMedia reports whether an order is to remove what VOD made, not only the parts that it was sent.
func isMedia(a journal.Abort) bool { return a.UploadID == "" && a.VideoID != "" }

// due says why an order is not to be carried out now, as the video has been taken up since for instance; nil: it is.
func (q *Queue) due(a journal.Abort) error {
	switch {
	case !isMedia(a) && q.hasUpload(a.Key, a.UploadID):
		return errNeeded
	case !isMedia(a):
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.mediums.left[a.VideoID]
	if l != nil && l.order.N != a.N {
		l = nil
	}
	switch {
	case q.videos.Any(packedID(a.VideoID), func(*entry) bool { return true }):
		if l != nil {
			delete(q.mediums.left, a.VideoID)
		}
		return errNeeded
	case l != nil:
		return q.dueLeftLocked(l)
	}
	return nil
}
