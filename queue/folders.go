package queue

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"inboxfs/queue/names"
)

// Folders is who shows the inbox: it knows how folders came there, and who uses them.
type Folders interface {
	// Remove removes those of the folders that came with their files, are empty, are used by nobody, and were shown to
	// nobody for the time of rest. later are those of which that may be true later. No lock is held meanwhile.
	Remove(names []string, rest time.Duration) (removed, later []string)
}

// Shown says who shows the inbox. Until then no folder is removed.
func (q *Queue) Shown(by Folders) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.folders = by
}

// Uploads reports whether what is in a folder of that name is uploaded.
func (q *Queue) Uploads(folder string) bool { return q.o.Names.Class(folder+"/") == names.Final }

// Vacated says that a folder was removed by a user: its name is his to use for something else.
func (q *Queue) Vacated(folder string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.vacatedLocked(folder)
}

func (q *Queue) vacatedLocked(folder string) {
	if d := q.tree.dir(folder); d != nil {
		d.vacated = true
	}
}

const (
	codeFolder = "FolderOfThatName" // the code of a file that took the name of a folder that was removed
	tookFolder = "a folder of this name went when its files had been uploaded, and this may have been meant for it"
	folderHint = "move it to where it belongs, or release it to upload it under this name"
)

// tookFolderLocked reports whether the entry's file has the name of a folder whose files were uploaded, and which no
// user has removed: he may have copied it to the folder, which is there no more.
func (q *Queue) tookFolderLocked(e *entry) bool {
	return !e.trusted && e.inInbox() && q.wasFolderLocked(e.name())
}

func (q *Queue) wasFolderLocked(name string) bool {
	d := q.tree.dir(name)
	return d != nil && !d.vacated
}

// emptiedLocked notes that a file left its folder, which may be empty now.
func (q *Queue) emptiedLocked(path string) {
	name := q.nameOf(path)
	folder, _ := split(name)
	if folder == "" || q.o.KeepFolders {
		return
	}
	q.emptied[q.folderLocked(folder)] = struct{}{}
	q.usedLocked(name)
}

// folderLocked is the node of a folder, which goes where the folder goes. Of one without entries it is one that stays.
func (q *Queue) folderLocked(name string) *dir {
	if d := q.tree.dir(name); d != nil {
		return d
	}
	return &dir{parent: &q.tree.root, name: name}
}

// nameOf is the name below inbox of what is at path in the spool.
func (q *Queue) nameOf(path string) string {
	return filepath.ToSlash(strings.TrimPrefix(path, q.o.Inbox+string(filepath.Separator)))
}

// usedLocked notes that something happened in the dropped tree to which name belongs.
func (q *Queue) usedLocked(name string) {
	if top, _, sub := strings.Cut(name, "/"); sub {
		q.used[top] = q.now()
	}
}

// quietLocked reports whether nothing has happened for a while in the dropped tree to which the folder belongs.
func (q *Queue) quietLocked(folder string) bool {
	top, _, _ := strings.Cut(folder, "/")
	return q.now().Sub(q.used[top]) >= folderRest
}

// sweepFolders removes emptied folders of trees that have been quiet, and then those above that are empty now. One that
// is not empty stays, and is not looked at again until an upload takes a file from it.
func (q *Queue) sweepFolders() {
	q.mu.Lock()
	by, all := q.folders, []string(nil)
	if by != nil {
		all = q.takeQuietLocked()
	}
	q.mu.Unlock()
	for len(all) > 0 {
		removed, later := by.Remove(all, folderRest)
		q.mu.Lock()
		for _, name := range later {
			q.emptied[q.folderLocked(name)] = struct{}{}
		}
		all = all[:0]
		for _, name := range removed {
			if d := q.tree.dir(name); d != nil {
				d.vacated = false
			}
			if up, _ := split(name); up != "" {
				all = append(all, up)
			}
		}
		q.mu.Unlock()
		all = belowFirst(all)
	}
}

// belowFirst sorts the names of folders, those below before those above, and leaves none twice.
func belowFirst(all []string) []string {
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.Count(b, "/"), strings.Count(a, "/")), cmp.Compare(a, b))
	})
	return slices.Compact(all)
}

// takeQuietLocked takes the emptied folders of trees that have been quiet off the list.
func (q *Queue) takeQuietLocked() (all []string) {
	for d := range q.emptied {
		if name := d.path(); q.quietLocked(name) {
			delete(q.emptied, d)
			if q.Uploads(name) {
				all = append(all, name)
			}
		}
	}
	now := q.now()
	for top, at := range q.used {
		if now.Sub(at) >= folderRest {
			delete(q.used, top)
		}
	}
	return belowFirst(all)
}

// emptyFolders finds the empty ones among the folders of a walk, which tells it all that it visits.
type emptyFolders struct {
	last string   // the folder that was visited last, of which nothing was seen yet; "" for none
	all  []string // paths
}

func (f *emptyFolders) visit(path string, folder bool) {
	if f.last != "" && filepath.Dir(path) != f.last {
		f.all = append(f.all, f.last)
	}
	if f.last = ""; folder {
		f.last = path
	}
}

// end returns the paths of all empty folders.
func (f *emptyFolders) end() []string {
	if f.last != "" {
		f.all = append(f.all, f.last)
	}
	return f.all
}
