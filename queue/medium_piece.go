package queue

import (
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// hasPiecesLocked reports whether something of a video is there beside its playlist, or may be before long.
func (q *Queue) hasPiecesLocked(videoID string) bool {
	for e := range q.mediums.pieces[videoID] {
		if e.standing() == list.Success || e.run != nil {
			return true
		}
	}
	return false
}

// neededByMediumLocked reports whether an uploaded entry is a piece of a video whose playlist is to come.
func (q *Queue) neededByMediumLocked(e *entry) bool {
	_, video := e.ids()
	whole, piece := transfer.Whole(video)
	return piece && (q.mediums.left[whole] != nil ||
		q.videos.Any(packedID(whole), func(o *entry) bool { return o.standing() != list.Success }))
}

// piecesGoLocked has the copies removed of what is uploaded of a video whose playlist has arrived. Until then they
// stay: who renames the folder, or loses the video, sends them again.
func (q *Queue) piecesGoLocked(e *entry) (all []*entry) {
	if q.o.Keep || e.target == nil {
		return nil
	}
	for piece := range q.mediums.pieces[e.target.videoID] {
		if piece.standing() == list.Success && piece.inInbox() && !piece.bare && !piece.goes {
			piece.goes = true
			all = append(all, piece)
		}
	}
	return all
}

// pieceChangesLocked takes a playlist back that is being sent, as a file that it names gets another content: that goes
// first.
func (q *Queue) pieceChangesLocked(name string) {
	m := q.mediums.names[name]
	if m == nil || !m.made || m.e.standing() != list.Uploading {
		return
	}
	q.cancelLocked(m.e)
	m.e.begun = false
	q.setLocked(m.e, list.Ready)
	q.stageRowLocked(m.e)
}

// sendAgainLocked has files sent that were uploaded before, for another video, and whose copies were kept.
func (q *Queue) sendAgainLocked(m *medium) {
	for _, name := range m.files {
		e := q.tree.get(name)
		if e == nil || !e.hasCopyLocked() || e.goes || !e.inInbox() || q.hasLocked(m, name) {
			continue
		}
		q.dropAgainLocked(e, name)
	}
}

// dropAgainLocked makes a drop of the copy of what is uploaded, which is called name.
func (q *Queue) dropAgainLocked(e *entry, name string) {
	into := q.newLocked(name)
	into.link, into.maker, into.modTime, into.trusted = e.link, e.maker, e.modTime, e.trusted
	q.resizeLocked(into, e.Size)
	q.settleLocked(into)
}

// apartLocked takes unfinished videos apart, at a start after which files go by themselves: playlists forget theirs,
// and what was uploaded of them is sent again where it belongs now.
func (q *Queue) apartLocked() {
	var lists, pieces []*entry
	for e := range q.list.All() {
		_, video := e.ids()
		_, piece := transfer.Whole(video)
		switch {
		case piece && e.hasCopyLocked() && q.neededByMediumLocked(e):
			pieces = append(pieces, e)
		case !piece && e.target != nil && e.State != list.Success && len(q.mediums.pieces[e.target.videoID]) > 0:
			lists = append(lists, e)
		}
	}
	for _, e := range pieces {
		q.dropAgainLocked(e, e.name())
	}
	for _, e := range lists {
		q.calledOffLocked(e, e.sentName(), nil)
		q.abandonLocked(e)
		q.untargetLocked(e)
		e.sent = false
		_ = q.foreseeLocked(e) // an error shows when it is sent
		q.stageRowLocked(e)
	}
}
