package queue

import (
	"errors"
	"strings"

	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
)

// What VOD made for a file that does not go there any more is removed: the file was deleted, renamed or overwritten, or
// is a picture, whose credentials cannot be had again. The order is in the journal until VOD has done it: an Abort with
// a VideoID and without an UploadID.
//
//	Created(reference) --row--> CreateUploadVideo --answer--> Created(video id) --row--> ...
//	                               \--killed, lost--> the row has the reference: VOD finds by it what it made

// ErrNotOurs says that what is left was made by somebody else, who has to remove it (unused.go).
var ErrNotOurs = errors.New("whoever made it has to remove it")

const byName = "ref:"

// ByReference is the VideoID of a video that may have been made, and is known by a name of ours.
func ByReference(name string) string { return byName + name }

// Reference is the inverse of ByReference; ok is false for an id of VOD's.
func Reference(videoID string) (name string, ok bool) { return strings.CutPrefix(videoID, byName) }

const byWhole = journal.PieceOf

// PieceOf is the VideoID of a file that is a piece of a video, and not the video: a segment of a playlist. It has an
// object, beside that of the playlist, and nothing else of its own at VOD.
func PieceOf(videoID string) string { return byWhole + videoID }

// Whole is the inverse of PieceOf; ok is false for an id of VOD's.
func Whole(videoID string) (whole string, ok bool) { return strings.CutPrefix(videoID, byWhole) }

// shownVideo is the id that VOD gave, of the file or of what it is a piece of; "" as long as there is none.
func shownVideo(videoID string) string {
	if _, maybe := Reference(videoID); maybe {
		return ""
	}
	return strings.TrimPrefix(videoID, byWhole)
}

// disownLocked has what VOD made for the entry removed, which the entry forgets. A run that still winds down may send
// to it, so that waits for its end.
func (q *Queue) disownLocked(e *entry) {
	t := e.target
	if t == nil || t.videoID == "" || e.standing() == Success {
		return
	}
	if _, piece := Whole(t.videoID); piece {
		return
	}
	if q.hasPiecesLocked(t.videoID) {
		q.o.Log.Warn("VOD keeps a video of which only segments are there: its playlist, dropped again, goes on with it",
			"file", e.name(), "video_id", t.videoID)
		return
	}
	key := t.key
	if key == "" {
		key = e.name()
	}
	r := e.run
	if late := q.late[e.place].run; r == nil && late != nil && late.e == e {
		r = late
	}
	q.disownMediaLocked(r, t.videoID, key)
}

func (q *Queue) disownMediaLocked(r *run, videoID, key string) {
	q.nextAbort++
	a := journal.Abort{N: q.nextAbort, Key: key, VideoID: videoID}
	q.stageLocked(change{abort: []journal.Abort{a}})
	killpoint.At("media: disowned")
	if r != nil {
		r.left = append(r.left, a)
		return
	}
	q.abortLocked(a)
}

// isMedia reports whether an order is to remove what VOD made, not only the parts that it was sent.
func isMedia(a journal.Abort) bool { return a.UploadID == "" && a.VideoID != "" }

// needed reports whether an order must not be carried out, as the video has been taken up since.
func (q *Queue) needed(a journal.Abort) bool {
	if !isMedia(a) {
		return q.hasUpload(a.Key, a.UploadID)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.videos.any(packedID(a.VideoID), func(*entry) bool { return true })
}
