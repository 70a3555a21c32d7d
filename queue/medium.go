package queue

import (
	"context"
	"path"
	"slices"

	"inboxfs/queue/journal"
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
	files []string // below inbox, that it named when it was read last
	read  bool     // that is what it has now
	plain bool     // it is no HLS
	again bool     // it was ready, and is read again
	live  bool     // more is to come
	made  bool     // VOD has made the video, and was asked for it since we started
	next  int      // the first of files that is not there, or not laid, as far as is known
	at    *dir     // in which it waits; nil: it does not
	reach reach    // what it keeps back there
	kept  []*entry // which wait until that is less
	under []*entry // which wait until it does not wait there
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
	names  map[string]*medium             // of files that a playlist names
	unread map[*dir]map[*medium]struct{}  // those that are to be read and keep something back, by their folders
	in     map[*dir]map[*medium]struct{}  // those that wait, by their folders
	back   map[*entry]struct{}            // ready, and kept back
	pieces map[string]map[*entry]struct{} // by the video that they are pieces of
	alone  aloneHeap
	timed  map[*entry]struct{} // those in alone
}

func newMediums() mediums {
	return mediums{of: make(map[*entry]*medium), names: make(map[string]*medium),
		unread: make(map[*dir]map[*medium]struct{}), in: make(map[*dir]map[*medium]struct{}),
		back: make(map[*entry]struct{}), timed: make(map[*entry]struct{}),
		pieces: make(map[string]map[*entry]struct{})}
}

// add notes that an entry is a piece of a video.
func (m *mediums) add(videoID string, e *entry) {
	if m.pieces[videoID] == nil {
		m.pieces[videoID] = make(map[*entry]struct{})
	}
	m.pieces[videoID][e] = struct{}{}
}

// take takes that back.
func (m *mediums) take(videoID string, e *entry) {
	delete(m.pieces[videoID], e)
	if len(m.pieces[videoID]) == 0 {
		delete(m.pieces, videoID)
	}
}

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
	return piece && q.videos.any(packedID(whole), func(o *entry) bool { return o.standing() != Success })
}

// piecesGoLocked has the copies removed of what is uploaded of a video whose playlist has arrived. Until then they stay:
// who renames the folder, or loses the video, sends them again.
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

// noteMediumLocked keeps the books in step with what an entry is and where it stands.
func (q *Queue) noteMediumLocked(e *entry) {
	if !q.o.HLS {
		return
	}
	ms := &q.mediums
	m := ms.of[e]
	if e.gone || e.foreign() || !playlist.Name(e.base) || e.standing() == Success {
		if m != nil {
			delete(ms.of, e)
			q.placeMediumLocked(m, nil, reachNone)
			q.unnameLocked(m, nil)
		}
		return
	}
	if m == nil {
		m = &medium{e: e}
		ms.of[e] = m
	}
	at, reach := e.dir, reachNone
	switch {
	case e.isLoose() || e.state.Ended() || e.parked || m.read && m.plain || q.o.Names.Class(e.name()) == names.Waiting:
		at = nil
	case m.read:
	case e.state == Ready, e.state == Receiving && m.again:
		reach = reachBelow
	default:
		reach = reachFolder
	}
	q.placeMediumLocked(m, at, reach)
}

// stoodLocked follows an entry into another state.
func (q *Queue) stoodLocked(e *entry) {
	q.noteMediumLocked(e)
	if len(q.mediums.names) == 0 || e.state != Success {
		return
	}
	if m := q.mediums.names[e.name()]; m != nil && q.wholeLocked(m) {
		q.comeForwardLocked(m.e)
	}
}

// placeMediumLocked notes in which folder a playlist waits, and what it keeps back there. What waited for that is looked
// at again then.
func (q *Queue) placeMediumLocked(m *medium, at *dir, reach reach) {
	if m.at == at && m.reach == reach {
		return
	}
	look := m.kept
	if m.at != at {
		look = append(look, m.under...)
		m.under = nil
		setIn(q.mediums.in, m.at, m, false)
		setIn(q.mediums.in, at, m, true)
	}
	setIn(q.mediums.unread, m.at, m, false)
	m.kept, m.at, m.reach = nil, at, reach
	setIn(q.mediums.unread, at, m, reach != reachNone)
	for _, e := range look {
		q.comeForwardLocked(e)
	}
}

// setIn puts a playlist into the set of a folder, or takes it out.
func setIn(all map[*dir]map[*medium]struct{}, at *dir, m *medium, is bool) {
	switch set := all[at]; {
	case at == nil:
	case !is:
		if delete(set, m); len(set) == 0 {
			delete(all, at)
		}
	case set == nil:
		all[at] = map[*medium]struct{}{m: {}}
	default:
		set[m] = struct{}{}
	}
}

// unreadLocked says that a playlist has another content. What it named stays its own until it is read again.
func (q *Queue) unreadLocked(e *entry) {
	if m := q.mediums.of[e]; m != nil {
		m.read, m.plain, m.again, m.live, m.made, m.next = false, false, false, false, false, 0
		q.noteMediumLocked(e)
	}
}

// movedMediumLocked says that a playlist is called by another name than old. In another folder it names what lies there.
func (q *Queue) movedMediumLocked(e *entry, old string) {
	q.noteMediumLocked(e)
	if m := q.mediums.of[e]; m != nil && folderOf(old) != folderOf(e.name()) {
		q.unnameLocked(m, nil)
		q.unreadLocked(e)
	}
}

// unnameLocked has a playlist name other files. Those that it does not name any more are looked at again.
func (q *Queue) unnameLocked(m *medium, files []string) {
	old := m.files
	m.files, m.next = files, 0
	for _, name := range old {
		if q.mediums.names[name] == m {
			delete(q.mediums.names, name)
		}
	}
	for _, name := range files {
		q.mediums.names[name] = m
	}
	for _, name := range old {
		if e := q.tree.get(name); e != nil && q.mediums.names[name] == nil {
			q.comeForwardLocked(e)
		}
	}
}

// comeForwardLocked puts an entry back in line that was kept back: it is looked at again.
func (q *Queue) comeForwardLocked(e *entry) {
	if q.isBackLocked(e) {
		delete(q.mediums.back, e)
		q.lineUpLocked(e)
	}
}

func (q *Queue) isBackLocked(e *entry) bool {
	_, back := q.mediums.back[e]
	return back
}

// video is VOD's id of the playlist's video; "" before there is one.
func (m *medium) video() string {
	if m.e.target == nil {
		return ""
	}
	return shownVideo(m.e.target.videoID)
}

// hasLocked reports whether a file of the medium is where it must be for the playlist to go on.
func (q *Queue) hasLocked(m *medium, name string) bool {
	e := q.tree.get(name)
	switch {
	case e == nil || e.foreign():
		return false
	case e.standing() == Success:
		_, video := e.ids()
		return m.video() != "" && video == PieceOf(m.video())
	}
	return !m.made && e.pending()
}

// wholeLocked reports whether all files of the medium are where they must be. Each is looked at once on the way there,
// and once again at its end. It is asked by those alone who let the playlist go if it is so: who only wants to know
// must not count what is still to bring the playlist forward.
func (q *Queue) wholeLocked(m *medium) bool {
	for again := false; ; again = true {
		for m.next < len(m.files) && q.hasLocked(m, m.files[m.next]) {
			m.next++
		}
		if m.next < len(m.files) || again {
			return m.next == len(m.files)
		}
		m.next = 0
	}
}

// keptBackLocked keeps an entry back whose turn has come, if it has to wait because of a playlist.
func (q *Queue) keptBackLocked(e *entry) bool {
	if !q.o.HLS || e.foreign() || e.run != nil {
		return false
	}
	ms := &q.mediums
	if m := ms.of[e]; m != nil {
		switch {
		case !m.read:
			q.readAgainLocked(e)
			return true
		case m.live && !e.trusted, !q.wholeLocked(m):
			ms.back[e] = struct{}{}
			return true
		}
		return false
	}
	name := e.name()
	m, why := q.waitsForLocked(e)
	switch why {
	case free:
		return false
	case named:
		ms.back[e] = struct{}{}
		if m.next < len(m.files) && m.files[m.next] == name && q.wholeLocked(m) {
			q.comeForwardLocked(m.e)
		}
		return true
	case mayBeNamed:
		m.kept = append(m.kept, e)
	case waitsUnder:
		m.under = append(m.under, e)
	case waitsAlone:
		q.waitAloneLocked(e)
	case wasAlone:
		if e.started == 0 {
			q.o.Log.Info("no playlist names this file, which looks like a segment: it goes as a video of its own", "file", name)
		}
		return false
	}
	ms.back[e] = struct{}{}
	return true
}

// waiting is why a file that is no playlist is kept back.
type waiting uint8

const (
	free       waiting = iota
	named              // by a playlist
	mayBeNamed         // by one that is not read
	waitsAlone         // for one that names it
	waitsUnder         // as that, for one in its folder
	wasAlone           // free, since it waited for long enough
)

// waitsForLocked says for which playlist an entry waits that is none, and why.
func (q *Queue) waitsForLocked(e *entry) (*medium, waiting) {
	if m := q.mediums.names[e.name()]; m != nil {
		if m.made {
			return nil, free
		}
		return m, named
	}
	if e.trusted {
		return nil, free
	}
	if m := q.unreadAboveLocked(e); m != nil {
		return m, mayBeNamed
	}
	switch {
	case !q.looksAloneLocked(e):
		return nil, free
	case q.now().Before(e.aloneUntil()):
		return nil, waitsAlone
	}
	if !e.isLoose() {
		for m := range q.mediums.in[e.dir] {
			return m, waitsUnder
		}
	}
	return nil, wasAlone
}

// unreadAboveLocked is a playlist that may name the entry and is to be read; nil: there is none.
func (q *Queue) unreadAboveLocked(e *entry) *medium {
	if len(q.mediums.unread) == 0 || e.isLoose() || !playlist.Piece(e.base) {
		return nil
	}
	for d := e.dir; d != nil; d = d.parent {
		for m := range q.mediums.unread[d] {
			if m.reach == reachBelow || d == e.dir && playlist.Beside(m.e.base, e.base) {
				return m
			}
		}
	}
	return nil
}

// readAgainLocked has a playlist read that is ready, as after a restart.
func (q *Queue) readAgainLocked(e *entry) {
	q.mediums.of[e].again = true
	q.setLocked(e, Receiving)
	e.before = 0
	q.wakeAtLocked(e, q.now())
}

// releaseBackLocked lets an entry go that is kept back: a playlist with what there is, a file as a video of its own.
func (q *Queue) releaseBackLocked(e *entry) (wait func(context.Context) error, err error) {
	if m := q.mediums.names[e.name()]; m != nil {
		return nil, refuse(ErrBusy, "release %q: it goes with %q: write release for that", e.name(), m.e.name())
	}
	if m := q.mediums.of[e]; m != nil && len(m.files) > 0 && !slices.ContainsFunc(m.files, q.isThereLocked) {
		return nil, refuse(ErrBusy, "release %q: none of the files that it names is there to go with it", e.name())
	}
	e.trusted = true
	if q.mediums.of[e] != nil { // what it lacks is seen when it is read
		q.unreadLocked(e)
	}
	q.comeForwardLocked(e)
	wait = q.commitLocked(change{put: []journal.Record{e.record()}})
	q.scheduleLocked()
	return wait, nil
}

// folderOf is the folder of a name, with a slash behind; "" for the inbox itself.
func folderOf(name string) string {
	folder, _ := path.Split(name)
	return folder
}
