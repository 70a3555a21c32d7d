package queue

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"inboxfs/queue/list"
)

// oldName is the name that an entry had before the folders moved that it has yet to follow: what it is called now, with
// each of these moves taken back, the last one first.
func (e *entry) oldName() string {
	var moves []*relocation
	for d := e.dir; d != nil; d = d.parent {
		for r := d.moved; r != nil; r = r.before {
			if r.awaits(e) {
				moves = append(moves, r)
			}
		}
	}
	slices.SortFunc(moves, func(a, b *relocation) int { return cmp.Compare(b.number, a.number) })
	name := e.name()
	for _, r := range moves {
		if rest, below := strings.CutPrefix(name, r.name+"/"); below {
			name = r.old + "/" + rest
		}
	}
	return name
}

// sentName is the name by which the entry was sent, or would have been so far.
func (e *entry) sentName() string {
	if e.isLoose() {
		return e.name()
	}
	return e.oldName()
}

// stayBehindLocked has an uploaded entry keep its old name when its folder gets another, as one does whose file is
// renamed. If the file is still there it is a drop under its new name, unless such a name is ignored: no object has
// that.
func (q *Queue) stayBehindLocked(e *entry, old string, ignored bool) {
	name, copied := e.name(), !e.bare && e.inInbox()
	q.tree.take(e)
	folder, base := split(old)
	switch {
	case !copied && q.tree.get(old) == nil:
		q.tree.makeDir(folder, true)
		q.tree.put(old, e)
	default:
		e.dir, e.base = q.tree.pathOf(folder), strings.Clone(base)
	}
	e.stays = false
	q.bareLocked(e)
	if copied && !ignored {
		q.dropAgainLocked(e, name)
	}
}

// pathOf is a node outside the tree with that path, the same for one that is asked for again and again.
func (t *tree) pathOf(folder string) *dir {
	if d := t.dir(folder); d != nil {
		return d.asCalled()
	}
	if t.asked == nil || t.asked.path() != folder {
		t.asked = &t.root
		for part := range strings.SplitSeq(folder, "/") {
			t.asked = &dir{parent: t.asked, name: part}
		}
	}
	return t.asked
}

// stayedLocked gives those their old names of which the start finds that their folders have others and their files are
// gone.
func (q *Queue) stayedLocked(r *Recovered) {
	ids := slices.Collect(maps.Keys(r.moved))
	slices.Sort(ids)
	for _, id := range slices.Backward(ids) { // of several with one name the newest has the place
		if e := q.list.Get(id); e != nil && e.State == list.Success && e.name() != r.moved[id] {
			q.stayBehindLocked(e, r.moved[id], false)
		}
	}
}
