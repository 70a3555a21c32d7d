package queue

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// outside is the path of one of the files that the model adds by reference. They are there from the beginning.
func (m *model) outside() string {
	path := filepath.Join(m.far, fmt.Sprintf("far%d", m.dice.IntN(4)))
	if _, err := os.Lstat(path); err == nil {
		return path
	}
	content := m.fresh()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		m.t.Fatal(err)
	}
	m.bucket.finished(content)
	return path
}

// isLink says whether what stands under a name is a link: programs that open it open something else.
func isLink(info fs.FileInfo) bool { return info != nil && info.Mode().Type() == fs.ModeSymlink }

// symlinkOne makes a link to a file outside.
func (m *model) symlinkOne() {
	name := m.name()
	defer m.Guard(name)()
	if m.stat(name) != nil {
		return
	}
	path := m.outside()
	m.say("ln -s %s %s", filepath.Base(path), name)
	m.makeFolder(name)
	if err := os.Symlink(path, m.path(name)); err != nil {
		m.t.Fatal(err)
	}
	m.Symlinked(name, path)
	m.trust(name)
}

// addOne adds a file outside as addFile does. No drop has its name.
func (m *model) addOne() {
	path := m.outside()
	m.say("add %s", filepath.Base(path))
	_, err := m.Add(m.t.Context(), path)
	m.refused(err)
}
