package eventlog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func openLog(t testing.TB, path string, o Options) *Log {
	t.Helper()
	l, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func appendEvents(t testing.TB, l *Log, events ...Event) {
	t.Helper()
	if err := l.Append(events...); err != nil {
		t.Fatal(err)
	}
}

func added(id uint64, name string) Event {
	return Event{Name: "OnFileAdded", ID: id, File: name, Attrs: []slog.Attr{slog.Int64("size", 7)}}
}

// wantSeqs checks that text holds whole lines numbered from first to last.
func wantSeqs(t *testing.T, text []byte, first, last uint64) {
	t.Helper()
	want := first
	for line := range bytes.Lines(text) {
		if seq, ok := parseSeq(line); !ok || seq != want {
			t.Fatalf("line %q: want seq %d", line, want)
		}
		if !bytes.HasSuffix(line, []byte("\n")) {
			t.Fatalf("half a line: %q", line)
		}
		want++
	}
	if want != last+1 {
		t.Fatalf("last line has seq %d, want %d", want-1, last)
	}
}

// window reads as somebody who opened the log.
type window struct {
	l    *Log
	from int64 // where it begins
	at   int64 // what it reads next
	lost bool  // bytes that it had not read were gone
}

func open(l *Log) *window {
	_, from := l.Window()
	return &window{l: l, from: from, at: from}
}

// rest reads what there is by now that was not read before, with a buffer that does not divide it evenly.
func (w *window) rest(t *testing.T) (all []byte) {
	t.Helper()
	p := make([]byte, 777)
	for {
		n, from, err := w.l.ReadFrom(p, w.at)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Error(err)
			return all
		}
		w.lost = w.lost || from != w.at
		all, w.at = append(all, p[:n]...), from+int64(n)
	}
}

// readView reads what somebody sees who opens the log now.
func readView(t *testing.T, l *Log) []byte {
	t.Helper()
	w := open(l)
	p := w.rest(t)
	if w.lost || int64(len(p)) != l.End()-w.from {
		t.Fatalf("read %d bytes, size is %d", len(p), l.End()-w.from)
	}
	return p
}

func TestSeqGoesOnAfterReopen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "events")
	for run := range 6 {
		format := []Format{Text, JSON}[run%2]
		l, err := Open(path, Options{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		if got := l.LastSeq(); got != uint64(run*3) {
			t.Fatalf("run %d begins behind seq %d, want %d", run, got, run*3)
		}
		appendEvents(t, l, added(1, "a"), Event{Name: "OnUploadEnd"})
		appendEvents(t, l, added(2, "seq=99 event=x"))
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wantSeqs(t, text, 1, 18)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}
}

func TestOpenCutsHalfLine(t *testing.T) {
	t.Parallel()
	whole := "time=2026-03-01T12:00:00.000Z seq=41 event=OnUploadEnd\n"
	remark := "# a remark of the administrator\n"
	for name, c := range map[string]struct {
		tail string // behind whole
		want string // what of tail stays
	}{
		"clean":           {"", ""},
		"half line":       {"time=2026-03-01T12:00:01.000Z seq=42 ev", ""},
		"only the start":  {"t", ""},
		"zeros":           {strings.Repeat("\x00", 100_000), ""},
		"a very long one": {strings.Repeat("x", 3*backChunk), ""},
		"chunk boundary":  {strings.Repeat("x", backChunk), ""},
		"whole remark":    {remark, remark},
		"many remarks":    {strings.Repeat(remark, 5000), strings.Repeat(remark, 5000)},
		"remark and half": {remark + "time=", remark},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "events")
			if err := os.WriteFile(path, []byte(whole+c.tail), 0o600); err != nil {
				t.Fatal(err)
			}
			l := openLog(t, path, Options{})
			if l.LastSeq() != 41 {
				t.Errorf("last seq %d, want 41", l.LastSeq())
			}
			appendEvents(t, l, Event{Name: "OnUploadEnd"})
			got := string(readView(t, l))
			rest, ok := strings.CutPrefix(got, whole+c.want)
			if !ok {
				t.Fatalf("file begins %.200q", got)
			}
			wantSeqs(t, []byte(rest), 42, 42)
		})
	}
}

func TestOpenFindsSeqInRotatedFile(t *testing.T) {
	t.Parallel()
	line := func(seq int) string {
		return fmt.Sprintf("time=2026-03-01T12:00:00.000Z seq=%d event=OnUploadEnd\n", seq)
	}
	for name, files := range map[string]map[string]string{
		"current empty":                   {"": "", ".1": line(7)},
		"current missing":                 {".1": line(7), ".2": line(6)},
		"current half a line":             {"": "time=2", ".1": line(7)},
		"killed between renames":          {".new": "", ".2": line(7), ".3": line(6)},
		"newest rotated empty":            {"": "", ".1": "", ".2": line(7)},
		"newest rotated ends in half one": {".1": line(7) + "time=20"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "events")
			for suffix, text := range files {
				if err := os.WriteFile(path+suffix, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got := openLog(t, path, Options{}).LastSeq(); got != 7 {
				t.Errorf("last seq %d, want 7", got)
			}
			if _, err := os.Stat(path + ".new"); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the rest of a rotation is still there: %v", err)
			}
		})
	}
}

func TestOpenRefusesWhatIsNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if l, err := Open(dir, Options{}); err == nil {
		t.Errorf("a folder was opened: %v", l)
	}
	if l, err := Open(filepath.Join(dir, "events"), Options{Format: "xml"}); err == nil {
		t.Errorf("format xml was taken: %v", l)
	}
	if l, err := Open(filepath.Join(dir, "missing", "events"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in a missing folder: %v, %v", l, err)
	}
}

func TestReadFrom(t *testing.T) {
	t.Parallel()
	l := openLog(t, filepath.Join(t.TempDir(), "events"), Options{})
	if n, _, err := l.ReadFrom(make([]byte, 10), 0); n != 0 || err != io.EOF {
		t.Errorf("empty: %d, %v", n, err)
	}
	appendEvents(t, l, added(1, "a"))
	end := l.End()
	p := make([]byte, end)
	if n, from, err := l.ReadFrom(p, 0); int64(n) != end || from != 0 || err != nil {
		t.Errorf("all of it: %d from %d, %v", n, from, err)
	}
	if n, from, err := l.ReadFrom(p, 5); int64(n) != end-5 || from != 5 || err != nil {
		t.Errorf("over the end: %d from %d, %v", n, from, err)
	}
	if n, _, err := l.ReadFrom(p, end); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
}

func TestAfterClose(t *testing.T) {
	t.Parallel()
	l, err := Open(filepath.Join(t.TempDir(), "events"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	appendEvents(t, l, added(1, "a"))
	for range 2 {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Append(added(2, "b")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Append: %v", err)
	}
	if _, _, err := l.ReadFrom(make([]byte, 1), 0); !errors.Is(err, os.ErrClosed) {
		t.Errorf("ReadFrom: %v", err)
	}
	if _, err := l.Tail(10); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Tail: %v", err)
	}
	if err := l.Sync(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Sync: %v", err)
	}
	if l.LastSeq() != 1 {
		t.Errorf("last seq %d", l.LastSeq())
	}
}

// TestConcurrentReaders lets writers, readers and Sync race, with real time, through many rotations. What is read at
// any moment is whole lines, and what a reader reads follows on what he has read, unless it was gone.
func TestConcurrentReaders(t *testing.T) {
	t.Parallel()
	l := openLog(t, filepath.Join(t.TempDir(), "events"), Options{MaxSize: 4096, Grace: 2 * time.Millisecond})
	const writers, batches = 3, 400
	var work sync.WaitGroup
	for w := range writers {
		work.Go(func() {
			for i := range batches {
				id := uint64(w*batches + i + 1)
				if err := l.Append(added(id, "x y\n"), added(id, strings.Repeat("n", i%200))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var stop atomic.Bool
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			going := open(l)
			var last uint64
			for !stop.Load() && !t.Failed() {
				going.lost = false
				p := going.rest(t)
				if first, ok := parseSeq(p); ok && !going.lost && first != last+1 {
					t.Errorf("seq %d follows %d", first, last)
				}
				if !going.lost {
					checkLines(t, p)
				}
				if end := bytes.LastIndexByte(p[:max(0, len(p)-1)], '\n'); len(p) > 0 {
					last, _ = parseSeq(p[end+1:])
				}
				now := open(l)
				if p := now.rest(t); !now.lost {
					checkLines(t, p)
				}
				tail, err := l.Tail(1000)
				if err != nil {
					t.Error(err)
				}
				checkLines(t, tail)
			}
		})
	}
	readers.Go(func() {
		for !stop.Load() {
			if err := l.Sync(); err != nil {
				t.Error(err)
				return
			}
		}
	})
	work.Wait()
	stop.Store(true)
	readers.Wait()
	if got := l.LastSeq(); got != writers*batches*2 {
		t.Errorf("last seq %d, want %d", got, writers*batches*2)
	}
	if _, err := os.Stat(rotated(l.path, 2)); err != nil {
		t.Errorf("not enough rotations to mean anything: %v", err)
	}
}

// checkLines checks that the lines are whole and consecutive.
func checkLines(t *testing.T, p []byte) {
	var last uint64
	for line := range bytes.Lines(p) {
		seq, ok := parseSeq(line)
		if !ok || !bytes.HasSuffix(line, []byte("\n")) || last != 0 && seq != last+1 {
			t.Errorf("line %q follows seq %d", line, last)
			return
		}
		last = seq
	}
}
