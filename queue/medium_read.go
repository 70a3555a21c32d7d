package queue

import (
	"errors"
	"fmt"

	"inboxfs/queue/list"
	"inboxfs/queue/playlist"
	"inboxfs/queue/transfer"
)

const (
	codeList   = "InvalidPlaylist" // of a playlist that cannot be one video with what it names
	codeInUse  = "SegmentInUse"    // of one that names what another names
	masterHint = "VOD takes playlists of segments: each of those that it lists is a video of its own, " +
		"so delete this one"
	listHint    = "mend it, or release it to upload it by itself"
	sharingHint = "drop one of them in another folder, with its segments; release uploads this one without those"
)

// readLocked takes what was read of a playlist that is on its way to ready. It returns why it must be held, if it must.
func (q *Queue) readLocked(e *entry, i inspection) *transfer.Error {
	q.noteMediumLocked(e) // it may be a link by now
	m := q.mediums.of[e]
	if m == nil {
		return nil
	}
	m.read, m.plain, m.again, m.live, m.made = true, i.list.Plain, false, false, false
	defer q.decidedLocked(m)
	defer q.noteMediumLocked(e)
	if i.badList != nil {
		q.unnameLocked(m, nil, nil)
		hint := listHint
		if errors.Is(i.badList, playlist.ErrMaster) {
			hint = masterHint
		}
		if e.trusted {
			return nil
		}
		return &transfer.Error{Code: codeList, Hint: hint,
			Message: "this playlist cannot be uploaded with what it names: " + i.badList.Error()}
	}
	m.live = !i.list.Ended
	folder := folderOf(e.name())
	files := make([]string, 0, len(i.list.Files))
	also := make(map[int]string)
	for at, name := range i.list.Files {
		name, exact := folder+name, folder+i.list.Exact[at]
		if q.tree.get(exact) != nil {
			name = exact
		}
		if o := q.mediums.names[exact]; name != exact && (o == nil || o == m) && !e.trusted {
			also[len(files)] = exact
		}
		switch other := q.mediums.names[name]; {
		case other != nil && other != m && !e.trusted:
			q.unnameLocked(m, nil, nil)
			return &transfer.Error{Code: codeInUse, Hint: sharingHint,
				Message: fmt.Sprintf("%q, which it names, goes with %q", name, other.e.name())}
		case other != nil && other != m:
		case !e.trusted || q.isThereLocked(name):
			files = append(files, name)
		}
	}
	q.unnameLocked(m, files, also)
	q.adoptVideoLocked(m)
	if !m.live || e.trusted {
		q.withdrawFilesLocked(m)
		q.sendAgainLocked(m)
	}
	return nil
}

// withdrawFilesLocked takes those back that are being sent as videos of their own.
func (q *Queue) withdrawFilesLocked(m *medium) {
	for _, name := range m.files {
		e := q.tree.get(name)
		if e == nil || !e.underWay() || !e.inInbox() {
			continue
		}
		if _, piece := transfer.Whole(e.aim().videoID); !piece {
			q.cancelLocked(e)
			q.setLocked(e, list.Ready)
			e.begun = false
			q.stageRowLocked(e)
		}
	}
}

// isThereLocked reports whether a file has an entry that may go with a playlist: one that was released goes without
// the others.
func (q *Queue) isThereLocked(name string) bool {
	e := q.tree.get(name)
	if e == nil {
		return false
	}
	_, video := e.ids()
	_, piece := transfer.Whole(video)
	return e.pending() || piece && q.neededByMediumLocked(e)
}

// adoptVideoLocked has a playlist go on with the video of which its files are pieces already: it was written again, or
// dropped again, when some were uploaded. Not with one whose own playlist is there.
func (q *Queue) adoptVideoLocked(m *medium) {
	if m.video() != "" {
		return
	}
	for _, name := range m.files {
		e := q.tree.get(name)
		if e == nil {
			continue
		}
		_, video := e.ids()
		whole, piece := transfer.Whole(video)
		if piece && !q.videos.Any(packedID(whole), func(o *entry) bool { return o != m.e }) {
			q.retargetLocked(m.e, func(t *target) { t.videoID = whole })
			q.goesOnLocked(m.e, whole)
			return
		}
	}
}
