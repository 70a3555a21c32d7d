package queue

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/names"
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

// isLink reports whether what stands under a name is a link: programs that open it open something else.
func isLink(info fs.FileInfo) bool { return info != nil && info.Mode().Type() == fs.ModeSymlink }

// by is the user who does something: as a rule the owner of the mount.
func (m *model) by() Who {
	if m.dice.IntN(6) == 0 {
		return Stranger
	}
	return Owner
}

// private is a file outside that no other user than the owner may have uploaded: its content is never a whole one.
func (m *model) private() string {
	path := filepath.Join(m.far, "private")
	if err := os.WriteFile(path, []byte("private"), 0o600); err != nil {
		m.t.Fatal(err)
	}
	return path
}

// maker is who answers for the link called name, as far as the model knows or the spool tells; Unknown also for what is
// no link.
func (m *model) maker(name string) Who {
	info := m.stat(name)
	if !isLink(info) {
		return Unknown
	}
	who := m.makers[name]
	if st, ok := info.Sys().(*syscall.Stat_t); ok && who == Unknown && m.owned && st.Uid == 60001 {
		return Stranger
	}
	return who
}

// named says that by gave the link that was called old the name name; "": somebody else has that now.
func (m *model) named(old, name string, by Who) {
	who, link := m.makers[old]
	delete(m.makers, old)
	delete(m.makers, name)
	if !link || m.o.Names.Class(old) == names.Ignored {
		who = Unknown
	}
	if isLink(m.stat(name)) {
		m.makers[name] = who.then(by)
	}
}

const strangerID = 60001

// lchowned reports whether the spool says of a link that it is another user's, which it does whatever it was called.
func (m *model) lchowned(name string) bool {
	var st unix.Stat_t
	return unix.Lstat(m.path(name), &st) == nil && st.Uid == strangerID
}

// knownStrangers is the names of which the journal knows that another user answers for them. Of two entries with one
// name, that which was uploaded has nothing under it any more.
func (m *model) knownStrangers() map[string]bool {
	known := make(map[string]bool)
	moves, err := m.rig.journal.Moves()
	if err != nil {
		m.t.Fatal(err)
	}
	err = m.rig.journal.Load(func(rec journal.Record) error {
		for _, move := range moves {
			if name, ok := move.Follow(&rec); ok {
				rec.Name, rec.Maker = name, uint8(Who(rec.Maker).then(Who(move.By)))
			}
		}
		if rec.State != list.Success.String() {
			known[rec.Name] = Who(rec.Maker) == Stranger
		}
		return nil
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return known
}

// symlinkOne makes a link to a file outside; another user's leads to a private one.
func (m *model) symlinkOne() {
	name := m.name()
	defer m.Guard(name)()
	if m.stat(name) != nil {
		return
	}
	path, by := m.outside(), m.by()
	if by == Stranger {
		path = m.private()
	}
	m.say("%v: ln -s %s %s", by, filepath.Base(path), name)
	m.makeFolder(name)
	if err := os.Symlink(path, m.path(name)); err != nil {
		m.t.Fatal(err)
	}
	if m.owned && by == Stranger { // as the filesystem does for root
		if err := os.Lchown(m.path(name), strangerID, strangerID); err != nil {
			m.t.Fatal(err)
		}
	}
	m.makers[name] = by
	m.Symlinked(name, path, "", by)
	m.trust(name)
}

// addOne adds a file outside as addFile does. No drop has its name.
func (m *model) addOne() {
	path := m.outside()
	m.say("add %s", filepath.Base(path))
	_, err := m.Add(m.t.Context(), path)
	m.refused(err)
}
