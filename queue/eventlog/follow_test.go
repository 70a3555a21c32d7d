package eventlog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestFollow has a reader that is behind by several files, then keeps up with a writer, and one that begins in the
// middle.
func TestFollow(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var mu sync.Mutex // guards now
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second) // so that every call may rotate
		return now
	}
	path := filepath.Join(t.TempDir(), "events.log")
	l, err := Open(path, Options{MaxSize: 1000, Keep: 100, Now: clock, Grace: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	write := func(from, to int) {
		for i := from; i <= to; i++ {
			if err := l.Append(Event{Name: "OnFileAdded", ID: uint64(i), File: fmt.Sprint("a b ", i)}); err != nil {
				t.Error(err)
			}
		}
	}
	read := func(after uint64, to uint64) {
		t.Helper()
		f := l.Follow(after)
		defer f.Close()
		for want := after + 1; want <= to; want++ {
			line, seq, err := f.Next(t.Context())
			if err != nil || seq != want || !bytes.Contains(line, fmt.Appendf(nil, `id=%d file="a b %d"`, want, want)) {
				t.Fatalf("after %d: %d %q, %v", want-1, seq, line, err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if line, _, err := f.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after the last: %q, %v", line, err)
		}
	}
	write(1, 100)
	if _, err := filepath.Glob(path + ".5"); err != nil {
		t.Fatal(err)
	}
	if old, _ := filepath.Glob(path + ".*"); len(old) < 3 {
		t.Fatalf("it was rotated to %v only", old)
	}
	read(0, 100)
	read(57, 100)
	read(100, 100)
	go write(101, 400)
	read(90, 400)
}

// TestFollowTooLate has a reader whose lines are gone: it is told so by the numbers.
func TestFollowTooLate(t *testing.T) {
	t.Parallel()
	now := time.Now()
	l, err := Open(filepath.Join(t.TempDir(), "events.log"), Options{MaxSize: 500, Keep: 1, Grace: 1,
		Now: func() time.Time { now = now.Add(time.Second); return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 50 {
		if err := l.Append(Event{Name: "OnUploadEnd"}); err != nil {
			t.Fatal(err)
		}
	}
	f := l.Follow(3)
	defer f.Close()
	first := uint64(0)
	for last := uint64(0); last < 50; {
		_, seq, err := f.Next(t.Context())
		if err != nil || last != 0 && seq != last+1 {
			t.Fatalf("%d after %d, %v", seq, last, err)
		}
		if last = seq; first == 0 {
			first = seq
		}
	}
	if first <= 4 || first > 49 {
		t.Errorf("it begins with %d", first)
	}
}

// TestParseLine reads what the log writes, in both formats, to the same.
func TestParseLine(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"a.mp4", "with blank", "123", "true", `q"uote\`, "new\nline", "=", "a=b", "\x7f",
		"caf\xe9", "日本", ""} {
		e := Event{Name: "OnUploadFailed", ID: 7, File: file, Attrs: []slog.Attr{slog.Int64("size", 5),
			slog.String("crc64", "123"),
			slog.String("message", "it = \"over\""), slog.Bool("resumable", false), slog.String("code", "")}}
		var objects []map[string]any
		for _, format := range []Format{Text, JSON} {
			r := newRenderer(format)
			if err := r.add(&e, 9, time.Now().Truncate(time.Hour)); err != nil {
				t.Fatal(err)
			}
			told, err := ParseLine(r.buf.Bytes())
			if err != nil {
				t.Errorf("%q: %v", r.buf.String(), err)
				continue
			}
			if told.Event != e.Name || told.ID != 7 {
				t.Errorf("%q tells %+v", r.buf.String(), told)
			}
			var o map[string]any
			if err := json.Unmarshal(told.Object, &o); err != nil {
				t.Error(err)
			}
			objects = append(objects, o)
		}
		if d := cmp.Diff(objects[0], objects[1]); d != "" {
			t.Errorf("%q: text -, json +: %s", file, d)
		}
	}
}

func FuzzParseLine(f *testing.F) {
	f.Add([]byte(`time=2026-03-01T12:00:00.000Z seq=17 event=OnFileAdded id=3 file="a b.mp4" size=1048576`))
	f.Add([]byte(`{"time":"2026-03-01T12:00:00.000Z","seq":17,"event":"OnFileAdded"}`))
	f.Add([]byte(`a="`))
	f.Add([]byte("="))
	f.Fuzz(func(t *testing.T, line []byte) {
		told, err := ParseLine(line)
		if err == nil && !json.Valid(told.Object) {
			t.Errorf("%q becomes %q", line, told.Object)
		}
	})
}
