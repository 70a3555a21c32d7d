package eventlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// others are what people and programs do to the file.
var others = []struct {
	name string
	do   func(path string) error
	gone bool // what who reads on had yet to read
}{
	{"copytruncate", func(path string) error {
		return errors.Join(duplicate(path, path+".copy"),
			os.Truncate(path, 0))
	}, true},
	{"truncate to the middle", func(path string) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		return os.Truncate(path, info.Size()/2)
	}, true},
	{"rm", os.Remove, false},
	{"mv", func(path string) error { return os.Rename(path, path+".moved") }, false},
	{"mv and create", func(path string) error {
		return errors.Join(os.Rename(path, path+".moved"), os.WriteFile(path, nil, 0o640))
	}, false},
	{"a copy in its place", func(path string) error {
		return errors.Join(duplicate(path, path+".copy"), os.Rename(path+".copy", path))
	}, false},
	{"an editor that drops the first line", func(path string) error {
		text, err := os.ReadFile(path)
		_, text, _ = bytes.Cut(text, []byte("\n"))
		return errors.Join(err, os.WriteFile(path+".edited", text, 0o600), os.Rename(path+".edited", path))
	}, false},
	{"> events.log", func(path string) error { return os.WriteFile(path, nil, 0o600) }, true},
	{"rm of all", func(path string) error {
		all, err := filepath.Glob(path + "*")
		for _, name := range all {
			err = errors.Join(err, os.Remove(name))
		}
		return err
	}, false},
	{"emptied and moved", func(path string) error {
		return errors.Join(os.Truncate(path, 0),
			os.Rename(path, path+".moved"))
	}, true},
	{"nothing", func(string) error { return nil }, false},
}

func duplicate(from, to string) error {
	text, err := os.ReadFile(from)
	return errors.Join(err, os.WriteFile(to, text, 0o600))
}

// checkRising checks that the lines are whole and each is a later one; some may have been taken out.
func checkRising(t *testing.T, p []byte) {
	t.Helper()
	var last uint64
	for line := range bytes.Lines(p) {
		seq, ok := parseSeq(line)
		if !ok || !bytes.HasSuffix(line, []byte("\n")) || seq <= last {
			t.Errorf("line %q follows seq %d", line, last)
			return
		}
		last = seq
	}
}

// TestOthers has others do things to the file while lines come, with rotations in between and restarts. Who reads on
// sees every line once; who opens the log sees no hole, no line twice, and the last line; and the file has the last
// line and no NULs.
func TestOthers(t *testing.T) {
	t.Parallel()
	for seed := range uint64(16) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 14))
			c := newClock()
			path := filepath.Join(t.TempDir(), "events.log")
			l := openLog(t, path, Options{MaxSize: 3000, Now: c.Now})
			going := open(l)
			follower := l.Follow(0)
			defer func() {
				if err := follower.Close(); err != nil {
					t.Error(err)
				}
			}()
			var out []byte
			var done []string
			for range 40 {
				for range r.IntN(12) {
					appendEvents(t, l, added(1, strings.Repeat("n", r.IntN(120))))
					if r.IntN(4) == 0 {
						c.Advance(time.Minute)
					}
				}
				out = append(out, going.rest(t)...)
				for last := l.LastSeq(); follower.after < last; {
					if _, seq, err := follower.Next(t.Context()); err != nil || seq > last {
						t.Fatalf("after %q: %d, %v", done, seq, err)
					}
				}
				act := others[r.IntN(len(others))]
				appendEvents(t, l, added(2, "not read yet"))
				if act.gone {
					out = append(out, going.rest(t)...)
				}
				done = append(done, act.name)
				if err := act.do(path); err != nil {
					t.Fatalf("%q: %v", done, err)
				}
				appendEvents(t, l, added(2, act.name))
				text := readFile(t, path)
				checkRising(t, text)
				if !bytes.HasSuffix(text, fmt.Appendf(nil, "file=%q size=7\n", act.name)) &&
					!bytes.HasSuffix(text, fmt.Appendf(nil, "file=%s size=7\n", act.name)) {
					t.Errorf("after %q the file is %q", done, text)
				}
				if out = append(out, going.rest(t)...); going.lost {
					t.Fatalf("after %q lines were gone for who reads on", done)
				}
				now := open(l)
				seen := now.rest(t)
				if first, _ := parseSeq(seen); act.name == "rm" && first != l.LastSeq() {
					t.Errorf("what was removed is shown: %q", seen)
				}
				if checkRising(t, seen); !bytes.HasSuffix(seen, text) {
					t.Errorf("after %q who opens it sees %q", done, seen)
				}
				if t.Failed() {
					t.Fatalf("%q", done)
				}
			}
			out = append(out, going.rest(t)...)
			wantSeqs(t, out, 1, l.LastSeq())
		})
	}
}

// TestRemark: what others write below our lines is shown in its place, and half a line of it is no part of ours.
func TestRemark(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "events.log")
	l := openLog(t, path, Options{})
	going := open(l)
	appendEvents(t, l, added(1, "a"))
	add := func(text string) {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteString(text)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	add("# here the disk was changed\n")
	appendEvents(t, l, added(2, "b"))
	add("# half")
	appendEvents(t, l, added(3, "c"))
	text := readFile(t, path)
	lines := bytes.SplitAfter(text, []byte("\n"))
	if len(lines) != 5 || string(lines[1]) != "# here the disk was changed\n" {
		t.Fatalf("%q", text)
	}
	wantSeqs(t, bytes.Join([][]byte{lines[0], lines[2], lines[3]}, nil), 1, 3)
	if got := going.rest(t); !bytes.Equal(got, text) {
		t.Errorf("who reads on sees %q", got)
	}
}

// TestShortenedAfterAFailedWrite: what a failed write left is not cut off a file that is shorter by then, which would
// be a hole.
func TestShortenedAfterAFailedWrite(t *testing.T) {
	t.Parallel()
	for _, act := range others {
		path := filepath.Join(t.TempDir(), "events.log")
		d := &disk{}
		l, err := openWith(path, Options{}, d.open)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			appendEvents(t, l, added(1, "a"))
		}
		*d = disk{writes: 1, writeSome: 40, truncates: 1}
		if l.Append(added(2, "b")) == nil {
			t.Fatal("it did not fail")
		}
		if err := act.do(path); err != nil {
			t.Fatal(err)
		}
		appendEvents(t, l, added(3, "c"))
		text := readFile(t, path)
		checkRising(t, text)
		if !bytes.Contains(text, []byte(" seq=6 ")) {
			t.Errorf("%s: the file is %q", act.name, text)
		}
		if moved, err := os.ReadFile(path + ".moved"); err == nil && bytes.IndexByte(moved, 0) >= 0 {
			t.Errorf("%s: the old file is %q", act.name, moved)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestRotatedFileIsEmptied: who has not read it goes on with what is left, and the last lines are still found at the
// start.
func TestRotatedFileIsEmptied(t *testing.T) {
	t.Parallel()
	c := newClock()
	path := filepath.Join(t.TempDir(), "events.log")
	l := openLog(t, path, Options{MaxSize: 1000, Now: c.Now})
	slow := open(l)
	for range 20 {
		appendEvents(t, l, added(1, strings.Repeat("f", 50)))
		c.Advance(time.Minute)
	}
	old := readFile(t, path+".1")
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	appendEvents(t, l, added(2, "new"))
	if got, err := l.Tail(1 << 20); err != nil || !bytes.HasSuffix(got, append(old, readFile(t, path)...)) {
		t.Errorf("the last lines are %q, %v", got, err)
	}
	wantSeqs(t, slow.rest(t), 21, 21)
	fill(t, l)
	appendEvents(t, l, added(2, strings.Repeat("g", 200))) // rotates
	if err := os.Truncate(path+".1", 0); err != nil {
		t.Fatal(err)
	}
	wantSeqs(t, slow.rest(t), l.LastSeq(), l.LastSeq())
}

// TestFollowWhatIsGone: who follows does not ask again and again for lines that were cut off, and gets those that come.
func TestFollowWhatIsGone(t *testing.T) {
	t.Parallel()
	for _, rotates := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "events.log")
		opens := 0
		l, err := openWith(path, Options{MaxSize: 2000}, func(path string, flag int, mode os.FileMode) (file, error) {
			opens++
			return openFile(path, flag, mode)
		})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		for range 10 {
			appendEvents(t, l, added(1, "a"))
		}
		size := l.End()
		if rotates {
			fill(t, l)
			appendEvents(t, l, added(1, strings.Repeat("g", 300)))
			path = rotated(path, 1)
		}
		if err := os.Truncate(path, size/2); err != nil {
			t.Fatal(err)
		}
		f := l.Follow(5)
		defer f.Close()
		if !rotates {
			opens = 0
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if line, _, err := f.Next(ctx); !errors.Is(err, context.DeadlineExceeded) || opens > 9 {
				t.Fatalf("%q, %v, and files were opened %d times", line, err, opens)
			}
			appendEvents(t, l, added(1, "next"))
		}
		next(t, f, l.LastSeq())
		// As many lines as it has read, before it looks again.
		if err := os.Truncate(l.path, 0); err != nil {
			t.Fatal(err)
		}
		first := l.LastSeq() + 1
		for range 15 {
			appendEvents(t, l, added(1, "a"))
		}
		next(t, f, first)
	}
}

func next(t *testing.T, f *Follower, want uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if line, seq, err := f.Next(ctx); err != nil || seq != want {
		t.Fatalf("%d %q, %v; want %d", seq, line, err, want)
	}
}
