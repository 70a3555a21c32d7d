package queue

import (
	"path"
	"strings"
)

// tree finds the newest entry of a name, and what stands in a folder, without looking at any other entry. Moving a
// folder moves one node, whatever is below it. Guarded by Queue.mu.
type tree struct{ root dir }

// dir is a folder that holds at least one entry somewhere below it (the root may be empty).
type dir struct {
	parent *dir
	name   string
	dirs   map[string]*dir
	files  map[string]*entry
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

// makeDir finds a folder or makes its node.
func (t *tree) makeDir(name string) *dir {
	d := &t.root
	for name != "" {
		head, rest, _ := strings.Cut(name, "/")
		next := d.dirs[head]
		if next == nil {
			next = &dir{parent: d, name: strings.Clone(head)}
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
	d := t.makeDir(folder)
	if d.files == nil {
		d.files = make(map[string]*entry)
	}
	e.dir, e.base = d, strings.Clone(base)
	e.loose = false
	if old := d.files[base]; old != nil && old != e {
		old.loose = true
	}
	d.files[e.base] = e
}

// take removes e from the tree and drops folders that held nothing else. e keeps its name.
func (t *tree) take(e *entry) {
	if e.dir == nil || e.loose {
		return
	}
	if e.dir.files[e.base] == e {
		delete(e.dir.files, e.base)
	}
	e.loose = true
	t.prune(e.dir)
}

func (t *tree) prune(d *dir) {
	for d.parent != nil && d.empty() {
		if d.parent.dirs[d.name] == d {
			delete(d.parent.dirs, d.name)
		}
		d = d.parent
	}
}

// moveDir gives a folder a new name and reports whether there was one. A folder in its place (rename replaces only
// empty ones, so it can hold nothing but ended entries) is left without a place.
func (t *tree) moveDir(old, name string) *dir {
	d := t.dir(old)
	if d == nil || d.parent == nil {
		return nil
	}
	from := d.parent
	delete(from.dirs, d.name)
	folder, base := split(name)
	to := t.makeDir(folder)
	if to.dirs == nil {
		to.dirs = make(map[string]*dir)
	}
	if gone := to.dirs[base]; gone != nil {
		gone.each(func(e *entry) { e.loose = true })
	}
	d.parent, d.name = to, strings.Clone(base)
	to.dirs[d.name] = d
	t.prune(from)
	return d
}

// each visits every entry below d. fn may take the entry it is given.
func (d *dir) each(fn func(*entry)) {
	for _, e := range d.files {
		fn(e)
	}
	for _, sub := range d.dirs {
		sub.each(fn)
	}
}

func split(name string) (folder, base string) {
	folder, base = path.Split(name)
	return strings.TrimSuffix(folder, "/"), base
}
