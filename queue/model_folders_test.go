package queue

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"inboxfs/queue/spool"
)

// modelFolders removes folders for the model. What it knows of them goes by their names, so that it asks for the
// removal of whatever took the name of one, as the real one does not.
type modelFolders struct {
	q    *Queue
	mu   sync.Mutex      // guards the rest; taken before the queue's locks
	came map[string]bool // folders that came with their files; false: made to be used
	went map[string]bool // folders that were removed here; they count while the list has something of them
}

// hasGone reports whether a file of that name may have been meant for a folder.
func (f *modelFolders) hasGone(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.q.mu.Lock()
	defer f.q.mu.Unlock()
	return f.went[name] && f.q.tree.dir(name) != nil
}

// mayBeFile says that who gives that name to a file knows what he does.
func (f *modelFolders) mayBeFile(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.went, name)
}

func (f *modelFolders) Remove(names []string, _ time.Duration) (removed, later []string) {
	defer f.q.GuardAll()() // the filesystem has a lock of its own for this
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range names {
		if f.came[name] && spool.RemoveFolder(f.q.o.Inbox, name) == nil {
			removed = append(removed, name)
			f.went[name] = true
		}
	}
	return removed, nil
}

// showFolders gives the queue who removes folders, with what was known of them before a restart.
func (m *model) showFolders() {
	before := &modelFolders{came: make(map[string]bool), went: make(map[string]bool)}
	if m.folders != nil {
		before = m.folders
		before.mu.Lock()
		defer before.mu.Unlock()
	}
	m.folders = &modelFolders{q: m.Queue, came: maps.Clone(before.came), went: maps.Clone(before.went)}
	m.bucket.mu.Lock()
	m.bucket.forbidden = m.folders.hasGone
	m.bucket.mu.Unlock()
	m.Shown(m.folders)
}

// isFolder reports whether a folder is called name.
func (m *model) isFolder(name string) bool {
	info, err := os.Lstat(m.path(name))
	return err == nil && info.IsDir()
}

// mayBe reports whether a file may be called so: no folder has its name, and no file that of its folder.
func (m *model) mayBe(name string) bool {
	folder, _ := split(name)
	return !m.isFolder(name) && (folder == "" || m.stat(folder) == nil)
}

// makeFolder makes the folder of a name, which somebody may make to use it, or which comes with its file.
func (m *model) makeFolder(name string) {
	folder, _ := split(name)
	if folder == "" || m.isFolder(folder) {
		return
	}
	came := m.dice.IntN(3) > 0
	m.say("mkdir %s, which comes with its files: %v", folder, came)
	m.folders.mu.Lock()
	m.folders.came[folder] = came
	delete(m.folders.went, folder)
	delete(m.vacant, folder)
	m.folders.mu.Unlock()
	if err := os.Mkdir(m.path(folder), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

// takeOver gives the name of a folder that is gone, or that it removes, to a file, new or renamed; the folder may be on
// its way out then.
func (m *model) takeOver() {
	name := []string{"d", "e"}[m.dice.IntN(2)]
	if m.isFolder(name) && !m.removeFolder(name) || m.dice.IntN(4) == 0 {
		return
	}
	if m.dice.IntN(2) == 0 {
		m.openFile(name)
	} else {
		m.rename(m.name(), name)
	}
	if m.dice.IntN(2) == 0 {
		time.Sleep(2 * time.Minute)
	}
}

// removeFolder removes a folder as rmdir does, if it is empty.
func (m *model) removeFolder(name string) (removed bool) {
	defer m.Guard(name)()
	if !m.isFolder(name) {
		return false
	}
	err := syscall.Rmdir(m.path(name))
	switch {
	case err == nil:
		m.say("rmdir %s", name)
		m.vacant[name] = true
		m.folders.mayBeFile(name)
		m.Vacated(name)
	case !errors.Is(err, syscall.ENOTEMPTY):
		m.t.Fatal(err)
	}
	return err == nil
}

// renameFolder gives a folder another name, one that is free or that of an empty folder.
func (m *model) renameFolder() {
	folders := []string{"d", "e", "away"}
	old, name := folders[m.dice.IntN(3)], folders[m.dice.IntN(3)]
	defer m.GuardAll()()
	if old == name || !m.isFolder(old) || m.stat(name) != nil { // swept away; or a file has the name
		return
	}
	err := os.Rename(m.path(old), m.path(name))
	if errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, fs.ErrExist) {
		return
	}
	if err != nil {
		m.t.Fatal(err)
	}
	by := m.by()
	m.say("%v: rename folder %s to %s", by, old, name)
	for _, n := range modelNames {
		if base, below := strings.CutPrefix(n, old+"/"); below {
			m.named(n, name+"/"+base, by)
		}
	}
	m.moveFolder(old, name)
	m.Renamed(old, name, 0, by)
}

// moveFolder moves what is known of a folder, and what is wanted of the files in it.
func (m *model) moveFolder(old, name string) {
	m.folders.mu.Lock()
	m.folders.came[name] = m.folders.came[old]
	delete(m.folders.came, old)
	delete(m.folders.went, name)
	delete(m.vacant, name)
	m.folders.mu.Unlock()
	for _, n := range modelNames {
		if base, below := strings.CutPrefix(n, old+"/"); below && m.stat(name+"/"+base) != nil {
			content, ok := m.want[n]
			delete(m.want, n)
			m.moveWant(n, name+"/"+base, content, ok)
		}
	}
	for _, h := range m.open {
		for n, id := range h.ids {
			if base, below := strings.CutPrefix(n, old+"/"); below {
				delete(h.ids, n)
				h.ids[name+"/"+base] = id
			}
		}
	}
}

// lasting looks whether a folder is gone that somebody made to use, and forgets those of which the list has nothing
// more.
func (m *model) lasting() {
	m.folders.mu.Lock()
	defer m.folders.mu.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.folders.went, func(name string, _ bool) bool { return m.tree.dir(name) == nil })
	for name, came := range m.folders.came {
		if _, err := os.Lstat(m.path(name)); !came && errors.Is(err, fs.ErrNotExist) && !m.vacant[name] {
			m.t.Errorf("the folder %s is gone, which was made to be used", name)
		}
	}
}
