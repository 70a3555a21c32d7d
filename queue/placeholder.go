package queue

import (
	"path"
	"slices"
	"strings"

	"inboxfs/queue/names"
)

// Browsers make an empty file under the name that a download will have, so that nobody else takes it, and write to
// another beside it (Firefox: RANDOM.mp4.part, then film.RANDOM.mp4.part), which takes its place in the end. So an
// empty file waits as long as there is a half one with the same ending in its folder.

// halfEnds are what browsers put behind the name of a file that they have not whole yet.
var halfEnds = []string{".part", ".partial", ".crdownload", ".opdownload", ".download", ".crswap"}

// halves is what a folder has of files with one ending, of those with a place in the tree.
type halves struct {
	files   map[*entry]struct{} // half ones
	waiting map[*entry]struct{} // empty ones that wait, see parkLocked
}

// halfOf is the ending that a half file will have: ".mp4" for "film.Q0MzqDeL.mp4.part".
func halfOf(base string) (ending string, is bool) {
	end := path.Ext(base)
	if !slices.Contains(halfEnds, end) {
		return "", false
	}
	return path.Ext(strings.TrimSuffix(base, end)), true
}

// halvesOf is what the folder has of an ending, or nil.
func (d *dir) halvesOf(ending string) *halves {
	if d == nil {
		return nil
	}
	return d.halves[ending]
}

// joinHalves notes an entry that got a place in d, if it is a half file.
func (d *dir) joinHalves(e *entry) {
	ending, is := halfOf(e.base)
	if !is {
		return
	}
	if d.halves == nil {
		d.halves = make(map[string]*halves)
	}
	h := d.halves[ending]
	if h == nil {
		h = &halves{files: make(map[*entry]struct{})}
		d.halves[strings.Clone(ending)] = h
	}
	h.files[e] = struct{}{}
}

// leaveHalves notes that an entry has its place in d no more.
func (d *dir) leaveHalves(e *entry) {
	if ending, is := halfOf(e.base); is {
		if h := d.halves[ending]; h != nil {
			delete(h.files, e)
			d.dropHalves(ending)
		}
	}
	d.endPlaceholder(e)
}

// endPlaceholder notes that an entry does not wait any more, should it have.
func (d *dir) endPlaceholder(e *entry) {
	ending := path.Ext(e.base)
	if h := d.halvesOf(ending); h != nil {
		delete(h.waiting, e)
		d.dropHalves(ending)
	}
}

func (d *dir) dropHalves(ending string) {
	if h := d.halves[ending]; len(h.files) == 0 && len(h.waiting) == 0 {
		delete(d.halves, ending)
	}
}

// halfBesideLocked is the half file because of which the entry may be a placeholder; nil when there is none.
func (q *Queue) halfBesideLocked(e *entry) *entry {
	if e.Size != 0 || e.loose || e.link != "" {
		return nil
	}
	h := e.dir.halvesOf(path.Ext(e.base))
	if h == nil {
		return nil
	}
	for half := range h.files { // all but the first only where some of these names do not wait
		if half != e && half.inInbox() && q.o.Names.Class(half.name()) == names.Waiting {
			return half
		}
	}
	return nil
}

// awaitHalfLocked notes that a parked entry may be a placeholder.
func (q *Queue) awaitHalfLocked(e *entry) {
	if e.loose {
		return
	}
	if h := e.dir.halvesOf(path.Ext(e.base)); h != nil {
		if h.waiting == nil {
			h.waiting = make(map[*entry]struct{})
		}
		h.waiting[e] = struct{}{}
	}
}

// halfGoneLocked has those settle that waited because of a half file called name.
func (q *Queue) halfGoneLocked(name string) {
	folder, base := split(name)
	ending, is := halfOf(base)
	if !is {
		return
	}
	d := q.tree.dir(folder)
	if h := d.halvesOf(ending); h != nil {
		for e := range h.waiting {
			if q.halfBesideLocked(e) != nil {
				break // another, for all of them
			}
			q.settleLocked(e)
		}
	}
}
