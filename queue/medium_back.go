package queue

import (
	"inboxfs/queue/list"
	"inboxfs/queue/playlist"
)

// keptBackLocked keeps an entry back whose turn has come, if it has to wait because of a playlist.
func (q *Queue) keptBackLocked(e *entry) bool {
	if !q.o.HLS || !e.inInbox() || e.run != nil {
		return false
	}
	if m := q.mediums.of[e]; m != nil {
		return q.listKeptBackLocked(m)
	}
	m, why := q.waitsForLocked(e)
	switch why {
	case free:
		return false
	case wasAlone:
		if e.started == 0 {
			q.o.Log.Info("no playlist names this file, which looks like a segment: it goes as a video of its own",
				"file", e.name())
		}
		return false
	case named:
		q.keepBackLocked(e, nil)
		if m.next < len(m.files) && (m.files[m.next] == e.name() || m.other[m.next] == e.name()) && q.wholeLocked(m) {
			q.comeForwardLocked(m.e)
		}
	case mayBeNamed:
		q.keepBackLocked(e, &m.kept)
	case waitsUnder:
		q.keepBackLocked(e, &m.under)
	case waitsAlone:
		q.keepBackLocked(e, nil)
		q.waitAloneLocked(e)
	}
	return true
}

// listKeptBackLocked is keptBackLocked of a playlist.
func (q *Queue) listKeptBackLocked(m *medium) bool {
	switch {
	case !m.read:
		q.readAgainLocked(m.e)
	case m.live && !m.e.trusted, !q.wholeLocked(m):
		q.keepBackLocked(m.e, nil)
	default:
		return false
	}
	return true
}

// keepBackLocked keeps a ready entry back, with others that wait for the same or, nil, by itself.
func (q *Queue) keepBackLocked(e *entry, with *entrySet) {
	if with == nil {
		q.mediums.back[e] = nil
		return
	}
	if *with == nil {
		*with = make(entrySet)
	}
	(*with)[e] = struct{}{}
	q.mediums.back[e] = *with
}

// notBackLocked takes that back.
func (q *Queue) notBackLocked(e *entry) {
	delete(q.mediums.back[e], e)
	delete(q.mediums.back, e)
}

// comeForwardLocked puts an entry back in line that was kept back: it is looked at again.
func (q *Queue) comeForwardLocked(e *entry) {
	if q.isBackLocked(e) {
		q.notBackLocked(e)
		q.list.LineUp(e)
	}
}

func (q *Queue) comeForwardAllLocked(all entrySet) {
	for e := range all {
		q.comeForwardLocked(e)
	}
}

func (q *Queue) isBackLocked(e *entry) bool {
	_, back := q.mediums.back[e]
	return back
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
	q.setLocked(e, list.Receiving)
	e.before = 0
	q.wakeAtLocked(e, q.now())
}
