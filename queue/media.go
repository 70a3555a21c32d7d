package queue

import (
	"slices"

	"inboxfs/queue/abort"
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

// questionLocked notes that the run asks for a picture or the like, which has no name, or that the answer has come:
// then an order to tell of what may have been made for it is none any more.
func (q *Queue) questionLocked(r *run, videoID string) (answered []uint64) {
	if transfer.Asked(videoID) {
		r.asked = videoID
		return nil
	}
	r.left = slices.DeleteFunc(r.left, func(a abort.Order) bool {
		if a.VideoID == "" || a.VideoID != r.asked {
			return false
		}
		answered = append(answered, a.N)
		return true
	})
	return answered
}

// disownMediaLocked has VOD remove what it made, when r, unless it is nil, has ended. left: there are pieces of it, or
// a request that may still bring some.
func (q *Queue) disownMediaLocked(r *run, videoID, key string, left bool) {
	a := q.aborts.Number(abort.Order{Key: key, VideoID: videoID})
	q.stageLocked(commit.Change{Batch: journal.Batch{Abort: []abort.Order{a}}})
	killpoint.At("media: disowned")
	switch {
	case left:
		q.leaveVideoLocked(a)
	case r != nil:
		r.left = append(r.left, a)
	default:
		q.aborts.Add(a)
	}
}

// due says why an order is not to be carried out now, as the video has been taken up since for instance; nil: it is.
func (q *Queue) due(a abort.Order) error {
	switch {
	case !abort.IsMedia(a) && q.hasUpload(a.Key, a.UploadID):
		return abort.ErrNeeded
	case !abort.IsMedia(a):
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
		return abort.ErrNeeded
	case l != nil:
		return q.dueLeftLocked(l)
	}
	return nil
}
