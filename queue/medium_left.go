package queue

import (
	"inboxfs/queue/abort"
	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// A video that lost its playlist has segments only, unless that met its last request (media_late.go). It stays as long
// as one of them is in the inbox or on its way: the playlist, dropped again, goes on with it. When the last one goes,
// as with rm -r of half a film, VOD removes the video, and what was uploaded of it goes off the list.
//
//	disowned --row--> left --a segment goes--> the aborter looks (dueLocked) --nothing is there--> removed
//	                    \--a playlist goes on with it (goesOnLocked)--> the row goes

// leftover is a video that waits for that. The order to remove it is in the journal.
type leftover struct {
	order journal.Abort
	asked bool // the aborter has it, and will look
	told  bool // that it stays for now
}

// leaveVideoLocked has a video removed when nothing of it is of use any more.
func (q *Queue) leaveVideoLocked(order journal.Abort) {
	q.mediums.left[order.VideoID] = &leftover{order: order, asked: true}
	q.aborts.Add(order)
}

// lookAtLeftLocked has it looked at again whether a video can go.
func (q *Queue) lookAtLeftLocked(videoID string) {
	if l := q.mediums.left[videoID]; l != nil && !l.asked {
		l.asked = true
		q.aborts.Add(l.order)
	}
}

// bareLocked notes that the spool has no copy any more of an entry that is uploaded.
func (q *Queue) bareLocked(e *entry) {
	e.bare = true
	q.pieceWentLocked(e)
}

// pieceWentLocked follows an uploaded entry that the inbox does not have any more.
func (q *Queue) pieceWentLocked(e *entry) {
	if len(q.mediums.left) == 0 {
		return
	}
	_, video := e.ids()
	if whole, piece := transfer.Whole(video); piece {
		q.lookAtLeftLocked(whole)
	}
}

// dueLeftLocked says why a video that lost its playlist is not to be removed now; nil: it goes.
func (q *Queue) dueLeftLocked(l *leftover) error {
	video := l.order.VideoID
	l.asked = false
	switch {
	case q.isVideoLateLocked(video): // videoAskedLocked
		return abort.ErrStays
	case q.usesLeftLocked(video):
		if !l.told {
			l.told = true
			q.o.Log.Warn("VOD keeps a video of which only segments are there: its playlist, dropped again, "+
				"goes on with "+
				"it; it goes when these segments go from the inbox", "file", l.order.Key, "video_id", video)
		}
		return abort.ErrStays
	}
	delete(q.mediums.left, video)
	for e := range q.mediums.pieces[video] {
		if e.State == list.Success {
			q.goneLocked(e)
		}
	}
	q.scheduleLocked()
	return nil
}

// usesLeftLocked reports whether a video that lost its playlist may be of use: something of it is in the inbox, or on
// its way, or there is a playlist that may go on with it when it is read.
func (q *Queue) usesLeftLocked(video string) bool {
	if q.mediums.sending[video] > 0 {
		return true
	}
	for e := range q.mediums.pieces[video] {
		if e.standing() != list.Success {
			continue
		}
		if e.inInbox() && !e.isLoose() && !e.bare {
			return true
		}
		m := q.mediums.names[e.name()]
		if m == nil || m.read {
			m = q.unreadAboveLocked(e)
		}
		if m != nil {
			m.maybe = append(m.maybe, video)
			return true
		}
	}
	return false
}

// decidedLocked has those videos looked at that a playlist might have gone on with: it was read, or is gone.
func (q *Queue) decidedLocked(m *medium) {
	maybe := m.maybe
	m.maybe = nil
	for _, video := range maybe {
		q.lookAtLeftLocked(video)
	}
}

// goesOnLocked takes back that the video of an entry is to be removed.
func (q *Queue) goesOnLocked(e *entry, videoID string) {
	l := q.mediums.left[videoID]
	if l == nil {
		return
	}
	delete(q.mediums.left, videoID)
	q.stageLocked(commit.Change{Batch: journal.Batch{Aborted: []uint64{l.order.N}, Put: []journal.Record{e.record()}}})
}

// sendsPieceLocked notes that the run sends a piece of a video.
func (r *run) sendsPieceLocked(videoID string) {
	r.video = videoID
	r.q.mediums.sending[videoID]++
}

// pieceSentLocked notes that nothing more of that is under way.
func (r *run) pieceSentLocked() {
	q, video := r.q, r.video
	r.video = ""
	if q.mediums.sending[video]--; q.mediums.sending[video] == 0 {
		delete(q.mediums.sending, video)
	}
	q.lookAtLeftLocked(video)
}
