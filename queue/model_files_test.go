package queue

import (
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// The model's filesystem: it tells the queue what fs does, in the same order and under the same locks.

// openOne opens a name for writing, making the file if need be, and truncates it half of the time.
func (m *model) openOne() { m.openFile(m.name()) }

// pieceOne goes on with a file that was uploaded, if there is one.
func (m *model) pieceOne() {
	for range 10 {
		name := m.name()
		if info, ok := m.Status(name); ok && info.State == list.Success && m.stat(name) == nil {
			m.openFile(name)
			return
		}
	}
}

func (m *model) openFile(name string) {
	defer m.Guard(modelNames...)()
	info := m.stat(name)
	if isLink(info) {
		return
	}
	h := &modelHandle{ids: make(map[string]transfer.ID)}
	all := []string{name}
	if info != nil {
		all = m.namesOf(info)
	}
	for _, n := range all {
		h.ids[n] = m.Open(n, info == nil)
	}
	m.say("open %v as %v", all, h.ids)
	if m.dice.IntN(15) == 0 { // too many open files
		for name, id := range h.ids {
			m.closeAs(name, id, Closed{})
		}
		return
	}
	m.makeFolder(name)
	f, err := os.OpenFile(m.path(name), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		m.t.Fatal(err)
	}
	m.made(all...)
	h.f, h.changed = f, info == nil
	m.open = append(m.open, h)
	if info == nil && m.Taken(h.ids[name]) && m.dice.IntN(3) > 0 { // to go on with what was uploaded
		m.say("mark %s as a piece", name)
		if err := unix.Setxattr(m.path(name), spool.Piece, []byte{'1'}, 0); err != nil {
			m.t.Fatal(err)
		}
	}
	if info != nil && m.dice.IntN(2) == 0 {
		if err := f.Truncate(0); err != nil {
			m.t.Fatal(err)
		}
		h.changed = true
		for _, n := range all {
			m.Changed(n, 0, m.modTime(h))
		}
		m.unmark(name)
	}
}

// unmark says that a file has its beginning.
func (m *model) unmark(name string) {
	if err := unix.Removexattr(m.path(name), spool.Piece); err != nil && err != spool.NoAttribute {
		m.t.Fatal(err)
	}
}

// closed says that nobody has the file open any more: its content is what somebody wanted, unless it is a piece.
func (m *model) closed(name string) {
	if spool.IsPiece(m.path(name)) {
		delete(m.want, name)
		return
	}
	m.trust(name)
}

func (m *model) modTime(h *modelHandle) time.Time {
	info, err := h.f.Stat()
	if err != nil {
		m.t.Fatal(err)
	}
	return info.ModTime()
}

func (m *model) writeOne() {
	if len(m.open) == 0 {
		return
	}
	h := m.open[m.dice.IntN(len(m.open))]
	content := m.fresh()
	m.say("write %q to %v", content, h.ids)
	if _, err := h.f.Seek(0, 2); err != nil {
		m.t.Fatal(err)
	}
	if _, err := h.f.WriteString(content); err != nil {
		m.t.Fatal(err)
	}
	h.changed = h.changed || content != ""
}

// closeOne closes a handle. Once the last one is closed, the content is what somebody wanted.
func (m *model) closeOne() {
	if len(m.open) == 0 {
		return
	}
	i := m.dice.IntN(len(m.open))
	h := m.open[i]
	m.open = slices.Delete(m.open, i, i+1)
	info, err := h.f.Stat()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := h.f.Close(); err != nil {
		m.t.Fatal(err)
	}
	c := Closed{Changed: h.changed, Size: info.Size(), ModTime: info.ModTime()}
	if m.dice.IntN(15) == 0 {
		c.Fault = "write answered EIO"
	}
	c.Doubtful = !c.Changed && m.dice.IntN(2) == 0
	m.say("close %v, changed %v, doubtful %v, %d bytes, fault %q", h.ids, h.changed, c.Doubtful, info.Size(), c.Fault)
	barred := m.barredAmong(h.ids)
	for _, name := range m.namesOf(info) {
		switch {
		case c.Fault != "":
			delete(m.want, name)
		case len(m.handles(info)) == 0:
			m.closed(name)
		}
	}
	for name, id := range h.ids {
		m.closeAs(name, id, c)
	}
	if now := m.barredAmong(h.ids); !c.Changed && now < barred {
		m.t.Errorf("of %d files that are not to be uploaded, nobody wrote to any, and %d are left", barred, now)
	}
	for _, other := range m.handles(info) { // each that was open meanwhile sees the change
		other.changed = other.changed || h.changed
	}
}

// barredAmong is how many of the entries are not to be uploaded, or have a fault.
func (m *model) barredAmong(ids map[string]transfer.ID) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		if e := m.list.Get(id); e != nil && (e.isBarred() || e.fault() != "") {
			n++
		}
	}
	return n
}

// moveWant moves what is wanted of one name to another.
func (m *model) moveWant(from, to string, content string, ok bool) {
	delete(m.want, to)
	if ok {
		m.want[to] = content
	}
}

func (m *model) renameOne() { m.rename(m.name(), m.name()) }

func (m *model) rename(old, name string) {
	defer m.Guard(old, name)()
	info, replaced := m.stat(old), m.stat(name)
	if info == nil || old == name || replaced != nil && os.SameFile(info, replaced) {
		return
	}
	m.makeFolder(name)
	if err := os.Rename(m.path(old), m.path(name)); err != nil {
		m.t.Fatal(err)
	}
	if replaced != nil {
		for _, h := range m.handles(replaced) {
			delete(h.ids, name)
		}
	}
	var under []*modelHandle
	for _, h := range m.handles(info) {
		if _, ok := h.ids[old]; ok {
			under = append(under, h)
		}
	}
	by := m.by()
	m.named(old, name, by)
	id := m.Renamed(old, name, len(under), by)
	for _, h := range under {
		delete(h.ids, old)
		h.ids[name] = id
	}
	content, ok := m.want[old]
	delete(m.want, old)
	m.moveWant(old, name, content, ok || m.o.Names.Class(old) == names.Ignored && len(under) == 0)
	if len(m.handles(info)) == 0 {
		m.closed(name)
	}
	m.say("%v: rename %s to %s with %d handles: #%d", by, old, name, len(under), id)
}

func (m *model) removeOne() { m.remove(m.name()) }

func (m *model) remove(name string) {
	defer m.Guard(name)()
	if m.stat(name) == nil {
		return
	}
	m.say("rm %s", name)
	if err := os.Remove(m.path(name)); err != nil {
		m.t.Fatal(err)
	}
	m.Removed(name)
	delete(m.want, name)
}

func (m *model) linkOne() {
	old, name := m.name(), m.name()
	defer m.Guard(old, name)()
	info := m.stat(old)
	if info == nil || isLink(info) || m.stat(name) != nil {
		return
	}
	m.say("link %s as %s", old, name)
	m.makeFolder(name)
	if err := os.Link(m.path(old), m.path(name)); err != nil {
		m.t.Fatal(err)
	}
	m.Linked(old, name, info.Size(), info.ModTime())
	for _, h := range m.handles(info) {
		h.ids[name] = m.Open(name, false)
	}
	if len(m.handles(info)) == 0 {
		m.closed(name)
	}
}

func (m *model) exchangeOne() {
	a, b := m.name(), m.name()
	defer m.Guard(a, b)()
	at, bt := m.stat(a), m.stat(b)
	if at == nil || bt == nil || a == b || os.SameFile(at, bt) {
		return
	}
	ignored := m.o.Names.Class(a) == names.Ignored || m.o.Names.Class(b) == names.Ignored
	if ignored && len(m.handles(at))+len(m.handles(bt)) > 0 {
		return // nobody counts the writers of files that are never uploaded
	}
	by := m.by()
	m.say("%v: exchange %s and %s", by, a, b)
	for _, step := range [][2]string{{a, "swap"}, {b, a}, {"swap", b}} {
		if err := os.Rename(m.path(step[0]), m.path(step[1])); err != nil {
			m.t.Fatal(err)
		}
	}
	aside := m.makers[b]
	delete(m.makers, b)
	m.named(a, b, by)
	if delete(m.makers, a); isLink(m.stat(a)) {
		if m.makers[a] = aside.then(by); m.o.Names.Class(b) == names.Ignored {
			m.makers[a] = Unknown.then(by)
		}
	}
	m.Exchanged(a, b, by)
	for _, side := range []struct {
		handles  []*modelHandle
		from, to string
	}{{m.handles(at), a, b}, {m.handles(bt), b, a}} {
		for _, h := range side.handles {
			if id, ok := h.ids[side.from]; ok {
				delete(h.ids, side.from)
				h.ids[side.to] = id
			}
		}
	}
	ca, oka := m.want[a]
	cb, okb := m.want[b]
	m.moveWant(a, b, ca, oka)
	m.moveWant(b, a, cb, okb)
	for _, name := range []string{a, b} {
		if len(m.handles(m.stat(name))) == 0 {
			m.closed(name)
		}
	}
}

func (m *model) touchOne() { m.touchNamed(m.name()) }

func (m *model) touchNamed(name string) {
	defer m.Guard(modelNames...)()
	info := m.stat(name)
	if info == nil || isLink(info) || len(m.handles(info)) > 0 {
		return
	}
	at, before := time.Unix(1e9+int64(m.dice.IntN(1000)), 0), m.looks(name)
	var err error
	if m.dice.IntN(2) == 0 {
		m.say("touch %s", name)
		err = os.Chtimes(m.path(name), at, at)
	} else {
		m.say("chmod %s", name)
		err = os.Chmod(m.path(name), 0o600)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	for _, n := range m.namesOf(info) {
		m.Touched(n, before, m.looks(name))
	}
}
