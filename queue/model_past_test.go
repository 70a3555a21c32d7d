package queue

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/names"
)

// What happens to the model's files past the filesystem: in the spool itself, through mappings that outlive their
// handles, and where files lie that were added by reference. The queue is told of nothing.

// other is a content of the same length as nobody has written before.
func (m *model) other(size int64) string {
	m.tag++
	word := []byte{'A' + byte(m.tag%26), 'a' + byte(m.tag/26%26), '0' + byte(m.tag/676%10)}
	return strings.Repeat(string(word), int(size)/len(word)+1)[:size]
}

// pastOne picks a regular file that no handle is open on, with all its names, preferably the one called name; nil:
// there is none.
func (m *model) pastOne(name string) (info fs.FileInfo, all []string) {
	for _, under := range m.dice.Perm(len(modelNames)) {
		found := m.stat(modelNames[under])
		if found == nil || isLink(found) || found.Size() == 0 || len(m.handles(found)) > 0 || m.pastWriter(found) {
			continue
		}
		if info == nil || modelNames[under] == name {
			info, all = found, m.namesOf(found)
		}
	}
	return info, all
}

// pastAny comes past the queue whatever it does.
func (m *model) pastAny() {
	[]func(string){m.disguise, m.replace, m.chmod, m.openPast}[m.dice.IntN(4)](m.name())
}

// crossOne drops a file, and comes past the queue when something of it was sent, with or without a restart in between.
func (m *model) crossOne() {
	name := []string{"a", "b", "d/x", "d/y", "e/x"}[m.dice.IntN(5)]
	if m.stat(name) != nil || !m.mayBe(name) {
		return
	}
	m.dropWhole(name, m.other(20))
	m.Renewed()
	m.refused(m.Do(m.t.Context(), Start))
	m.refused(m.Do(m.t.Context(), Resume))
	ended := m.dice.IntN(3) == 0
	for range 1000 {
		if i, _ := m.Status(name); i.State == list.Uploading && i.PartsDone > 0 && !ended || i.State.Ended() {
			break
		}
		time.Sleep(time.Millisecond)
	}
	comes := []func(string){m.disguise, m.replace, m.chmod, m.openPast, m.disguiseAndTouch}[m.dice.IntN(5)]
	switch m.dice.IntN(5) {
	case 0:
		m.refused(m.Do(m.t.Context(), Stop))
		comes(name)
		for range m.dice.IntN(3) {
			m.refused(m.Do(m.t.Context(), Start))
			time.Sleep(time.Duration(m.dice.IntN(20)) * time.Millisecond)
			m.refused(m.Do(m.t.Context(), Stop))
		}
	case 1, 2:
		for len(m.open) > 0 {
			m.closeOne()
		}
		m.closePast()
		m.say("restart")
		m.close()
		if m.dice.IntN(2) == 0 {
			comes(name)
			m.closePast()
		}
		m.revive()
		m.start(m.t, m.dir)
	default:
		comes(name)
	}
}

// revive puts a file into the spool, while no queue looks, that has the size and the time of one that was uploaded.
func (m *model) revive() {
	for _, row := range m.List() {
		if row.State != list.Success || row.Size == 0 || m.o.Names.Class(row.Name) != names.Final ||
			m.stat(row.Name) != nil ||
			!m.mayBe(row.Name) || !m.isFolder(filepath.Dir(row.Name)) {
			continue
		}
		m.mu.Lock()
		e := m.tree.get(row.Name)
		m.mu.Unlock()
		if e == nil || e.foreign() || e.Size != row.Size {
			continue
		}
		content := m.other(row.Size)
		m.say("%q as %s, which was uploaded", content, row.Name)
		m.bucket.finished(content)
		at := time.Unix(0, e.modTime)
		path := m.path(row.Name)
		if err := errors.Join(os.WriteFile(path, []byte(content), 0o644), os.Chtimes(path, at, at)); err != nil {
			m.t.Fatal(err)
		}
		m.trust(row.Name)
		return
	}
}

// dropWhole does what cp does.
func (m *model) dropWhole(name, content string) {
	defer m.Guard(modelNames...)()
	if m.stat(name) != nil || !m.mayBe(name) {
		return
	}
	m.say("drop %s with %q", name, content)
	m.bucket.finished(content)
	m.makeFolder(name)
	m.drop(name, content)
	m.trust(name)
}

// pastWriter reports whether somebody writes the file past the queue.
func (m *model) pastWriter(info fs.FileInfo) bool {
	for _, f := range m.past {
		if mine, err := f.Stat(); err == nil && os.SameFile(mine, info) {
			return true
		}
	}
	return false
}

// disguise writes a file and puts its time back.
func (m *model) disguise(name string) {
	defer m.Guard(modelNames...)()
	info, all := m.pastOne(name)
	if info == nil {
		return
	}
	content := m.other(info.Size())
	m.say("disguise %v as %q", all, content)
	m.bucket.finished(content)
	disguise(m.t, m.path(all[0]), content)
	for _, name := range all {
		m.trust(name)
	}
}

// disguiseAndTouch writes a file, puts its time back, and then touches it through the filesystem.
func (m *model) disguiseAndTouch(name string) {
	m.disguise(name)
	m.touchNamed(name)
}

// replace puts a file with the same size and time in the place of another.
func (m *model) replace(name string) {
	defer m.Guard(modelNames...)()
	info, all := m.pastOne(name)
	if info == nil || len(all) > 1 {
		return
	}
	content, path := m.other(info.Size()), m.path("../new")
	m.say("replace %s by %q", all[0], content)
	m.bucket.finished(content)
	err := errors.Join(os.WriteFile(path, []byte(content), 0o644), os.Chtimes(path, info.ModTime(), info.ModTime()),
		os.Rename(path, m.path(all[0])))
	if err != nil {
		m.t.Fatal(err)
	}
	m.trust(all[0])
}

// chmod changes the mode of a file.
func (m *model) chmod(name string) {
	defer m.Guard(modelNames...)()
	if info, all := m.pastOne(name); info != nil {
		m.say("chmod %v, untold", all)
		if err := os.Chmod(m.path(all[0]), 0o640); err != nil {
			m.t.Fatal(err)
		}
	}
}

// openPast begins to write a file, as a mapping does that outlives its handle, and writes the first half of it.
func (m *model) openPast(name string) {
	defer m.Guard(modelNames...)()
	info, all := m.pastOne(name)
	if info == nil || info.Size() < 2 {
		return
	}
	content := m.other(info.Size() / 2)
	m.say("%q past the queue to %v, which stays open", content, all)
	f, err := os.OpenFile(m.path(all[0]), os.O_RDWR, 0)
	if err != nil {
		m.t.Fatal(err)
	}
	m.past = append(m.past, f)
	if _, err := f.WriteString(content); err != nil {
		m.t.Fatal(err)
	}
	for _, name := range all {
		delete(m.want, name)
	}
}

// closePast ends the writing of all that openPast began.
func (m *model) closePast() {
	defer m.Guard(modelNames...)()
	for _, f := range m.past {
		info, err := f.Stat()
		if err == nil {
			_, err = f.WriteAt([]byte(m.other(1)), max(0, info.Size()-1))
		}
		if err := errors.Join(err, f.Close()); err != nil {
			m.t.Fatal(err)
		}
		m.say("closed past the queue: %v", m.namesOf(info))
		for _, name := range m.namesOf(info) {
			if len(m.handles(info)) == 0 {
				m.trust(name)
			}
		}
	}
	m.past = nil
}

// disguiseFar writes a file that may have been added by reference, and puts its time back. What the object is then is
// the one content or the other.
func (m *model) disguiseFar() {
	path := m.outside()
	info, err := os.Lstat(path)
	if err != nil || info.Size() == 0 {
		return
	}
	defer m.Guard(modelNames...)()
	content := m.other(info.Size())
	m.say("disguise %s as %q", filepath.Base(path), content)
	m.bucket.finished(content)
	disguise(m.t, path, content)
	for _, name := range modelNames {
		if to, err := os.Readlink(m.path(name)); err == nil && to == path {
			delete(m.want, name)
		}
	}
}
