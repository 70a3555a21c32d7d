package queue

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/list"
)

// lateOne drops a file, often with bytes that its name had before, and calls it off when all of it was sent and the
// server takes its time; and does so again, before anybody knows what came of that.
func (m *model) lateOne() {
	name := []string{"a", "b", "d/x", "e/x"}[m.dice.IntN(4)]
	if m.stat(name) != nil || !m.mayBe(name) {
		return
	}
	content := m.other([]int64{3, 20}[m.dice.IntN(2)])
	for range 1 + m.dice.IntN(3) {
		if m.dice.IntN(3) == 0 {
			content = m.other(int64(len(content)))
		}
		m.bucket.setSlow(m.dice.IntN(4) > 0)
		if m.stat(name) == nil {
			m.dropWhole(name, content)
		}
		m.Renewed()
		m.refused(m.Do(m.t.Context(), Start))
		m.refused(m.Do(m.t.Context(), Resume))
		for range 2000 {
			if i, _ := m.Status(name); m.bucket.isLate(name) || i.State.Ended() {
				break
			}
			time.Sleep(time.Millisecond)
		}
		m.bucket.setSlow(false)
		m.callOff(name)
		if m.dice.IntN(3) == 0 {
			m.say("clear finished")
			_, err := m.ClearFinished(m.t.Context())
			m.refused(err)
			m.forgetGone()
		}
		m.lasting() // of a folder that went the list may have nothing more
	}
}

// callOff calls a file off, in one way or another, or does not.
func (m *model) callOff(name string) {
	switch m.dice.IntN(7) {
	case 0:
		m.remove(name)
	case 1, 2:
		if other := m.name(); !strings.HasPrefix(other, ".") {
			m.rename(name, other)
		}
	case 3:
		if i, ok := m.Status(name); ok && i.State != list.Success {
			m.say("cancel #%d %s", i.ID, name)
			m.refused(m.DoFile(m.t.Context(), Cancel, i.ID))
		}
	case 4:
		m.kill()
	case 5:
		m.restart()
	}
}

// reported reports whether the log of a model in dir says of an object with that key and checksum, which was made then,
// that it was uploaded: that must never be removed by us.
func reported(t *testing.T, dir, key string, crc uint64, made time.Time) bool {
	text, err := os.ReadFile(filepath.Join(dir, "events.log"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, "event=OnUploadSucceed ") {
			continue
		}
		field := eventFields(line)
		at, err := time.Parse(time.RFC3339Nano, field["time"])
		if err != nil {
			t.Error(err)
		}
		if field["key"] == key && field["crc64"] == formatCRC(crc) && !at.Before(made.Truncate(time.Millisecond)) {
			return true
		}
	}
	return false
}

// setSlow has the server be slow with whatever makes an object, or as slow as it comes.
func (b *bucket) setSlow(is bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slow = is
}

// isLate reports whether the server has all of a file, and takes its time.
func (b *bucket) isLate(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.late[name] > 0
}

// waits notes that it does; until over is called.
func (b *bucket) waits(name string) (over func()) {
	count := func(n int) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.late[name] += n
	}
	count(1)
	return func() { count(-1) }
}
