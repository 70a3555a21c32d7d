package queue

import (
	"cmp"

	"inboxfs/queue/journal"
	"inboxfs/queue/transfer"
)

// What was called off may be in the bucket all the same, if it had been sent whole: a server stores what it has,
// whoever hangs up. Once nothing more can come of that request, it is asked, and told:
//
//	canceled         the object stays, and the entry says so
//	gone, changed    it stays, unless another content is on its way to the place
//	moved            it goes, if it surely is what that request made; else it stays. What that sent the server says, or
//	                 who reads the file once more, under its new name: so that is waited for
//
// The question is in the journal, in the row of the straggler, until it is answered.

// callOff is a content that was called off after it may have been sent.
type callOff struct {
	id                   transfer.ID
	gen                  uint32
	name                 string // of the file then
	bucket, key, videoID string
	size                 int64
	since                int64       // unix ms; an object that is older is another
	heir                 transfer.ID // entry of the file, if that has another name since: the object is none; 0: it has not
	sum                  checksum    // of what was sent
	proof                checksum    // of the file, when it was read once more; likewise, unless it was written in between
	etag                 string      // by the answer; "": there was none
}

// codeTooLate is the code of an entry with an object that its upload made after it was called off.
const codeTooLate = "TooLate"

// tooLateMost bounds the questions. So many come only of a daemon that was killed, and of verbs for all that it had.
const tooLateMost = 10_000

// tooLate reports whether that is said of the entry.
func (e *entry) tooLate() bool { return e.problem != nil && e.problem.Code == codeTooLate }

// calledOffLocked notes that the entry's content is given up, which may have been sent when the file was called name.
// The file belongs to heir from now on; nil: it is gone, or has another content.
func (q *Queue) calledOffLocked(e *entry, name string, heir *entry) {
	if !e.sent || e.standing() == Success || e.tooLate() || len(q.late) >= tooLateMost {
		return
	}
	off := &callOff{id: e.id, gen: e.gen, name: name, size: e.size, since: e.added}
	canceled := heir == e && e.name() == name
	if heir != nil && !canceled && !q.asks { // what a server gave for a file is the file's, however that is called
		off.heir = heir.id
	}
	if t := e.target; t != nil && t.key != "" {
		off.bucket, off.key, off.videoID = t.bucket, t.key, t.videoID
	} else if off.bucket, off.key, _ = q.o.Uploader.Key(name, e.id); off.key == "" { // such a name has no object
		return
	}
	if off.videoID != "" && !canceled { // it goes: media.go
		return
	}
	place := e.place
	if !q.asks {
		place = q.placeOf(off.bucket, off.key)
	}
	old := q.late[place]
	if old.off.is(e.id, e.gen) {
		return // a canceled one, and its file is moved or removed
	}
	s := straggler{run: old.run, of: e.id, gen: e.gen, kept: true, off: off}
	if old.of == e.id && old.gen == e.gen {
		off.sum = old.sum
	}
	if r := e.run; r != nil && r.sent && r.place == place {
		s.run, off.sum, off.since = r, r.sum, r.sentAt
	}
	if s.run == nil {
		s.until = q.now()
		if s.until.Before(q.unsure) {
			s.until = q.unsure
		}
	}
	q.straggleLocked(place, s)
}

// is reports whether it is about that content.
func (off *callOff) is(id transfer.ID, gen uint32) bool {
	return off != nil && off.id == id && off.gen == gen
}

// summedLocked notes what CRC64 all has that the run sent.
func (r *run) summedLocked(crc uint64) {
	r.sum = checksum{crc, true}
	if off := r.q.late[r.place].off; off.is(r.e.id, r.gen) {
		off.sum = r.sum
	}
}

// cameLocked notes what came of the last request of a run that was called off.
func (r *run) cameLocked(o transfer.Outcome) {
	s := r.q.late[r.place]
	if s.run != r || !s.off.is(r.e.id, r.gen) {
		return
	}
	switch {
	case o.Made:
		s.made, s.off.etag = true, o.ETag
	case o.Refused && s.until.IsZero(): // else there is an earlier one of which nobody heard
		s.off = nil
	}
	r.q.late[r.place] = s
}

// askLocked has it asked what came of a straggler that is over.
func (q *Queue) askLocked(place uint64) {
	s := q.late[place]
	s.moot = q.mootLocked(place, s.off)
	q.late[place] = s
	if s.moot {
		return
	}
	if s.off.heir != 0 && !s.off.sum.known {
		if h := q.byID[s.off.heir]; h != nil && !h.state.Ended() {
			if q.heirs == nil {
				q.heirs = make(map[transfer.ID][]uint64)
			}
			q.heirs[h.id] = append(q.heirs[h.id], place) // heirEndedLocked
			return
		}
		q.proveLocked(s.off)
	}
	s.busy = s.off.heir != 0
	q.late[place] = s
	q.asking = append(q.asking, place)
	poke(q.askWake)
}

// noLongerMootLocked asks what was not asked as long as the entry was on its way to that place, which has ended or
// goes.
func (q *Queue) noLongerMootLocked(e *entry) {
	if len(q.late) == 0 { // as a rule
		return
	}
	q.askUnlessMootLocked(e, cmp.Or(e.place, q.placeCalledLocked(e, e.name())))
}

// wentAwayLocked is noLongerMootLocked for an entry that was received when it was called old.
func (q *Queue) wentAwayLocked(e *entry, old string) {
	if len(q.late) == 0 { // as a rule
		return
	}
	q.askUnlessMootLocked(e, q.placeCalledLocked(e, old))
}

// placeCalledLocked is where the entry goes by that name.
func (q *Queue) placeCalledLocked(e *entry, name string) uint64 {
	bucket, key, _ := q.o.Uploader.Key(name, e.id) // such a name has no place
	return q.placeOf(bucket, cmp.Or(key, name))
}

func (q *Queue) askUnlessMootLocked(e *entry, place uint64) {
	switch s := q.late[place]; {
	case !s.moot:
	case e.state == Success: // what is there is the entry's own
		q.endStragglerLocked(place, change{})
	default:
		q.askLocked(place)
	}
}

// heirEndedLocked asks what waited for the file to be read once more.
func (q *Queue) heirEndedLocked(e *entry) {
	waiting := q.heirs[e.id]
	delete(q.heirs, e.id)
	for _, place := range waiting {
		if s := q.late[place]; s.over && s.off != nil && s.off.heir == e.id {
			q.askLocked(place)
		}
	}
}

// proveLocked takes from its heir what the file was read to have.
func (q *Queue) proveLocked(off *callOff) {
	if h := q.byID[off.heir]; h != nil && h.state == Success && h.size == off.size {
		t := h.aimed()
		off.proof = checksum{t.crc64, t.hasCRC}
	}
}

// mootLocked reports whether something is on its way to the place that takes the place of what may be there, or that
// very content once more.
func (q *Queue) mootLocked(place uint64, off *callOff) bool {
	coming := func(e *entry) bool {
		return !e.state.Ended() || e.id == off.id && e.gen == off.gen && e.state != Canceled && !e.wentElsewhere(off)
	}
	if q.places.any(place, coming) {
		return true
	}
	e := q.tree.get(off.name) // what is received has no place yet
	if e == nil || !coming(e) {
		return false
	}
	bucket, key, err := q.o.Uploader.Key(off.name, e.id)
	return err == nil && (key == "" || q.placeOf(bucket, key) == place)
}

// wentElsewhere reports whether the entry is uploaded, and not to where the content was sent.
func (e *entry) wentElsewhere(off *callOff) bool {
	if e.state != Success {
		return false
	}
	t := e.aimed()
	return t != nil && (t.bucket != off.bucket || t.key != off.key)
}

// supersedeLateLocked puts a question off to which a newer content is about to give another answer. Should that not
// arrive, it is asked.
func (q *Queue) supersedeLateLocked(place uint64) {
	if s, ok := q.late[place]; ok && s.over && !s.busy {
		s.moot = true
		q.late[place] = s
	}
}

// row is what the journal has of a straggler.
func (s straggler) row(place uint64) journal.Late {
	l := journal.Late{Place: place, ID: uint64(s.of), Gen: s.gen}
	if off := s.off; off != nil {
		l.Off = &journal.CalledOff{ID: uint64(off.id), Gen: off.gen, Name: off.name,
			Bucket: off.bucket, Key: off.key, VideoID: off.videoID, Size: off.size, Since: off.since, CRC64: off.sum.crc,
			HasCRC: off.sum.known, Heir: uint64(off.heir)}
	}
	return l
}

// restoredCallOff is the inverse.
func restoredCallOff(l journal.Late) *callOff {
	off := l.Off
	if off == nil {
		return nil
	}
	return &callOff{id: transfer.ID(off.ID), gen: off.Gen, name: off.Name,
		bucket: off.Bucket, key: off.Key, videoID: off.VideoID, size: off.Size, since: off.Since,
		sum: checksum{off.CRC64, off.HasCRC}, heir: transfer.ID(off.Heir)}
}
