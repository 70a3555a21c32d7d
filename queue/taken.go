package queue

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
)

// takenNames remembers which names were uploaded and had their copies removed by us, whatever became of their entries
// since: these are replaced, cleared and deleted, and who goes on with the file does not know that. It has two
// generations, so that nothing is ever searched for what is old:
//
//	note --> young --full, or its first is older than pieceSoon--> old --the same again--> forgotten
//
// The journal keeps only what no entry in the list tells any more: a name goes there with the row that is deleted.
type takenNames struct {
	young, old map[uint64]removal // by nameSum
	first      uint32             // when the first of young was noted
	last, past uint32             // when the last of young and of old were
	due        []journal.Taken    // for the journal, with the next change
}

// takenMost is how many names one generation has: so many at least are remembered, and twice as many at most.
const takenMost = 50_000

// removal is what is known of one name.
type removal struct {
	at    uint32 // unix seconds
	empty bool   // the file had no content: whoever goes on with it misses nothing
}

// nameSum stands for a name, in every run of inboxfs the same.
func nameSum(name string) uint64 {
	sum := sha256.Sum256([]byte(name))
	return binary.BigEndian.Uint64(sum[:])
}

// note remembers a name, and returns up to when the journal can forget others; 0: nothing.
func (t *takenNames) note(sum uint64, r removal) (until uint32) {
	if known, ok := t.get(sum); ok && known.at > r.at {
		return 0
	}
	full := len(t.young) >= takenMost
	if full || len(t.young) > 0 && time.Duration(int64(r.at)-int64(t.first))*time.Second > pieceSoon {
		until = t.past
		t.old, t.past = t.young, t.last
		t.young, t.last = nil, 0
	}
	if t.young == nil {
		t.young, t.first = make(map[uint64]removal), r.at
	}
	t.young[sum], t.last = r, max(t.last, r.at)
	return until
}

func (t *takenNames) get(sum uint64) (removal, bool) {
	r, ok := t.young[sum]
	if !ok {
		r, ok = t.old[sum]
	}
	return r, ok
}

// soon reports whether something at a time in unix seconds was not long ago.
func (q *Queue) soon(at uint32) bool { return q.now().Sub(time.Unix(int64(at), 0)) < pieceSoon }

// tookLocked notes that we removed the copy of an uploaded entry.
func (q *Queue) tookLocked(e *entry) {
	e.taken = true
	q.noteTakenLocked(nameSum(e.name()), removal{uint32(q.now().Unix()), e.Size == 0})
}

func (q *Queue) noteTakenLocked(sum uint64, r removal) {
	if until := q.taken.note(sum, r); until > 0 {
		q.stageLocked(commit.Change{Batch: journal.Batch{TakenUntil: until}})
	}
}

// keepTakenLocked sees to it that the journal knows of the name of an uploaded entry that is taken off the list, not
// later than the entry's row goes.
func (q *Queue) keepTakenLocked(e *entry) {
	if !e.taken || q.now().Sub(unixMilli(e.finished)) >= pieceSoon {
		return
	}
	sum := nameSum(e.name())
	if r, ok := q.taken.get(sum); ok {
		q.taken.due = append(q.taken.due, journal.Taken{Name: sum, At: r.at, Empty: r.empty})
	}
}

// restoreTakenLocked puts the names back together from what the journal has of them, and from the list.
func (q *Queue) restoreTakenLocked(r *Recovered) {
	type noted struct {
		at    uint32
		e     *entry // nil: taken has it
		taken *journal.Taken
	}
	var all []noted
	var expired uint32
	for i := range r.taken {
		if t := &r.taken[i]; q.soon(t.At) {
			all = append(all, noted{at: t.At, taken: t})
		} else {
			expired = max(expired, t.At)
		}
	}
	for e := range q.list.All() {
		if at := uint32(e.finished / 1000); e.taken && q.soon(at) {
			all = append(all, noted{at: at, e: e})
		}
	}
	slices.SortStableFunc(all, func(a, b noted) int { return cmp.Compare(a.at, b.at) })
	for _, n := range all[max(0, len(all)-2*takenMost):] {
		if n.e != nil {
			q.noteTakenLocked(nameSum(n.e.name()), removal{n.at, n.e.Size == 0})
		} else {
			q.noteTakenLocked(n.taken.Name, removal{n.at, n.taken.Empty})
		}
	}
	if expired > 0 {
		q.stageLocked(commit.Change{Batch: journal.Batch{TakenUntil: expired}})
	}
}
