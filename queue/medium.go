package queue

import (
	"iter"
	"path"

	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/playlist"
)

// A medium is an HLS playlist with what it names, which are one video to VOD. Each file has its entry; the playlist's
// has the video, and goes last.
//
//	all there --place--> Announce: VOD makes the video --> its files go, each in its turn --all laid--> the playlist
//	    |
//	    a file that is ready is there; one that is uploaded to this video is laid
//
// Before its turn comes an entry is kept back: a playlist that is live or lacks something, a file of a playlist whose
// video is not made, a file that looks like a segment and is named by none, for a while (medium_alone.go), a file that
// a playlist may name that was not read yet. It is ready all that time, and does not count as on its way.
//
// Which files a playlist that is not read may name depends on how long that may be so. One that was ready (before a
// restart) is read before anything below its folder goes. One that is written may be so for days: it keeps back only
// what lies in its folder and looks like its own (playlist.Beside). One whose name waits keeps nothing back. What goes
// in the meantime is taken back as far as it can be (withdrawFilesLocked).
//
// Nothing of this is in the journal but the video: of the playlist its id, of the others that they are pieces of it
// (PieceOf). After a restart playlists are read again before anything of theirs goes on.
type medium struct {
	e     *entry
	files []string       // below inbox, that it named when it was read last
	other map[int]string // for some of them, what else the list may mean: of both the first that is there counts
	read  bool           // that is what it has now
	plain bool           // it is no HLS
	again bool           // it was ready, and is read again
	live  bool           // more is to come
	made  bool           // VOD has made the video, and was asked for it since we started
	next  int            // the first of files that is not there, or not laid, as far as is known
	at    *dir           // in which it waits; nil: it does not
	reach reach          // what it keeps back there
	kept  entrySet       // which wait until that is less
	under entrySet       // which wait until it does not wait there
	maybe []string       // videos without a playlist that it may go on with when it is read
}

// reach is what an unread playlist may name.
type reach uint8

const (
	reachNone   reach = iota
	reachFolder       // what looks like its own, in its folder
	reachBelow        // all that may be a piece, in its folder and below
)

// mediums are those whose playlists are not uploaded. Guarded by Queue.mu.
type mediums struct {
	of     map[*entry]*medium
	names  map[string]*medium        // of files that a playlist names
	unread list.Sets[*dir, *medium]  // those that are to be read and keep something back, by their folders
	in     list.Sets[*dir, *medium]  // those that wait, by their folders
	back   map[*entry]entrySet       // ready, and kept back: and kept or under of the playlist, if it stands there
	pieces list.Sets[string, *entry] // by the video that they are pieces of
	alone  aloneHeap
	timed  entrySet // those in alone

	left    map[string]*leftover // videos that lost their playlists (medium_left.go)
	sending map[string]int       // by video, requests for its pieces that are not over
	late    map[string]uint64    // by video, as a receipt has it, the place at which is asked of it (media_late.go)
}

func newMediums() mediums {
	return mediums{of: make(map[*entry]*medium), names: make(map[string]*medium),
		unread: make(list.Sets[*dir, *medium]),
		in:     make(list.Sets[*dir, *medium]), back: make(map[*entry]entrySet),
		pieces: make(list.Sets[string, *entry]),
		timed:  make(entrySet), left: make(map[string]*leftover), sending: make(map[string]int),
		late: make(map[string]uint64)}
}

// noteMediumLocked keeps the books in step with what an entry is and where it stands.
func (q *Queue) noteMediumLocked(e *entry) {
	if !q.o.HLS {
		return
	}
	e.addedAloneLocked()
	ms := &q.mediums
	m := ms.of[e]
	if e.gone || e.foreign() || !playlist.Name(e.base) || e.standing() == list.Success {
		if m != nil {
			delete(ms.of, e)
			q.placeMediumLocked(m, nil, reachNone)
			q.unnameLocked(m, nil, nil)
			q.decidedLocked(m)
		}
		return
	}
	if m == nil {
		m = &medium{e: e}
		ms.of[e] = m
	}
	at, reach := e.dir, reachNone
	switch {
	case e.isLoose() || e.State.Ended() || e.Parked || m.read && m.plain || q.o.Names.Class(e.name()) == names.Waiting:
		at = nil
	case m.read:
	case e.State == list.Ready, e.State == list.Receiving && m.again:
		reach = reachBelow
	default:
		reach = reachFolder
	}
	q.placeMediumLocked(m, at, reach)
}

// stoodLocked follows an entry into another state.
func (q *Queue) stoodLocked(e *entry) {
	q.noteMediumLocked(e)
	if len(q.mediums.names) == 0 || e.State != list.Success {
		return
	}
	if m := q.mediums.names[e.name()]; m != nil && q.wholeLocked(m) {
		q.comeForwardLocked(m.e)
	}
}

// placeMediumLocked notes in which folder a playlist waits, and what it keeps back there. What waited for that is
// looked at again then.
func (q *Queue) placeMediumLocked(m *medium, at *dir, reach reach) {
	if m.at == at && m.reach == reach {
		return
	}
	ms, moved := &q.mediums, m.at != at
	ms.unread.Take(m.at, m)
	if reach != reachNone {
		ms.unread.Add(at, m)
	}
	if moved {
		ms.in.Take(m.at, m)
		ms.in.Add(at, m)
	}
	m.at, m.reach = at, reach
	q.comeForwardAllLocked(m.kept)
	if moved {
		q.comeForwardAllLocked(m.under)
	}
}

// unreadLocked says that a playlist has another content. What it named stays its own until it is read again.
func (q *Queue) unreadLocked(e *entry) {
	if m := q.mediums.of[e]; m != nil {
		m.read, m.plain, m.again, m.live, m.made, m.next = false, false, false, false, false, 0
		q.noteMediumLocked(e)
	}
}

// movedMediumLocked says that a playlist was called old, and is not any more. In another folder it names what lies
// there.
func (q *Queue) movedMediumLocked(e *entry, old string) {
	q.noteMediumLocked(e)
	if m := q.mediums.of[e]; m != nil && folderOf(old) != folderOf(e.name()) {
		q.unnameLocked(m, nil, nil)
		q.unreadLocked(e)
	}
}

// unnameLocked has a playlist name other files. Those that it does not name any more are looked at again.
func (q *Queue) unnameLocked(m *medium, files []string, other map[int]string) {
	old, oldOther := m.files, m.other
	m.files, m.other, m.next = files, other, 0
	for name := range claims(old, oldOther) {
		if q.mediums.names[name] == m {
			delete(q.mediums.names, name)
		}
	}
	for name := range claims(files, other) {
		q.mediums.names[name] = m
	}
	for name := range claims(old, oldOther) {
		if e := q.tree.get(name); e != nil && q.mediums.names[name] == nil {
			q.comeForwardLocked(e)
		}
	}
}

// claims is all names that a playlist may mean.
func claims(files []string, other map[int]string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i, name := range files {
			if !yield(name) {
				return
			}
			if name, also := other[i]; also && !yield(name) {
				return
			}
		}
	}
}

// folderOf is the folder of a name, with a slash behind; "" for the inbox itself.
func folderOf(name string) string {
	folder, _ := path.Split(name)
	return folder
}

type entrySet = map[*entry]struct{}
