package queue

import "inboxfs/queue/transfer"

// A request that was called off may make a video whole, or bring its playlist, some time later. So a video does not go
// before that is over, and who goes on with it waits for that, under whatever name: both would go to one object.
//
// Whether it is whole is asked if it stays: the entry was canceled and keeps it, or segments of it do (medium_left.go).

// videoLateLocked notes that such a request for the object of a video is to be asked about at that place.
func (q *Queue) videoLateLocked(place uint64, off *callOff) {
	if _, piece := transfer.Whole(off.videoID); off.videoID != "" && !piece {
		q.mediums.late[packedID(off.videoID)] = place
	}
}

// isVideoLateLocked reports whether there is one.
func (q *Queue) isVideoLateLocked(videoID string) bool { return q.mediums.late[packedID(videoID)] != 0 }

// videoAskedLocked notes that one of them is not asked any more. With the last one the video may go.
func (q *Queue) videoAskedLocked(off *callOff) {
	video := packedID(off.videoID)
	place := q.mediums.late[video]
	if place == 0 {
		return
	}
	for other := q.late[place].off; other != nil; other = other.older {
		if other != off && other.videoID == off.videoID {
			return
		}
	}
	delete(q.mediums.late, video)
	q.lookAtLeftLocked(off.videoID)
}

// videoGoesLocked reports whether a video goes, or is gone: nobody needs it.
func (q *Queue) videoGoesLocked(videoID string) bool {
	if whole, piece := transfer.Whole(videoID); piece {
		videoID = whole
	}
	if q.videos.Any(packedID(videoID), func(*entry) bool { return true }) {
		return false
	}
	return q.mediums.left[videoID] == nil || !q.usesLeftLocked(videoID)
}

// videoThereLocked says what VOD has of a content that was called off.
func (q *Queue) videoThereLocked(off *callOff) string {
	if whole, piece := transfer.Whole(off.videoID); piece {
		return "VOD has it, as a file of the video " + whole
	}
	says := "VOD has the video " + transfer.Shown(off.videoID)
	if l := q.mediums.left[off.videoID]; l != nil {
		l.told = true
		says += ", whole, which goes when its segments go from the inbox"
	}
	return says
}
