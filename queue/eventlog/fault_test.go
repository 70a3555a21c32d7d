package eventlog

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// disk opens files on which the next operations of a kind fail.
type disk struct {
	writes    int // writes to fail
	writeSome int // bytes of a failing write that arrive all the same
	truncates int
	syncs     int
	creates   int
}

type faultyFile struct {
	file
	d *disk
}

func (d *disk) open(path string, flag int, mode os.FileMode) (file, error) {
	if flag&os.O_TRUNC != 0 && take(&d.creates) {
		return nil, &os.PathError{Op: "open", Path: path, Err: syscall.ENOSPC}
	}
	f, err := openFile(path, flag, mode)
	if err != nil {
		return nil, err
	}
	return faultyFile{f, d}, nil
}

func take(n *int) bool {
	if *n == 0 {
		return false
	}
	*n--
	return true
}

func (f faultyFile) Write(p []byte) (int, error) {
	if take(&f.d.writes) {
		n, err := f.file.Write(p[:min(len(p), f.d.writeSome)])
		return n, errors.Join(err, syscall.ENOSPC)
	}
	return f.file.Write(p)
}

func (f faultyFile) Truncate(size int64) error {
	if take(&f.d.truncates) {
		return syscall.EIO
	}
	return f.file.Truncate(size)
}

func (f faultyFile) Sync() error {
	if take(&f.d.syncs) {
		return syscall.EIO
	}
	return f.file.Sync()
}

func TestFailedWriteLeavesNoTrace(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]disk{
		"nothing written":       {writes: 1},
		"half a line":           {writes: 1, writeSome: 30},
		"a line and a half":     {writes: 1, writeSome: 100},
		"half, and it stays":    {writes: 1, writeSome: 100, truncates: 1},
		"it stays a while":      {writes: 1, writeSome: 100, truncates: 3},
		"whole lines that stay": {writes: 1, writeSome: 600, truncates: 1},
		"several times in turn": {writes: 4, writeSome: 77},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "events")
			var now disk
			l, err := openWith(path, Options{}, now.open)
			if err != nil {
				t.Fatal(err)
			}
			appendEvents(t, l, added(1, "before"))
			end := l.End()
			now = d
			if err := l.Append(added(2, strings.Repeat("x", 200)), added(3, "y"), added(4, "z")); !errors.Is(err,
				syscall.ENOSPC) {
				t.Fatalf("Append: %v", err)
			}
			// What comes after it is shorter, and does not cover what it may have left.
			for l.Append(added(5, "next")) != nil {
				if l.End() != end || l.LastSeq() != 1 {
					t.Fatalf("after a failed write: end %d, want %d; last seq %d", l.End(), end, l.LastSeq())
				}
				wantSeqs(t, readView(t, l), 1, 1)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			wantSeqs(t, text, 1, 2)
		})
	}
}

// TestKilledAfterFailedWrite ends the process where a failed write could not be cut off.
func TestKilledAfterFailedWrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "events")
	d := &disk{}
	l, err := openWith(path, Options{}, d.open)
	if err != nil {
		t.Fatal(err)
	}
	appendEvents(t, l, added(1, "a"))
	*d = disk{writes: 1, writeSome: 40, truncates: 1}
	if err := l.Append(added(2, "b")); !errors.Is(err, syscall.ENOSPC) || !errors.Is(err, syscall.EIO) {
		t.Fatalf("Append: %v", err)
	}
	again := openLog(t, path, Options{})
	wantSeqs(t, readView(t, again), 1, 1)
	appendEvents(t, again, added(3, "c"))
	wantSeqs(t, readView(t, again), 1, 2)
}

func TestFailedRotationGoesOn(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]disk{"no new file": {creates: 2}, "sync": {syncs: 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "events")
			var now disk
			var told []error
			c := newClock()
			l, err := openWith(path, Options{MaxSize: 1000, Now: c.Now,
				OnError: func(err error) { told = append(told, err) }},
				now.open)
			if err != nil {
				t.Fatal(err)
			}
			fill(t, l)
			failures := d.creates + d.syncs
			now = d
			for range 20 {
				appendEvents(t, l, added(1, strings.Repeat("f", 50)))
			}
			if len(told) != failures {
				t.Errorf("told of %d failures, want %d: %v", len(told), failures, told)
			}
			c.Advance(10 * time.Second)
			wantSeqs(t, append(readFile(t, path+".1"), readFile(t, path)...), 1, l.LastSeq())
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestShiftThatFailsHalfWay(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "events")
	var told []error
	l := openLog(t, path, Options{MaxSize: 1000, OnError: func(err error) { told = append(told, err) }})
	// A folder with something in it cannot be removed, nor replaced by a file.
	if err := os.MkdirAll(filepath.Join(path+".5", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		appendEvents(t, l, added(1, strings.Repeat("f", 50)))
	}
	if len(told) == 0 || len(told) > 30 {
		t.Errorf("told %d times", len(told))
	}
	wantSeqs(t, readFile(t, path), 1, 30)
	if err := os.RemoveAll(path + ".5"); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		appendEvents(t, l, added(1, strings.Repeat("f", 50)))
	}
	wantSeqs(t, append(readFile(t, path+".1"), readFile(t, path)...), 1, 35)
}

func TestSyncError(t *testing.T) {
	t.Parallel()
	d := &disk{syncs: 1}
	l, err := openWith(filepath.Join(t.TempDir(), "events"), Options{}, d.open)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Sync(); !errors.Is(err, syscall.EIO) {
		t.Errorf("Sync: %v", err)
	}
	if err := errors.Join(l.Sync(), l.Close()); err != nil {
		t.Error(err)
	}
}

// TestReadersDoNotWaitForWrites reads, and asks for everything else, while a write hangs in the disk.
func TestReadersDoNotWaitForWrites(t *testing.T) {
	t.Parallel()
	hang := &hangingDisk{entered: make(chan struct{}), leave: make(chan struct{})}
	l, err := openWith(filepath.Join(t.TempDir(), "events"), Options{}, hang.open)
	if err != nil {
		t.Fatal(err)
	}
	appendEvents(t, l, added(1, "a"))
	hang.on = true
	done := make(chan error)
	go func() { done <- l.Append(added(2, "b")) }()
	<-hang.entered
	wantSeqs(t, readView(t, l), 1, 1)
	if l.LastSeq() != 1 || l.ModTime().IsZero() {
		t.Errorf("last seq %d, modified %v", l.LastSeq(), l.ModTime())
	}
	if p, err := l.Tail(1000); err != nil {
		t.Error(err)
	} else {
		wantSeqs(t, p, 1, 1)
	}
	close(hang.leave)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	wantSeqs(t, readView(t, l), 1, 2)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

type hangingDisk struct {
	on             bool
	entered, leave chan struct{}
}

type hangingFile struct {
	file
	d *hangingDisk
}

func (d *hangingDisk) open(path string, flag int, mode os.FileMode) (file, error) {
	f, err := openFile(path, flag, mode)
	if err != nil {
		return nil, err
	}
	return hangingFile{f, d}, nil
}

func (f hangingFile) Write(p []byte) (int, error) {
	if !f.d.on {
		return f.file.Write(p)
	}
	// Half of it is there when a reader comes.
	n, err := f.file.Write(p[:len(p)/2])
	if err != nil {
		return n, err
	}
	close(f.d.entered)
	<-f.d.leave
	rest, err := f.file.Write(p[n:])
	return n + rest, err
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return p
}
