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

// readView reads what readers see, with a buffer that does not divide it evenly.
func readView(t *testing.T, l *Log) []byte {
	t.Helper()
	p, err := io.ReadAll(io.NewSectionReader(l, 0, 1<<40))
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(p)) != l.Size() {
		t.Fatalf("read %d bytes, size is %d", len(p), l.Size())
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

func TestReadAt(t *testing.T) {
	t.Parallel()
	l := openLog(t, filepath.Join(t.TempDir(), "events"), Options{})
	if n, err := l.ReadAt(make([]byte, 10), 0); n != 0 || err != io.EOF {
		t.Errorf("empty: %d, %v", n, err)
	}
	appendEvents(t, l, added(1, "a"))
	size := l.Size()
	p := make([]byte, size)
	if n, err := l.ReadAt(p, 0); int64(n) != size || err != nil {
		t.Errorf("all of it: %d, %v", n, err)
	}
	if n, err := l.ReadAt(make([]byte, size), 5); int64(n) != size-5 || err != io.EOF {
		t.Errorf("over the end: %d, %v", n, err)
	}
	if n, err := l.ReadAt(p, size); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
	if _, err := l.ReadAt(p, -1); err == nil || err == io.EOF {
		t.Errorf("negative offset: %v", err)
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
	if _, err := l.ReadAt(make([]byte, 1), 0); !errors.Is(err, os.ErrClosed) {
		t.Errorf("ReadAt: %v", err)
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

// TestConcurrentReaders lets writers, readers and Sync race, with real time, through many rotations. What is shown at
// any moment is whole lines, and shrinks only where another file is shown.
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
			var last segment
			for !stop.Load() && !t.Failed() {
				s, err := l.view.shown()
				if err != nil {
					t.Error(err)
					return
				}
				if s.size < last.size && s.file == last.file {
					t.Errorf("the view shrank from %d to %d", last.size, s.size)
				}
				last = s
				p := make([]byte, s.size)
				// The file may be closed by now, if two rotations went by.
				if _, err := s.file.ReadAt(p, 0); err == nil {
					checkLines(t, p)
				} else if !errors.Is(err, os.ErrClosed) {
					t.Error(err)
				}
				// The same through the front door, where the view may move on in between: no error, that is all.
				if _, err := l.ReadAt(p, l.Size()/2); err != nil && err != io.EOF {
					t.Error(err)
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
