package eventlog

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fill appends events of about 100 bytes each until the file is nearly full.
func fill(t *testing.T, l *Log) {
	t.Helper()
	for l.size+200 < l.rotateAt {
		appendEvents(t, l, added(1, strings.Repeat("f", 30)))
	}
}

func TestViewLingersThenSwitches(t *testing.T) {
	t.Parallel()
	c := newClock()
	path := filepath.Join(t.TempDir(), "events")
	l := openLog(t, path, Options{MaxSize: 4096, Grace: 3 * time.Second, Now: c.Now})
	fill(t, l)
	old, oldTime, before := readView(t, l), l.ModTime(), l.LastSeq()
	if !oldTime.Equal(c.Now()) {
		t.Errorf("modified %v, want %v", oldTime, c.Now())
	}
	c.Advance(time.Second)
	appendEvents(t, l, added(2, strings.Repeat("g", 400))) // rotates
	if onDisk, err := os.ReadFile(path + ".1"); err != nil || !bytes.Equal(onDisk, old) {
		t.Fatalf("rotated file differs from what readers saw: %v", err)
	}
	for range 3 {
		if got := readView(t, l); !bytes.Equal(got, old) {
			t.Fatalf("%v after the rotation the view changed", c.Now().Sub(oldTime))
		}
		if !l.ModTime().Equal(oldTime) {
			t.Fatal("the old file's time changed")
		}
		c.Advance(999 * time.Millisecond)
	}
	appendEvents(t, l, added(3, "while it lingers"))
	if got := readView(t, l); !bytes.Equal(got, old) {
		t.Fatal("an append moved the view on")
	}
	c.Advance(3 * time.Millisecond)
	wantSeqs(t, readView(t, l), before+1, before+2)
	if l.Size() >= int64(len(old)) {
		t.Errorf("size went from %d to %d: tail would not see that the file is another", len(old), l.Size())
	}
	appendEvents(t, l, added(4, "and on"))
	wantSeqs(t, readView(t, l), before+1, before+3)
}

// TestViewArrivesSmaller lets the new file outgrow the old one before readers come to it.
func TestViewArrivesSmaller(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := openLog(t, filepath.Join(t.TempDir(), "events"), Options{MaxSize: 4096, Grace: time.Second, Now: c.Now})
	fill(t, l)
	for range 100 {
		appendEvents(t, l, added(1, strings.Repeat("g", 100)))
	}
	old := l.Size()
	if l.size < 2*old {
		t.Fatalf("the current file has %d bytes; it must not be rotated while readers linger", l.size)
	}
	c.Advance(time.Second)
	arrived := readView(t, l)
	if int64(len(arrived)) >= old || len(arrived) == 0 {
		t.Errorf("first size of the new file is %d, of the old one it was %d", len(arrived), old)
	}
	if !bytes.HasSuffix(arrived, []byte("\n")) {
		t.Errorf("it ends in half a line: %q", arrived[len(arrived)-40:])
	}
	c.Advance(999 * time.Millisecond)
	if got := readView(t, l); !bytes.Equal(got, arrived) {
		t.Error("it grew before its time")
	}
	c.Advance(time.Millisecond)
	if got := readView(t, l); int64(len(got)) != l.size || !bytes.HasPrefix(got, arrived) {
		t.Errorf("then %d bytes are seen of %d", len(got), l.size)
	}
}

// tailer does what tail -f does with a file it cannot watch.
type tailer struct {
	seen int64
	out  bytes.Buffer
}

func (f *tailer) poll(t *testing.T, l *Log) {
	t.Helper()
	size := l.Size()
	if size < f.seen {
		f.seen = 0 // "file truncated"
	}
	n, err := io.Copy(&f.out, io.NewSectionReader(l, f.seen, size-f.seen))
	if err != nil {
		t.Fatal(err)
	}
	f.seen += n
}

// TestTailSeesEveryLineOnce polls once a second while lines come at rates from a trickle to several files per Grace.
func TestTailSeesEveryLineOnce(t *testing.T) {
	t.Parallel()
	for _, perSecond := range []int{1, 5, 20, 60, 200} {
		for seed := range uint64(3) {
			t.Run(fmt.Sprintf("rate %d seed %d", perSecond, seed), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(seed, uint64(perSecond)))
				c := newClock()
				l := openLog(t, filepath.Join(t.TempDir(), "events"),
					Options{MaxSize: 6000, Grace: 3 * time.Second, Keep: 2, Now: c.Now})
				var f tailer
				rotations, last := 0, l.file
				for range 120 {
					for range r.IntN(2 * perSecond) {
						c.Advance(time.Second / time.Duration(2*perSecond))
						batch := make([]Event, 1+r.IntN(3))
						for i := range batch {
							batch[i] = added(uint64(i+1), strings.Repeat("n", r.IntN(120)))
						}
						appendEvents(t, l, batch...)
						if l.file != last {
							rotations, last = rotations+1, l.file
						}
					}
					c.Advance(time.Duration(r.IntN(1000)) * time.Millisecond)
					f.poll(t, l)
				}
				for range 10 {
					c.Advance(time.Second)
					f.poll(t, l)
				}
				wantSeqs(t, f.out.Bytes(), 1, l.LastSeq())
				if rotations < 2 {
					t.Errorf("only %d rotations", rotations)
				}
			})
		}
	}
}

func TestRotatedFilesAreBounded(t *testing.T) {
	t.Parallel()
	c := newClock()
	dir := t.TempDir()
	path := filepath.Join(dir, "events")
	write := func(keep int) uint64 {
		l, err := Open(path, Options{MaxSize: 1000, Keep: keep, Now: c.Now})
		if err != nil {
			t.Fatal(err)
		}
		for range 200 {
			appendEvents(t, l, added(1, strings.Repeat("f", 50)))
			c.Advance(10 * time.Second)
			_ = l.Size() // a reader comes by, so the view moves on
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return l.LastSeq()
	}
	for _, keep := range []int{4, 2} {
		last := write(keep)
		names, err := filepath.Glob(path + "*")
		if err != nil {
			t.Fatal(err)
		}
		if len(names) != keep+1 {
			t.Errorf("keep %d: %q", keep, names)
		}
		var all []byte
		for n := keep; n >= 0; n-- {
			name := rotated(path, n)
			if n == 0 {
				name = path
			}
			p, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(p) > 1000 {
				t.Errorf("%s has %d bytes", name, len(p))
			}
			all = append(all, p...)
		}
		first, _ := parseSeq(all)
		wantSeqs(t, all, first, last)
	}
}

func TestTail(t *testing.T) {
	t.Parallel()
	c := newClock()
	path := filepath.Join(t.TempDir(), "events")
	l := openLog(t, path, Options{MaxSize: 2000, Now: c.Now})
	if p, err := l.Tail(100); err != nil || len(p) != 0 {
		t.Errorf("empty log: %q, %v", p, err)
	}
	fill(t, l)
	appendEvents(t, l, added(9, strings.Repeat("g", 300))) // rotates
	appendEvents(t, l, added(9, "h"))
	previous, err := os.ReadFile(path + ".1")
	if err != nil {
		t.Fatal(err)
	}
	current, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := append(previous, current...)
	check := func(l *Log) {
		t.Helper()
		for n := range len(all) + 10 {
			got, err := l.Tail(int64(n))
			if err != nil {
				t.Fatal(err)
			}
			// The longest suffix of whole lines within n bytes.
			want := all
			for len(want) > n {
				want = want[bytes.IndexByte(want, '\n')+1:]
			}
			if !bytes.Equal(got, want) {
				t.Fatalf("Tail(%d) = %q, want %q", n, got, want)
			}
		}
	}
	check(l)
	check(openLog(t, path, Options{}))
}

// A log that has just been opened is asked for more than the last rotation left, and a kill in the middle of a rotation
// has left a hole.
func TestTailOfAllFiles(t *testing.T) {
	t.Parallel()
	for _, hole := range []int{1, 3, 6} { // 6: none
		c := newClock()
		path := filepath.Join(t.TempDir(), "events")
		l := openLog(t, path, Options{MaxSize: 400, Now: c.Now})
		var all []byte
		for range 30 {
			appendEvents(t, l, added(9, strings.Repeat("g", 100)))
			c.Advance(time.Minute) // readers have seen it
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		for n := 5; n >= 1; n-- {
			text, err := os.ReadFile(rotated(path, n))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, text...)
			if n >= hole {
				if err := os.Rename(rotated(path, n), rotated(path, n+1)); err != nil {
					t.Fatal(err)
				}
			}
		}
		current, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, current...)
		l = openLog(t, path, Options{MaxSize: 400, Now: c.Now})
		for _, n := range []int{1, 500, len(all) - 1, len(all), len(all) + 1, 1 << 20} {
			want := all
			for len(want) > n {
				want = want[bytes.IndexByte(want, '\n')+1:]
			}
			if got, err := l.Tail(int64(n)); err != nil || !bytes.Equal(got, want) {
				t.Errorf("hole at %d: Tail(%d) has %d bytes, want %d, %v", hole, n, len(got), len(want), err)
			}
		}
	}
}
