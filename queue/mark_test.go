package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"inboxfs/queue/opened"
	"inboxfs/queue/transfer"
)

// rigMark is what the filesystem keeps of a handle.
type rigMark struct {
	opened.Mark
	id   transfer.ID
	name string
	made bool
}

func fileOf(info fs.FileInfo) (dev, ino uint64) {
	st := info.Sys().(*syscall.Stat_t)
	return uint64(st.Dev), st.Ino
}

// Open and the others do what the filesystem does, and remember as it does which files are open.
func (r *rig) Open(name string, created bool) transfer.ID {
	id := r.Queue.Open(name, created)
	m := &rigMark{id: id, name: name}
	if info, err := os.Lstat(r.path(name)); err == nil && !created {
		m.Mark, m.made = r.table.Open(fileOf(info)), true
	} else {
		m.Mark = r.table.Making(name)
	}
	r.marks = append(r.marks, m)
	return id
}

// made says that the files of these names are there now.
func (r *rig) made(names ...string) {
	for _, name := range names {
		for _, m := range r.marks {
			if info, err := os.Lstat(r.path(name)); err == nil && m.name == name && !m.made {
				m.Made(fileOf(info))
				m.made = true
			}
		}
	}
}

func (r *rig) Close(id transfer.ID, c Closed) { r.closeAs("", id, c) }

// closeAs is Close of a handle on the file called name, for files that are never uploaded and so all have the same id;
// "": of any.
func (r *rig) closeAs(name string, id transfer.ID, c Closed) {
	is := func(named bool) func(m *rigMark) bool {
		return func(m *rigMark) bool { return m.id == id && (!named || m.name == name) }
	}
	i := slices.IndexFunc(r.marks, is(true))
	if i < 0 {
		i = slices.IndexFunc(r.marks, is(false))
	}
	if i >= 0 {
		m := r.marks[i]
		r.marks = slices.Delete(r.marks, i, i+1)
		if (c == Closed{}) {
			m.Mark.Close()
		} else {
			c.Mark = m.Mark
		}
	}
	r.Queue.Close(id, c)
}

func (r *rig) Renamed(old, name string, writers int, by Who) transfer.ID {
	id := r.Queue.Renamed(old, name, writers, by)
	r.marks = slices.DeleteFunc(r.marks, func(m *rigMark) bool {
		switch m.name {
		case name: // another file took it; what the handle has open has a mark for each of its other names
			m.Mark.Close()
			return true
		case old:
			m.name, m.id = name, id
		}
		return false
	})
	return id
}

func (r *rig) Exchanged(a, b string, by Who) {
	r.Queue.Exchanged(a, b, by)
	for _, m := range r.marks {
		switch m.name {
		case a:
			m.name = b
		case b:
			m.name = a
		}
	}
}

// noCopy has the table at path say that it lies where it was made.
func noCopy(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	table, _, err := opened.Open(path, "another boot", nil)
	if err != nil {
		return err
	}
	err = errors.Join(os.WriteFile(path+".old", text, 0o600), noCopyOf(path+".old", path))
	text, readErr := os.ReadFile(path + ".old")
	return errors.Join(err, readErr, table.Close(), os.WriteFile(path, text, 0o600), os.Remove(path+".old"))
}

// noCopyOf has the table at path name itself as the one at path like does.
func noCopyOf(path, like string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	other, err := os.ReadFile(like)
	if err != nil {
		return err
	}
	const from, to = 16 * 8, 19 * 8
	copy(text[from:to], other[from:to])
	return os.WriteFile(path, text, 0o600)
}

// copyMarks has the table of a copy of the rig in dir say what this one says, of the files there.
func (r *rig) copyMarks(dir string) error {
	log := slog.New(slog.DiscardHandler)
	var old, other Recovered
	path := filepath.Join(dir, "opened")
	if err := errors.Join(noCopy(path), old.open(path, log)); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	if err := other.open(path, log); err != nil {
		return err
	}
	if old.past != nil {
		other.table.Forget()                             // all is known
		for other.table.Marks() < old.past.Marks()+100 { // the journal was copied later
			other.table.Open(0, 0).Close()
		}
	}
	err := filepath.WalkDir(filepath.Join(dir, "inbox"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(filepath.Join(dir, "inbox"), path)
		if err != nil {
			return err
		}
		was, err := os.Lstat(r.path(name))
		if err != nil {
			return nil // it went since
		}
		now, err := os.Lstat(path)
		if err != nil {
			return err
		}
		switch state := old.left(spooled{name: name, info: was}); state {
		case opened.Closed:
		case opened.Writing:
			other.table.Open(fileOf(now))
		case opened.Doubtful:
			other.table.Open(fileOf(now)).Doubt()
		case opened.Appended:
			other.table.Open(fileOf(now)).Appended()
		case opened.Whole:
			other.table.Open(fileOf(now)).Whole(now.Size(), now.ModTime())
		}
		return nil
	})
	if err == nil {
		err = old.table.Close()
	}
	if err == nil {
		err = other.table.Close()
	}
	return err
}

// receive writes content as a program does that is not done yet, of which the journal has not heard.
func (r *rig) receive(name, content string) {
	m := &rigMark{name: name}
	if info, err := os.Lstat(r.path(name)); err == nil {
		m.Mark, m.made = r.table.Open(fileOf(info)), true
	} else {
		m.Mark = r.table.Making(name)
	}
	r.marks = append(r.marks, m)
	r.write(name, content)
}

// rememberedOrNot runs a test with what a killed daemon remembers of which files were open, and without: then only
// times tell.
func rememberedOrNot(t *testing.T, test func(t *testing.T, killed func(*rig) (dir string))) {
	for _, remembered := range []bool{true, false} {
		t.Run(fmt.Sprint("remembered ", remembered), func(t *testing.T) {
			t.Parallel()
			test(t, func(r *rig) string {
				dir := r.killed()
				if !remembered {
					if err := os.Remove(filepath.Join(dir, "opened")); err != nil {
						t.Fatal(err)
					}
				}
				return dir
			})
		})
	}
}
