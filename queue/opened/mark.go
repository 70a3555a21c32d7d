package opened

import "time"

// Mark is the slot of one handle. The zero Mark remembers nothing.
type Mark struct {
	t    *Table
	slot int32 // -1: there was none
}

// take gives a handle a slot, which is free still.
func (t *Table) take() Mark {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.marks++
	t.store(marksWord, t.marks)
	n := len(t.empty) - 1
	if n < 0 {
		t.spill(+1)
		return Mark{t, -1}
	}
	slot := t.empty[n]
	t.empty = t.empty[:n]
	return Mark{t, slot}
}

// spill counts handles for which there is no slot. t.mu is held.
func (t *Table) spill(n int64) {
	t.spilled += n
	t.store(spilledWord, uint64(t.spilled))
}

func (m Mark) set(of int, v uint64) {
	if m.t != nil && m.slot >= 0 {
		m.t.store(word(m.slot, of), v)
	}
}

// Making remembers that a file called path is about to be made and written. Made or Close follows.
func (t *Table) Making(path string) Mark {
	if t == nil {
		return Mark{}
	}
	m := t.take()
	m.set(pathWord, hash(path))
	m.set(stateWord, making)
	return m
}

// Made says which file it is.
func (m Mark) Made(dev, ino uint64) {
	m.set(devWord, dev)
	m.set(inoWord, ino)
	m.set(stateWord, open)
}

// Open remembers that a file which is there is about to be written.
func (t *Table) Open(dev, ino uint64) Mark {
	if t == nil {
		return Mark{}
	}
	m := t.take()
	m.Made(dev, ino)
	return m
}

// Flushed says that the program closed the file, which is like this now.
func (m Mark) Flushed(size int64, modified time.Time) { m.stamp(flushed, size, modified) }

// Whole says that the file is complete as it is now, whatever the journal says yet. Close follows when that says so,
// too.
func (m Mark) Whole(size int64, modified time.Time) { m.stamp(whole, size, modified) }

func (m Mark) stamp(state uint64, size int64, modified time.Time) {
	m.set(sizeWord, uint64(size))
	m.set(timeWord, uint64(modified.UnixNano()))
	m.t.Seen()
	m.set(stateWord, state)
}

// Opened takes Flushed back: the file is about to be written again.
func (m Mark) Opened() { m.set(stateWord, open) }

// Doubt says that the file is closed and not to be trusted. Close follows when the journal says so, too.
func (m Mark) Doubt() { m.set(stateWord, doubtful) }

// Appended says that the file is closed, and that its beginning is missing.
func (m Mark) Appended() { m.set(stateWord, appended) }

// Close frees the slot: the file is closed, or what is to be known of it is known. A Mark is closed once.
func (m Mark) Close() {
	if m.t == nil {
		return
	}
	m.t.mu.Lock()
	defer m.t.mu.Unlock()
	m.t.seen() // first: what changed later than this did so behind our back
	m.set(stateWord, free)
	if m.slot >= 0 {
		m.t.empty = append(m.t.empty, m.slot)
	} else {
		m.t.spill(-1)
	}
}
