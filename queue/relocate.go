package queue

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/transfer"
	"inboxfs/queue/wake"
)

// relocation is a folder that has another name, while not all entries below it have followed. They are called by the
// new name at once. All else that a new name means for an entry comes bit by bit, since there may be a million of them
// and others want the lock, too. Before an entry has followed it is neither synced nor uploaded.
type relocation struct {
	dir    *dir
	old    string              // its path before
	name   string              // and behind
	by     Who                 // who had it moved
	number uint64              // of the move
	before *relocation         // of the same folder, if not all entries had followed when it moved again
	newest transfer.ID         // younger entries came to the folder later
	done   map[*entry]struct{} // older entries that followed, or came to the folder later
}

// bits says in what bits many entries are handled.
type bits struct {
	atOnce  int // as many at most while somebody waits
	locked  int // without giving the lock to others
	durable int // before what was staged is waited for: others want the journal, too, and it takes memory
	seen    int // entries looked at without giving the lock to others
}

// bitRest is left to others after each bit: also processors, and not only the lock.
const bitRest = time.Millisecond

// usualBits take about a millisecond of a processor each.
var usualBits = bits{atOnce: 256, locked: 64, durable: 1024, seen: 4096}

// awaits reports whether the entry, which is below the folder, has yet to follow it; r may be nil.
func (r *relocation) awaits(e *entry) bool {
	if r == nil || e.ID > r.newest {
		return false
	}
	_, done := r.done[e]
	return !done
}

// relocateLocked makes moves of folders, which Renamed or Exchanged was told: from and to, one after another. They are
// in the journal as such until all entries followed, so that a kill on the way costs none of them what is known of it,
// and no link its mark that another user moved it.
func (q *Queue) relocateLocked(by Who, moves ...[2]string) {
	var dirs []*dir
	was := make(map[*dir]string)
	large := false
	for _, m := range moves {
		q.adoptElsewhereLocked(m[0], m[1], by)
		by = q.tree.dir(m[0]).movedBy(by)
		d := q.tree.moveDir(m[0], m[1])
		if d != nil && !slices.Contains(dirs, d) {
			dirs = append(dirs, d)
			was[d] = m[0]
			large = large || d.moved != nil || d.holdsMore(q.bits.atOnce)
		}
	}
	if large {
		for _, m := range moves {
			q.lastMove++
			q.moves = append(q.moves, q.lastMove)
			q.stageLocked(commit.Change{
				Batch: journal.Batch{Moves: []journal.Move{{N: q.lastMove, Old: m[0], New: m[1], By: uint8(by)}}}})
		}
	}
	for _, d := range dirs {
		if large {
			q.moving = slices.DeleteFunc(q.moving, func(r *relocation) bool { return r == d.moved })
			d.moved = q.relocationLocked(d, was[d], by)
			q.moving = append(q.moving, d.moved)
			q.followUnderWayLocked(d)
			q.relocated.Ring()
			continue
		}
		var below []*entry
		d.each(func(e *entry) bool {
			below = append(below, e)
			return true
		})
		slices.SortFunc(below, func(a, b *entry) int { return turnOf(a).compare(turnOf(b)) })
		d.moved = q.relocationLocked(d, was[d], by)
		for _, e := range below {
			q.followLocked(e, e.whoseUpTo(d)) // a folder above that has moved did so before e came to it
		}
		d.moved = nil
	}
	q.touchLocked()
	q.scheduleLocked()
}

func (q *Queue) relocationLocked(d *dir, old string, by Who) *relocation {
	q.renamings++
	return &relocation{dir: d, old: old, name: d.path(), by: by, number: q.renamings, before: d.moved,
		newest: q.list.LastID,
		done:   make(map[*entry]struct{})}
}

// caughtUpLocked is fileLocked for who gives the name or the file to something else: an uploaded entry that has yet to
// follow its folder does so first, because it keeps its old name, and only its file has the new one.
func (q *Queue) caughtUpLocked(name string) *entry {
	if e := q.fileLocked(name); e != nil && e.standing() == list.Success && q.unmovedLocked(e) {
		q.followLocked(e, e.whose())
	}
	return q.fileLocked(name)
}

// unmovedLocked reports whether the entry has yet to follow a folder.
func (q *Queue) unmovedLocked(e *entry) bool {
	if len(q.moving) == 0 || e.dir == nil || e.isLoose() {
		return false
	}
	for d := e.dir; d != nil; d = d.parent {
		if d.moved.awaits(e) {
			return true
		}
	}
	return false
}

// followedLocked notes that nothing is left to do for the entry, where it is now.
func (q *Queue) followedLocked(e *entry) {
	if len(q.moving) == 0 {
		return
	}
	for d := e.dir; d != nil; d = d.parent {
		if r := d.moved; r != nil && e.ID <= r.newest {
			r.done[e] = struct{}{}
		}
	}
}

// followUnderWayLocked has those follow that send just now: what arrives under the old name is not what the list shows.
func (q *Queue) followUnderWayLocked(d *dir) {
	var sending []*entry
	for _, r := range q.sending {
		sending = append(sending, r.e)
	}
	for e := range q.streams {
		sending = append(sending, e)
	}
	for _, e := range sending {
		if !e.gone && e.run != nil && d.holds(e) && q.unmovedLocked(e) {
			q.followLocked(e, e.whose())
		}
	}
}

// followLocked does to one entry what the new name of its folder means. An uploaded one keeps its name, under which its
// object is, and if its file is still there that is a new drop; the others are received anew, unless they ended. For a
// link who answers now.
func (q *Queue) followLocked(e *entry, who Who) {
	old := e.oldName()
	e.maker = who
	ignored, uploaded := q.o.Names.Class(e.name()) == names.Ignored, e.standing() == list.Success
	if ignored && !uploaded {
		q.goneLocked(e) // while it knows its old name
		return
	}
	q.followedLocked(e)
	q.movedMediumLocked(e, old)
	switch {
	case uploaded:
		q.stayBehindLocked(e, old, ignored)
	case e.isBarred():
		q.keepBarredLocked(e, old)
	default:
		q.receiveAnewLocked(e, old, e.trusted && !q.wasFolderLocked(e.name()))
		q.settleUnlessOpenLocked(e)
	}
}

// runRelocations has entries follow their folders, and adopts files, until stop is closed.
func (q *Queue) runRelocations(stop <-chan struct{}) {
	for {
		select {
		case <-q.relocated:
		case <-stop:
			return
		}
		q.mu.Lock()
		for !wake.Closed(stop) && len(q.moving)+len(q.adoptions) > 0 {
			if len(q.moving) > 0 {
				q.carryLocked(q.moving[0], stop)
			} else {
				q.adoptNextLocked(stop)
			}
		}
		q.mu.Unlock()
	}
}

// carryLocked has the entries of one relocation follow, in the order in which they were or will be added. q.mu is given
// up in between.
func (q *Queue) carryLocked(r *relocation, stop <-chan struct{}) {
	rest := breaks{q: q, stop: stop}
	current := func() bool { return r.dir.moved == r && !wake.Closed(stop) }
	for current() {
		turns := q.unmovedBelowLocked(r.dir, &rest, current)
		if len(turns) == 0 {
			break
		}
		q.mu.Unlock()
		slices.SortFunc(turns, turn.compare)
		q.mu.Lock()
		for _, t := range turns {
			unmoved := current() && !t.e.gone && q.unmovedLocked(t.e)
			if unmoved {
				q.followLocked(t.e, t.e.whose())
			}
			rest.afterLocked(unmoved)
		}
	}
	if !current() { // another move of the folder took its place
		return
	}
	r.dir.moved = nil
	q.moving = slices.DeleteFunc(q.moving, func(other *relocation) bool { return other == r })
	if len(q.moving) == 0 { // a row may need several moves, so all go together
		q.stageLocked(commit.Change{Batch: journal.Batch{Moved: q.moves}})
		q.moves = nil
	}
	q.scheduleLocked()
}

// unmovedBelowLocked finds the entries below d that have yet to follow, as long as that is wanted.
func (q *Queue) unmovedBelowLocked(d *dir, rest *breaks, wanted func() bool) (turns []turn) {
	d.each(func(e *entry) bool { // others may change the folder meanwhile
		if q.unmovedLocked(e) {
			turns = append(turns, turnOf(e))
		}
		rest.afterLocked(false)
		return wanted()
	})
	return turns
}

// breaks gives the lock to others while many entries are handled.
type breaks struct {
	q              *Queue
	stop           <-chan struct{}
	seen, followed int
	staged         int // since the last wait
}

// afterLocked is called after each entry.
func (b *breaks) afterLocked(handled bool) {
	q := b.q
	if b.seen++; handled {
		b.followed++
		b.staged++
	}
	if b.followed < q.bits.locked && b.seen < q.bits.seen {
		return
	}
	b.seen, b.followed = 0, 0
	q.scheduleLocked()
	if b.staged < q.bits.durable {
		q.mu.Unlock()
		time.Sleep(bitRest)
		q.mu.Lock()
		return
	}
	b.staged = 0
	told := make(chan struct{})
	q.stageLocked(commit.Change{Soon: true, Told: func() { close(told) }})
	q.mu.Unlock()
	select {
	case <-told:
	case <-b.stop:
	}
	q.mu.Lock()
}

// turn is where an entry stands in the order in which entries were or will be added: first those that were, then those
// on the way to stable storage, then those that settle.
type turn struct {
	e       *entry
	order   uint64
	settles time.Time
}

func turnOf(e *entry) turn { return turn{e, orLast(e.Order), e.settles()} }

func (t turn) compare(other turn) int {
	return cmp.Or(cmp.Compare(t.order, other.order), t.settles.Compare(other.settles), cmp.Compare(t.e.ID, other.e.ID))
}

// settles is when the entry settles, or did; zero: it does not.
func (e *entry) settles() (at time.Time) {
	switch {
	case e.Due != nil:
		return *e.Due
	case e.seal != nil:
		return e.seal.Joined()
	}
	return at
}

// below is a path under its new name, when old is called name now; false where that is another's matter.
func below(path, old, name string) (string, bool) {
	if path == old {
		return name, true
	}
	rest, ok := strings.CutPrefix(path, old+"/")
	return name + "/" + rest, ok
}
