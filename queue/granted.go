package queue

import (
	"cmp"
	"fmt"
	"slices"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// Where a server says for each file where it goes (VOD), its answer must be no other file's: who sends to an address
// twice writes the first file over. An answer is another file's if its video, or its bucket and key, is that of another
// entry, whatever became of that: finished ones count, too. Of those that went off the list since the last so many are
// known.

// Holder tells whose the answer is, if it is that of another file than id.
func (q *Queue) Holder(id transfer.ID, g transfer.Granted) (whose string, held bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	whose = q.whoseLocked(q.list.Get(id), g)
	return whose, whose != ""
}

// whoseLocked tells whose the answer is, if it is that of another entry than e; "": it is not.
func (q *Queue) whoseLocked(e *entry, g transfer.Granted) string {
	if o := q.holderLocked(e, g); o != nil {
		return fmt.Sprintf("#%d %q", o.ID, o.name())
	}
	for _, sum := range []uint64{videoSum(g.VideoID), q.addressOf(g.Bucket, g.Key)} {
		if id := q.given.of(sum); id != 0 {
			return fmt.Sprintf("#%d, which was uploaded and is not in the list any more", id)
		}
	}
	return ""
}

func (q *Queue) holderLocked(e *entry, g transfer.Granted) (holder *entry) {
	another := func(o *entry) bool {
		if o != e {
			holder = o
		}
		return o != e
	}
	if g.VideoID != "" && q.videos.Any(packedID(g.VideoID), another) {
		return holder
	}
	address := q.addressOf(g.Bucket, g.Key)
	if address == 0 || q.addresses.Any(address, another) {
		return holder
	}
	for _, r := range q.sending { // of one that has the answer and has not begun
		if r.granted == address && another(r.e) {
			return holder
		}
	}
	return nil
}

// addressOf is what an entry is found by that goes to this object; 0 where the configuration says where files go.
func (q *Queue) addressOf(bucket, key string) uint64 {
	if !q.asks || key == "" {
		return 0
	}
	return q.placeOf(bucket, key)
}

// takeLocked notes the answer that a run got, unless it is another file's. That of a deleted one is free once its run
// has ended.
func (r *run) takeLocked(g transfer.Granted) error {
	if o := r.q.holderLocked(r.e, g); o != nil && o.gone { // that passes
		return inUse("a file that was deleted", g.Key)
	}
	if whose := r.q.whoseLocked(r.e, g); whose != "" {
		return &transfer.Error{Kind: transfer.Final, Code: "UploadAddressInUse",
			Message: "the address that was given for this file is that of " + whose,
			Hint:    "ask VOD for an address of each file's own (CreateUploadVideo), then retry"}
	}
	r.granted = r.q.addressOf(g.Bucket, g.Key)
	return nil
}

// given is what was given for files that were uploaded and went off the list: videos and addresses, by hashes, with the
// ids that the entries had. As takenNames it has two generations, and the journal has what both have.
type given struct {
	young, old map[uint64]transfer.ID
	last, past uint32          // numbers of the last ones of both
	due        []journal.Taken // for the journal, with the next change
}

// givenMost is how much one generation has: what was given for the last 50,000 files at least is known, as each has two
// of them, and for 100,000 at most.
const givenMost = 100_000

// videoSum is what a video is known by; 0 for none.
func videoSum(id string) uint64 {
	if id == "" {
		return 0
	}
	return nameSum("video " + id)
}

// of is who had what has that sum; 0: nobody, as far as is known.
func (g *given) of(sum uint64) transfer.ID {
	if sum == 0 {
		return 0
	}
	return cmp.Or(g.young[sum], g.old[sum])
}

// note remembers what was given, and returns up to which number the journal can forget the rest; 0: nothing.
func (g *given) note(sum uint64, id transfer.ID) (until uint32) {
	if len(g.young) >= givenMost {
		until = g.past
		g.old, g.past, g.young = g.young, g.last, nil
	}
	if g.young == nil {
		g.young = make(map[uint64]transfer.ID)
	}
	g.last++
	g.young[sum] = id
	return until
}

// keepGivenLocked sees to it that the journal knows what was given for an uploaded entry that is taken off the list,
// not later than the entry's row goes.
func (q *Queue) keepGivenLocked(e *entry) {
	if _, video := e.ids(); e.standing() != list.Success || video == "" && !q.asks {
		return
	}
	t := e.aimed()
	if t == nil {
		return
	}
	sums := []uint64{q.placeOf(t.bucket, t.key)}
	if _, piece := transfer.Whole(t.videoID); !piece {
		sums = append(sums, videoSum(t.videoID))
	}
	for _, sum := range sums {
		if sum == 0 {
			continue
		}
		g := &q.given
		until := g.note(sum, e.ID)
		g.due = append(g.due, journal.Taken{Name: sum, At: g.last, ID: uint64(e.ID)})
		if until > 0 {
			g.due = slices.DeleteFunc(g.due, func(t journal.Taken) bool { return t.At <= until })
			q.stageLocked(commit.Change{Batch: journal.Batch{GivenUntil: until}})
		}
	}
}

// restoreGivenLocked puts together what the journal has of it.
func (q *Queue) restoreGivenLocked(all []journal.Taken) {
	slices.SortFunc(all, func(a, b journal.Taken) int { return cmp.Compare(a.At, b.At) })
	for i, t := range all {
		if i == len(all)-givenMost {
			q.given.old, q.given.past, q.given.young = q.given.young, q.given.last, nil
		}
		if q.given.young == nil {
			q.given.young = make(map[uint64]transfer.ID)
		}
		q.given.young[t.Name], q.given.last = transfer.ID(t.ID), t.At
	}
}
