package queue

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"inboxfs/queue/list"
)

// looks is a check that takes content which ends with a dash as cut short, and counts how often it is asked.
type looks struct {
	n   atomic.Int64
	err error
}

func (l *looks) check(r io.ReaderAt, size int64) (string, error) {
	l.n.Add(1)
	content := make([]byte, size)
	if _, err := r.ReadAt(content, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if strings.HasSuffix(string(content), "-") {
		return "cut short: it ends with a dash", l.err
	}
	return "", l.err
}

// checked is a stopped queue that checks content, in a folder where another one may have been.
func checked(t *testing.T, dir string) (*rig, *looks) {
	l := &looks{}
	return openRig(t, dir, func(o *Options) { o.Check, o.Start = l.check, false }), l
}

// isHeld waits until name is held because its content is cut short.
func (r *rig) isHeld(name string) {
	r.t.Helper()
	if info := r.state(name, list.Held); info.Error != "MediaIncomplete" || !strings.HasPrefix(info.Message,
		"cut short: it ends with a dash") {
		r.t.Errorf("%s is held because of %s: %s", name, info.Error, info.Message)
	}
}

func (r *rig) do(v Verb, name string) {
	r.t.Helper()
	id, err := r.Find(name)
	if err == nil {
		err = r.DoFile(r.t.Context(), v, id)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func TestCutContentIsHeld(t *testing.T) {
	t.Parallel()
	r, l := checked(t, t.TempDir())
	r.drop("cut", "content-")
	r.drop("whole", "content")
	r.isHeld("cut")
	r.state("whole", list.Ready)
	if n := l.n.Load(); n != 2 {
		t.Errorf("two drops were looked at %d times", n)
	}
	if all := r.events("OnFileAdded:whole"); strings.Contains(strings.Join(all, " "), "cut") {
		t.Errorf("the held drop was told: %v", all)
	}
}

// What was released is uploaded, whatever comes in between, but a new content is a new question.
func TestReleasedContentIsTrusted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r, _ := checked(t, dir)
	r.drop("a", "content-")
	r.isHeld("a")
	r.do(Release, "a")
	r.state("a", list.Ready)
	r.rename("a", "b", 0) // which seals it again
	r.state("b", list.Ready)
	r.close()

	r, l := checked(t, dir)
	r.state("b", list.Ready)
	r.rename("b", "c", 0)
	r.state("c", list.Ready)
	for _, v := range []Verb{Start, Stop} {
		if err := r.Do(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	r.state("c", list.Ready)
	r.do(Cancel, "c")
	r.do(Restore, "c")
	r.state("c", list.Ready)
	if n := l.n.Load(); n != 0 {
		t.Errorf("the released content was looked at %d times", n)
	}
	r.drop("c", "another-")
	r.isHeld("c")
	r.do(Release, "c")
	r.state("c", list.Ready)
	if err := r.Do(t.Context(), Start); err != nil {
		t.Fatal(err)
	}
	r.up.next(t).succeed()
	r.state("c", list.Success)
}

// An end between release and ready does not ask again.
func TestReleaseSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r, _ := checked(t, dir)
	r.drop("a", "content-")
	r.isHeld("a")
	r.mu.Lock()
	e := r.tree.get("a")
	wait := r.readmitLocked(e)
	r.list.Unwake(e) // before it is sealed
	r.mu.Unlock()
	if err := wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.state("a", list.Receiving)
	r.close()

	r, _ = checked(t, dir)
	r.state("a", list.Ready)
}

func TestHeldContentStaysInDoubt(t *testing.T) {
	t.Parallel()
	r, _ := checked(t, t.TempDir())
	link := func(old, name string) {
		t.Helper()
		if err := os.Link(r.path(old), r.path(name)); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(r.path(name))
		if err != nil {
			t.Fatal(err)
		}
		r.Linked(old, name, info.Size(), info.ModTime())
	}
	r.drop("a", "content-")
	r.isHeld("a")
	r.do(Cancel, "a")
	r.do(Restore, "a")
	r.isHeld("a")
	link("a", "b")
	r.isHeld("b")
	r.do(Release, "a")
	r.state("a", list.Ready)
	link("a", "c")
	r.state("c", list.Ready)
}

// A file that is written after it was canceled is not the one that was released.
func TestRewrittenContentIsInDoubt(t *testing.T) {
	t.Parallel()
	r, _ := checked(t, t.TempDir())
	r.drop("a", "content-")
	r.isHeld("a")
	r.do(Release, "a")
	r.state("a", list.Ready)
	id := r.Open("a", false)
	r.do(Cancel, "a")
	info := r.write("a", "another-")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	r.do(Restore, "a")
	r.isHeld("a")
}

// A drop that was held for another reason, and released, is not held for this one.
func TestReleaseIsOnce(t *testing.T) {
	t.Parallel()
	r, _ := checked(t, t.TempDir())
	id := r.Open("a", true)
	info := r.write("a", "content-")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(),
		Fault: "write answered no space left on device"})
	r.state("a", list.Held)
	r.do(Release, "a")
	r.state("a", list.Ready)
}

// Nobody tells when a referenced file gets another content, so that shows when it is looked at again.
func TestCutReferencedFile(t *testing.T) {
	t.Parallel()
	r, _ := checked(t, t.TempDir())
	path := filepath.Join(t.TempDir(), "film")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("content-")
	if _, err := r.Add(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	r.isHeld("film")
	r.do(Release, "film")
	r.state("film", list.Ready)
	r.do(Cancel, "film")
	r.do(Restore, "film")
	r.state("film", list.Ready)
	r.do(Cancel, "film")
	write("another content-")
	r.do(Restore, "film")
	r.isHeld("film")
	r.do(Release, "film")
	r.state("film", list.Ready)
	r.do(Cancel, "film")
	disguise(t, path, "a third content-")
	r.do(Restore, "film")
	r.isHeld("film")
}

func TestCheckThatFails(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) {
		o.Check, o.Start = func(io.ReaderAt, int64) (string, error) { return "", errors.New("broken disk") }, false
	})
	r.drop("a", "content")
	r.state("a", list.Ready)
}
