package queue

import (
	"cmp"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
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
// A video goes with whatever calls it off, but for a cancel (media.go), and nothing is asked of it then. As long as it
// stays, because segments of it do, it is asked whether its playlist is there, too.
//
// Where something newer is on its way to the place, its object takes the place of what may be there, and nothing is
// asked. If that does not arrive, whatever its end, it is asked after all: of the newer content first, and of the older
// one where the newer is not there, or goes.
//
// The questions are in the journal, in the row of the straggler, until they are answered.

// callOff is a content that was called off after it may have been sent.
type callOff struct {
	id                   transfer.ID
	gen                  uint32
	name                 string // of the file then
	bucket, key, videoID string
	size                 int64
	since                int64 // unix ms; an object that is older is another
	// entry of the file, if that has another name since: the object is none; 0: it has not
	heir transfer.ID
	sum  checksum // of what was sent
	// of the file, when it was read once more; likewise, unless it was written in between
	proof checksum
	made  bool   // says the answer
	etag  string // by that; "": there was none

	older *callOff // which went to that place before, and of which is asked next; nil: none
}

// codeTooLate is the code of an entry with an object that its upload made after it was called off.
const codeTooLate = "TooLate"

// tooLateMost bounds the places at which something is to be asked. So many come only of a daemon that was killed, and
// of verbs for all that it had.
const tooLateMost = 10_000

// olderMost bounds what is to be asked at one place: so many contents that were called off, one after another, while
// none of them arrived. The oldest is not asked then.
const olderMost = 16

// tooLate reports whether that is said of the entry.
func (e *entry) tooLate() bool { return e.problem != nil && e.problem.Code == codeTooLate }

// answered reports whether it is known already what came of the content, which was canceled. What is said of an entry
// that was not may be of another name of its file.
func (e *entry) answered() bool {
	return e.tooLate() && (e.State == list.Canceled || e.before == list.Canceled)
}

// calledOffLocked notes that the entry's content is given up, which may have been sent when the file was called name.
// The file belongs to heir from now on; nil: it is gone, or has another content.
func (q *Queue) calledOffLocked(e *entry, name string, heir *entry) {
	if !e.sent || e.standing() == list.Success || e.answered() || len(q.late) >= tooLateMost {
		return
	}
	off := &callOff{id: e.ID, gen: e.gen, name: name, size: e.Size, since: e.added}
	canceled := heir == e && e.name() == name
	if heir != nil && !canceled && !q.asks { // what a server gave for a file is the file's, however that is called
		off.heir = heir.ID
	}
	if t := e.target; t != nil && t.key != "" {
		off.bucket, off.key, off.videoID = t.bucket, t.key, t.videoID
	} else if off.bucket, off.key, _ = q.o.Uploader.Key(name, e.ID); off.key == "" { // such a name has no object
		return
	}
	if _, piece := transfer.Whole(off.videoID); piece && !canceled { // it stays, or goes, with the video
		return
	}
	place := e.place
	if !q.asks {
		place = q.placeOf(off.bucket, off.key)
	}
	old := q.late[place]
	if old.off.of(e.ID, e.gen) != nil {
		return // a canceled one, and its file is moved or removed
	}
	// it was not answered yet
	if o := old.off; o != nil && o.size == off.size && !o.sum.known && o.videoID == off.videoID {
		off.since = min(off.since, o.since)
	}
	s := straggler{run: old.run, of: e.ID, gen: e.gen, kept: true, off: off}
	if old.of == e.ID && old.gen == e.gen {
		off.sum = old.sum
	}
	for _, r := range []*run{old.run, e.run} { // one whose last request outlives it is not the entry's any more
		if r != nil && r.e == e && r.gen == e.gen && r.sent && r.place == place {
			s.run, off.sum, off.since = r, r.sum, r.sentAt
		}
	}
	if s.run == nil {
		s.until = q.now()
		if s.until.Before(q.unsure) {
			s.until = q.unsure
		}
	}
	q.straggleLocked(place, s)
}

// of is what is asked of that content, of this and what is older; nil: nothing.
func (off *callOff) of(id transfer.ID, gen uint32) *callOff {
	for off != nil && (off.id != id || off.gen != gen) {
		off = off.older
	}
	return off
}

// has reports whether that is asked still, of this and what is older.
func (off *callOff) has(one *callOff) bool {
	for off != nil && off != one {
		off = off.older
	}
	return off != nil
}

// moved reports whether something of that goes, as its file has another name.
func (off *callOff) moved() bool {
	for off != nil && off.heir == 0 {
		off = off.older
	}
	return off != nil
}

// summedLocked notes what CRC64 all has that the run sent.
func (r *run) summedLocked(crc uint64) {
	r.sum = checksum{crc, true}
	if off := r.q.late[r.place].off.of(r.e.ID, r.gen); off != nil {
		off.sum = r.sum
	}
}

// cameLocked notes what came of the last request of a run that was called off. One that was refused leaves what is
// there as it is: what is older is asked.
func (r *run) cameLocked(o transfer.Outcome) {
	q := r.q
	s := q.late[r.place]
	off := s.off.of(r.e.ID, r.gen)
	switch {
	case s.run != r || off == nil:
	case o.Made:
		off.made, off.etag = true, o.ETag
	case o.Refused && s.until.IsZero(): // else there is an earlier one of which nobody heard
		q.askNoMoreLocked(r.place, func(other *callOff) bool { return other == off }, commit.Change{})
	}
}

// boundAskedLocked keeps what is to be asked at a place in bounds, and the videos known of which it is.
func (q *Queue) boundAskedLocked(place uint64) {
	n := 0
	for off := q.late[place].off; off != nil; off = off.older {
		if n++; n == olderMost {
			for off.older != nil {
				dropped := off.older
				off.older = dropped.older
				q.videoAskedLocked(dropped)
			}
		}
		q.videoLateLocked(place, off)
	}
}

// askNoMoreLocked stages ch with the end of those questions at the place that are over. The straggler is left.
func (q *Queue) askNoMoreLocked(place uint64, over func(*callOff) bool, ch commit.Change) {
	s := q.late[place]
	var left, last *callOff
	for off := s.off; off != nil; off = off.older {
		switch {
		case over(off):
			defer q.videoAskedLocked(off)
			continue
		case last == nil:
			left = off
		default:
			last.older = off
		}
		last = off
	}
	if last != nil {
		last.older = nil
	}
	s.off = left
	q.late[place] = s
	if s.kept {
		ch.Late = []journal.Late{s.row(place)}
	}
	q.stageLocked(ch)
}

// askedLocked is askNoMoreLocked for what was answered, or is moot for good: the straggler ends with the last of them.
func (q *Queue) askedLocked(place uint64, over func(*callOff) bool, ch commit.Change) {
	q.askNoMoreLocked(place, over, ch)
	switch s := q.late[place]; {
	case !s.over: // another one is under way by now
	case s.off == nil:
		q.endStragglerLocked(place, commit.Change{})
	default:
		q.askLocked(place)
	}
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
		if h := q.list.Get(s.off.heir); h != nil && !h.State.Ended() {
			if q.heirs == nil {
				q.heirs = make(map[transfer.ID][]uint64)
			}
			q.heirs[h.ID] = append(q.heirs[h.ID], place) // heirEndedLocked
			return
		}
		q.proveLocked(s.off)
	}
	s.busy = s.off.heir != 0
	q.late[place] = s
	q.asking = append(q.asking, place)
	q.askWake.Ring()
}

// noLongerMootLocked asks what was not asked as long as the entry was on its way to that place, which has ended or
// goes.
func (q *Queue) noLongerMootLocked(e *entry) {
	if len(q.late) == 0 { // as a rule
		return
	}
	place, next := e.places()
	_, video := e.ids()
	all := []uint64{place, next, q.placeCalledLocked(e, e.name()), q.mediums.late[video]}
	if t := e.aimed(); t != nil && !q.asks {
		all = append(all, q.placeOf(t.bucket, t.key))
	}
	for _, place := range all {
		q.askUnlessMootLocked(e, place)
	}
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
	bucket, key, _ := q.o.Uploader.Key(name, e.ID) // such a name has no place
	return q.placeOf(bucket, cmp.Or(key, name))
}

// askUnlessMootLocked asks what was put off at that place. What the entry is uploaded as is its own.
func (q *Queue) askUnlessMootLocked(e *entry, place uint64) {
	if s := q.late[place]; s.moot && s.over {
		q.askedLocked(place, func(off *callOff) bool { return e.State == list.Success && off.isOf(e) }, commit.Change{})
	}
}

// heirEndedLocked asks what waited for the file to be read once more.
func (q *Queue) heirEndedLocked(e *entry) {
	waiting := q.heirs[e.ID]
	delete(q.heirs, e.ID)
	for _, place := range waiting {
		if s := q.late[place]; s.over && s.off != nil && s.off.heir == e.ID {
			q.askLocked(place)
		}
	}
}

// proveLocked takes from its heir what the file was read to have.
func (q *Queue) proveLocked(off *callOff) {
	if h := q.list.Get(off.heir); h != nil && h.State == list.Success && h.Size == off.size {
		t := h.aimed()
		off.proof = checksum{t.crc64, t.hasCRC}
	}
}

// mootLocked reports whether something is on its way to the place that takes the place of what may be there. Where the
// first that is stored wins that does not make room for it: who moved away does.
func (q *Queue) mootLocked(place uint64, off *callOff) bool {
	if !q.overwrites() && off.heir != 0 {
		return false
	}
	coming := func(e *entry) bool { return !e.State.Ended() }
	if q.places.Any(place, coming) {
		return true
	}
	e := q.tree.get(off.name) // what is received has no place yet
	if e == nil || !coming(e) {
		return false
	}
	bucket, key, err := q.o.Uploader.Key(off.name, e.ID)
	return err == nil && (key == "" || q.placeOf(bucket, key) == place)
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
	return journal.Late{Place: place, ID: uint64(s.of), Gen: s.gen, Off: s.off.row()}
}

func (off *callOff) row() *journal.CalledOff {
	if off == nil {
		return nil
	}
	return &journal.CalledOff{ID: uint64(off.id), Gen: off.gen, Name: off.name, Bucket: off.bucket, Key: off.key,
		VideoID: off.videoID, Size: off.size, Since: off.since, CRC64: off.sum.crc, HasCRC: off.sum.known,
		Heir: uint64(off.heir), Older: off.older.row()}
}

// restoredCallOff is the inverse.
func restoredCallOff(off *journal.CalledOff) *callOff {
	if off == nil {
		return nil
	}
	return &callOff{id: transfer.ID(off.ID), gen: off.Gen, name: off.Name,
		bucket: off.Bucket, key: off.Key, videoID: off.VideoID, size: off.Size, since: off.Since,
		sum: checksum{off.CRC64, off.HasCRC}, heir: transfer.ID(off.Heir), older: restoredCallOff(off.Older)}
}
