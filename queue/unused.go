package queue

import (
	"cmp"
	"errors"
	"slices"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/transfer"
)

// What VOD keeps although no file uses it any more, as whoever inboxfs asks may not remove it, is told once
// (OnMediaUnused) and remembered:
//
//	ErrNotOurs     somebody else had it made (mode vod-auth), or has the only leave to abort what was sent to it, or to
//	               look for what was begun there and never heard of (orphan.go), of a video that is used, too
//	a Final error  the right to remove it is missing
//
// It is tried again at each start, as there may be other rights by then, and when the video is given for a file again.
// Then it is used.

// unused is what is remembered of that in this life.
type unused struct {
	of    map[string][]journal.Abort // by video id
	count int                        // of the orders in it
}

// unusedMost bounds what is remembered of that. What comes later is told, and not tried again.
const unusedMost = 10_000

// stays reports whether an order that ended with err is not to be tried again in this life, and tells of it.
func (q *Queue) stays(a journal.Abort, err error) bool {
	var e *transfer.Error
	video, given := cmp.Or(a.VideoID, shownVideo(a.Of)), errors.Is(err, transfer.ErrNotOurs)
	if !given && !((isMedia(a) || a.Of != "") && errors.As(err, &e) && e.Kind == transfer.Final) {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	var ch commit.Change
	told := a.Told
	a.Told, a.Given = true, a.Given || given
	u := &q.unused
	if a.Of != "" && slices.ContainsFunc(u.of[video], isMedia) { // it goes with its video
		q.stageLocked(commit.Change{Batch: journal.Batch{Aborted: []uint64{a.N}}})
		return true
	}
	if u.count < unusedMost {
		if u.of == nil {
			u.of = make(map[string][]journal.Abort)
		}
		u.of[video] = append(u.of[video], a)
		u.count++
		ch.Abort = []journal.Abort{a}
	} else {
		ch.Aborted = []uint64{a.N}
	}
	if told {
		return true
	}
	says := err.Error()
	if given && errors.As(err, &e) {
		says = e.Message
	}
	attrs := []attr{attrString("video_id", shownVideo(video)), attrString("key", a.Key)}
	upload := a.UploadID
	if a.Of != "" {
		upload = "unknown" // who removes what is named must not take the video for that
	}
	if upload != "" {
		attrs = append(attrs, attrString("upload_id", upload))
	}
	ch.Event = q.event("OnMediaUnused", nil, append(attrs, attrString("message", says))...)
	q.stageLocked(ch)
	q.touchLocked()
	q.o.Log.Warn("VOD keeps what is not used any more", "video_id", video, "key", a.Key, "upload_id", upload, "error",
		err)
	return true
}

// takenUpLocked forgets that a video is not used, as it was given for a file again. What else was sent to it can be
// aborted with what was given.
func (q *Queue) takenUpLocked(videoID string) (aborted []uint64) {
	for _, a := range q.unused.of[videoID] {
		switch q.unused.count--; {
		case isMedia(a):
			aborted = append(aborted, a.N)
		case a.Of != "":
			q.orphanedLocked(a)
		default:
			q.abortLocked(a)
		}
	}
	delete(q.unused.of, videoID)
	return aborted
}

// forgetUnusedLocked drops what somebody else has to remove, and was told of.
func (q *Queue) forgetUnusedLocked() (aborted []uint64) {
	for videoID, all := range q.unused.of {
		for _, a := range all {
			if all[0].Given { // then all are
				aborted = append(aborted, a.N)
			}
		}
		if all[0].Given {
			q.unused.count -= len(all)
			delete(q.unused.of, videoID)
		}
	}
	return aborted
}
