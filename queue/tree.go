package queue

import (
	"path"
	"strings"

	"inboxfs/queue/transfer"
)

// tree finds the newest entry of a name, and what stands in a folder, without looking at any other entry. Moving a
// folder moves one node, whatever is below it. Guarded by Queue.mu.
type tree struct {
	root  dir
	asked *dir // see pathOf
}

// dir is a folder that holds at least one entry somewhere below it (the root may be empty).
type dir struct {
	parent *dir
	name   string
	dirs   map[string]*dir
	files  map[string]*entry
	moved  *relocation // while not all entries below have followed its last one
	// the folder as it is called now, for those without a place, who keep their names; nil: see asCalled
	past   *dir
	halves map[string]*halves // by the ending of the names (placeholder.go); nil: there are no half files

	mark  *entry      // the newest of them that is a mark of a sync program, if it still is
	last  transfer.ID // the newest entry that came to stand in it or below it, whatever became of that
	alone int64       // unix ms, when the last file was added that looks like a segment

	vacated bool // a user removed the folder itself or moved it away, and not we
}

// path is the folder's name below inbox, "" for the root.
func (d *dir) path() string {
	if d.parent == nil {
		return ""
	}
	if d.parent.parent == nil {
		return d.name
	}
	return d.parent.path() + "/" + d.name
}

func (d *dir) empty() bool { return len(d.dirs) == 0 && len(d.files) == 0 }

// dir finds a folder, or nil.
func (t *tree) dir(name string) *dir {
	d := &t.root
	for name != "" && d != nil {
		head, rest, _ := strings.Cut(name, "/")
		d, name = d.dirs[head], rest
	}
	return d
}

// makeDir finds a folder or makes its node. vacated says of one that it makes that a user took the folder away.
func (t *tree) makeDir(name string, vacated bool) *dir {
	d := &t.root
	for name != "" {
		head, rest, _ := strings.Cut(name, "/")
		next := d.dirs[head]
		if next == nil {
			next = &dir{parent: d, name: strings.Clone(head), vacated: vacated}
			if d.dirs == nil {
				d.dirs = make(map[string]*dir)
			}
			d.dirs[next.name] = next
		}
		d, name = next, rest
	}
	return d
}

// get is the newest entry called name, or nil.
func (t *tree) get(name string) *entry {
	folder, base := split(name)
	d := t.dir(folder)
	if d == nil {
		return nil
	}
	return d.files[base]
}

// put makes e the newest entry called name. An entry that was is left without a place in the tree.
func (t *tree) put(name string, e *entry) {
	t.take(e)
	folder, base := split(name)
	d := t.makeDir(folder, false)
	if d.files == nil {
		d.files = make(map[string]*entry)
	}
	e.dir, e.base = d, strings.Clone(base)
	e.loose = false
	if old := d.files[base]; old != nil && old != e {
		d.leaveHalves(old)
		old.loosen()
	}
	d.files[e.base] = e
	d.joinHalves(e)
	if isSyncMark(e.base) {
		d.mark = e
	}
	d.came(e.ID)
}

// came notes that an entry stands in d or below it.
func (d *dir) came(id transfer.ID) {
	for ; d != nil && d.last < id; d = d.parent {
		d.last = id
	}
}

// shownDir is the folder that status shows by that name: of a folder and an entry of one name the one that got the
// newest entry. nil: no folder, or the entry is newer.
func (t *tree) shownDir(name string) *dir {
	d := t.dir(name)
	if e := t.get(name); d != nil && e != nil && e.ID > d.last {
		return nil
	}
	return d
}

// take removes e from the tree and drops folders that held nothing else. e keeps its name.
func (t *tree) take(e *entry) {
	if e.dir == nil || e.loose {
		return
	}
	d := e.dir
	if d.files[e.base] == e {
		delete(d.files, e.base)
	}
	d.leaveHalves(e)
	e.loosen()
	t.prune(d)
}

// loosen leaves the entry without a place. From now on its name is what it was, whatever folders are called later.
func (e *entry) loosen() { e.loose, e.dir = true, e.dir.asCalled() }

// asCalled is a node outside the tree with the path that the folder has now. Those below one folder share it until that
// moves.
func (d *dir) asCalled() *dir {
	if d.parent == nil {
		return d
	}
	parent := d.parent.asCalled()
	if d.past == nil || d.past.parent != parent || d.past.name != d.name {
		d.past = &dir{parent: parent, name: d.name}
	}
	return d.past
}

func (t *tree) prune(d *dir) {
	for d.parent != nil && d.empty() {
		if d.parent.dirs[d.name] == d {
			delete(d.parent.dirs, d.name)
		}
		d = d.parent
	}
}

// moveDir gives a folder a new name and returns it, or nil when there is none. A folder in its place (rename replaces
// only empty ones, so it can hold nothing but ended entries) is left without one, and so are the entries below it.
func (t *tree) moveDir(old, name string) *dir {
	d := t.dir(old)
	if d == nil || d.parent == nil {
		return nil
	}
	from := d.parent
	delete(from.dirs, d.name)
	folder, base := split(name)
	to := t.makeDir(folder, false)
	if to.dirs == nil {
		to.dirs = make(map[string]*dir)
	}
	d.parent, d.name = to, strings.Clone(base)
	to.dirs[d.name] = d
	to.came(d.last)
	t.prune(from)
	return d
}

// isLoose reports whether another entry took the place of this one in the tree, or none has it any more.
func (e *entry) isLoose() bool {
	if e.loose {
		return true
	}
	for d := e.dir; d != nil && d.parent != nil; d = d.parent {
		if d.parent.dirs[d.name] != d { // another folder took its place
			return true
		}
	}
	return false
}

// each visits every entry below d until fn has had enough, and reports whether it has not. fn may take the entry it is
// given.
func (d *dir) each(fn func(*entry) bool) bool {
	for _, e := range d.files {
		if !fn(e) {
			return false
		}
	}
	for _, sub := range d.dirs {
		if !sub.each(fn) {
			return false
		}
	}
	return true
}

// holdsMore reports whether there are more than n entries below d.
func (d *dir) holdsMore(n int) bool {
	return !d.each(func(*entry) bool {
		n--
		return n >= 0
	})
}

// holds reports whether the entry is below d.
func (d *dir) holds(e *entry) bool {
	at := e.dir
	for at != nil && at != d {
		at = at.parent
	}
	return at != nil
}

func split(name string) (folder, base string) {
	folder, base = path.Split(name)
	return strings.TrimSuffix(folder, "/"), base
}
