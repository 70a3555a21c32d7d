package queue

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"inboxfs/queue/list"
	"inboxfs/queue/spool"
)

func (m *model) restart() {
	for len(m.open) > 0 {
		m.closeOne()
	}
	m.closePast()
	m.say("restart")
	m.noteKept()
	m.close()
	m.start(m.t, m.dir)
}

// toldBarred is the files that are not to be uploaded, those that are on the way to that left out, and those that
// somebody put in their place past the queue.
func (m *model) toldBarred() (names []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for e := range m.list.All() {
		if !e.State.Barred() || !e.labeled || e.labelDue || e.isLoose() {
			continue
		}
		if labels, err := spool.Labels(m.path(e.name())); err == nil && len(labels) > 0 {
			names = append(names, e.name())
		}
	}
	return names
}

// kill ends the queue as kill -9 would, and its writers with it.
func (m *model) kill() {
	m.closePast()
	m.say("kill")
	was := make(map[string]list.State)
	for _, row := range m.List() {
		if newest, ok := m.Status(row.Name); ok { // the list may have an uploaded one behind it
			was[row.Name] = newest.State
		}
	}
	barred, released := m.toldBarred(), m.toldReleased()
	known := m.knownStrangers()
	for name, who := range m.makers { // of what was made, or got its name, just now the journal may know nothing
		if who == Owner || who == Stranger && !known[name] && !m.lchowned(name) {
			m.makers[name] = Unknown
		}
	}
	dir := modelDir(m.t)
	m.noteKept()
	m.killedTo(dir)
	m.journal.fail(nil, 0) // what we left is to end in order, on a full disk, too
	m.close()
	forgotten := m.dice.IntN(4) == 0 // which files were open
	if forgotten {
		m.say("forget")
		if err := os.Remove(filepath.Join(dir, "opened")); err != nil {
			m.t.Fatal(err)
		}
	}
	open := make(map[string]bool)
	for _, h := range m.open {
		for name, id := range h.ids {
			open[name] = true
			if forgotten { // nobody can tell any more, however often it is opened and closed again
				m.doubted[id] = true
			}
		}
	}
	for _, h := range m.open {
		if err := h.f.Close(); err != nil {
			m.t.Fatal(err)
		}
	}
	m.open = nil
	m.bucket.mu.Lock()
	clear(m.bucket.uploads) // the queue that we left goes on a moment longer than its copy; some may be nobody's
	m.bucket.mu.Unlock()
	for name := range m.want { // what goes away in the copy that we left is nothing to us
		if _, err := os.Lstat(filepath.Join(dir, "inbox", name)); errors.Is(err, fs.ErrNotExist) {
			if !m.arrived(name, m.want[name]) {
				m.t.Errorf("%s is neither uploaded nor in the spool", name)
			}
		}
	}
	m.start(m.t, dir)
	m.checkReleased(released)
	for _, name := range barred { // whatever else is lost
		if info, ok := m.Status(name); m.stat(name) != nil && !open[name] && (!ok || !info.State.Barred()) {
			m.t.Errorf("%s was %v, and is %v", name, was[name], info.State)
		}
	}
	for _, row := range m.Infos() {
		if row.State != list.Held || row.Error != codeInterrupted {
			continue
		}
		// a held one that was replaced is held again, where the journal had yet to hear of that
		replaced := m.halves[row.ID] && was[row.Name] == list.Canceled
		m.halves[row.ID] = true
		if was[row.Name] != list.Held && !replaced && !open[row.Name] && !forgotten && !m.doubted[row.ID] &&
			!m.hasHeldName(row.Name, was) {
			m.t.Errorf("#%d %s is held because %q, and was closed and %v", row.ID, row.Name, row.Message,
				was[row.Name])
		}
	}
}

// hasHeldName reports whether a file has another name under which it was held: then it is that under a new one, too, of
// which the journal had yet to hear.
func (m *model) hasHeldName(name string, was map[string]list.State) bool {
	info := m.stat(name)
	return info != nil && slices.ContainsFunc(m.namesOf(info),
		func(other string) bool { return was[other] == list.Held })
}
