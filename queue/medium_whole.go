package queue

import (
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// video is VOD's id of the playlist's video; "" before there is one.
func (m *medium) video() string {
	if m.e.target == nil {
		return ""
	}
	return transfer.Shown(m.e.target.videoID)
}

// hasLocked reports whether a file of the medium is where it must be for the playlist to go on.
func (q *Queue) hasLocked(m *medium, name string) bool {
	e := q.tree.get(name)
	switch {
	case e == nil || !e.inInbox():
		return false
	case e.standing() == list.Success:
		_, video := e.ids()
		return m.video() != "" && video == transfer.PieceOf(m.video())
	}
	return !m.made && e.pending()
}

// hasNextLocked is that of the file that is the next to be looked at. Of two names that it may have the first that is
// there is meant.
func (q *Queue) hasNextLocked(m *medium) bool {
	if q.hasLocked(m, m.files[m.next]) {
		return true
	}
	other, also := m.other[m.next]
	if !also || !q.hasLocked(m, other) {
		return false
	}
	m.files[m.next], m.other[m.next] = other, m.files[m.next]
	return true
}

// wholeLocked reports whether all files of the medium are where they must be. Each is looked at once on the way there,
// and once again at its end. It is asked by those alone who let the playlist go if it is so: who only wants to know
// must not count what is still to bring the playlist forward.
func (q *Queue) wholeLocked(m *medium) bool {
	for again := false; ; again = true {
		for m.next < len(m.files) && q.hasNextLocked(m) {
			m.next++
		}
		if m.next < len(m.files) || again {
			return m.next == len(m.files)
		}
		m.next = 0
	}
}
