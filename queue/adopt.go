package queue

import (
	"slices"

	"inboxfs/queue/names"
	"inboxfs/queue/wake"
)

// adoption is a folder that had a name that is never uploaded, and has another now: nobody knows its files yet.
type adoption struct {
	name  string
	by    Who // who answers for what is in it
	moves int // how often it, or a folder below, has moved since
}

// adoptLaterLocked has the files of a folder found and received, without that anybody waits for it.
func (q *Queue) adoptLaterLocked(name string, by Who) {
	q.adoptions = append(q.adoptions, &adoption{name: name, by: Unknown.then(by)})
	q.relocated.Ring()
}

// adoptElsewhereLocked notes that a folder has another name: what is to be adopted may be there.
func (q *Queue) adoptElsewhereLocked(old, name string, by Who) {
	for _, a := range q.adoptions {
		if moved, ok := below(a.name, old, name); ok {
			a.name, a.by = moved, a.by.then(by)
			a.moves++
		} else if _, ok := below(old, a.name, ""); ok { // out of it, as a rule
			a.moves++
			q.adoptLaterLocked(name, a.by.then(by))
		}
	}
}

// adoptNextLocked adopts the files of one folder, in the order in which they changed last. q.mu is given up in between.
func (q *Queue) adoptNextLocked(stop <-chan struct{}) {
	a := q.adoptions[0]
	moves, path := a.moves, q.spoolPath(a.name)
	q.mu.Unlock()
	found, blind, _, err := q.scan(path)
	slices.SortStableFunc(found, func(a, b spooled) int { return changed(a.info).Compare(changed(b.info)) })
	unlock := q.GuardAll() // until then a move that was made may not have been told
	q.mu.Lock()
	unlock()
	if a.moves == moves && (err != nil || len(blind) > 0) {
		q.o.Log.Error("not all of a renamed folder can be read; the rest is found at the next start", "folder", path,
			"error", err)
	}
	rest := breaks{q: q, stop: stop}
	for _, f := range found {
		if a.moves != moves || wake.Closed(stop) {
			return // it is looked at anew
		}
		if q.o.Names.Class(f.name) != names.Ignored && q.fileLocked(f.name) == nil {
			e := q.newLocked(f.name)
			q.becomeLocked(e, f)
			e.maker = a.by
			if e.labeled = len(f.labels) > 0; e.labeled { // from when it had another name
				q.labelLaterLocked(e)
			}
			q.settleLocked(e)
		}
		rest.afterLocked(true)
	}
	if a.moves == moves {
		q.adoptions = slices.DeleteFunc(q.adoptions, func(other *adoption) bool { return other == a })
		q.scheduleLocked()
	}
}
