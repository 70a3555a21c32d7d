package queue

// hasPiecesLocked reports whether something of a video is there beside its playlist, or may be before long.
func (q *Queue) hasPiecesLocked(videoID string) bool {
	for e := range q.mediums.pieces[videoID] {
		if e.standing() == Success || e.run != nil {
			return true
		}
	}
	return false
}

// neededByMediumLocked reports whether an uploaded entry is a piece of a video whose playlist is to come.
func (q *Queue) neededByMediumLocked(e *entry) bool {
	_, video := e.ids()
	whole, piece := Whole(video)
	return piece && (q.mediums.left[whole] != nil ||
		q.videos.any(packedID(whole), func(o *entry) bool { return o.standing() != Success }))
}

// piecesGoLocked has the copies removed of what is uploaded of a video whose playlist has arrived. Until then they
// stay: who renames the folder, or loses the video, sends them again.
func (q *Queue) piecesGoLocked(e *entry) (all []*entry) {
	if q.o.Keep || e.target == nil {
		return nil
	}
	for piece := range q.mediums.pieces[e.target.videoID] {
		if piece.standing() == Success && piece.inInbox() && !piece.bare && !piece.goes {
			piece.goes = true
			all = append(all, piece)
		}
	}
	return all
}
