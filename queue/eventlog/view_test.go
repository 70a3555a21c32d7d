package eventlog

import (
	"bytes"
	"fmt"
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

// TestRotationIsNotSeen: who reads on has the next line at once, and so has who opens the log then, with what was
// before it.
func TestRotationIsNotSeen(t *testing.T) {
	t.Parallel()
	c := newClock()
	path := filepath.Join(t.TempDir(), "events")
	l := openLog(t, path, Options{MaxSize: 4096, Now: c.Now})
	going := open(l)
	var all []byte
	for rotation := range 4 {
		fill(t, l)
		all = append(all, going.rest(t)...)
		before, _ := l.Window()
		c.Advance(time.Hour)
		appendEvents(t, l, added(2, strings.Repeat("g", 400))) // rotates
		if now, _ := l.Window(); now == before {
			t.Fatal("it was not rotated")
		}
		all = append(all, going.rest(t)...)
		wantSeqs(t, all, 1, l.LastSeq())
		if !l.ModTime().Equal(c.Now()) {
			t.Errorf("modified %v, want %v", l.ModTime(), c.Now())
		}
		fresh := readView(t, l)
		if first, _ := parseSeq(fresh); first == l.LastSeq() || rotation > 0 && first == 1 {
			t.Errorf("who opens it sees from seq %d on", first)
		} else {
			wantSeqs(t, fresh, first, l.LastSeq())
		}
		if onDisk, err := os.ReadFile(path + ".1"); err != nil || !bytes.HasPrefix(fresh, onDisk) {
			t.Fatalf("rotated file differs from what readers saw: %v", err)
		}
	}
}

// TestSlowReader was stopped for longer than files are kept: he goes on at the beginning of what there is.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := openLog(t, filepath.Join(t.TempDir(), "events"), Options{MaxSize: 1000, Now: c.Now})
	slow := open(l)
	appendEvents(t, l, added(1, "a"))
	wantSeqs(t, slow.rest(t), 1, 1)
	for range 50 {
		appendEvents(t, l, added(1, strings.Repeat("f", 50)))
		c.Advance(time.Minute)
	}
	p := slow.rest(t)
	first, _ := parseSeq(p)
	wantSeqs(t, p, first, 51)
	if !slow.lost || first == 2 || first == 51 {
		t.Errorf("he goes on with seq %d, lost is %v", first, slow.lost)
	}
}

// TestTailSeesEveryLineOnce reads on once a second while lines come at rates from a trickle to several files per Grace.
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
				f := open(l)
				var out []byte
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
					out = append(out, f.rest(t)...)
				}
				wantSeqs(t, out, 1, l.LastSeq())
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
