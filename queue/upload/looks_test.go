package upload

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"inboxfs/queue/sameness"
	"inboxfs/queue/transfer"
)

// disguise writes a file in the middle and puts its time back, until that shows in nothing but the change time.
func disguise(t *testing.T, path string) {
	t.Helper()
	before, err := os.Stat(path)
	if err != nil {
		t.Error(err)
		return
	}
	for now := before; sameness.Of(now) == sameness.Of(before) && err == nil; {
		rewrite(t, path, before.ModTime())
		now, err = os.Stat(path)
	}
	if err != nil {
		t.Error(err)
	}
}

// TestTimePutBack writes a file while it is sent and puts its time back, or only changes its mode: the content tells.
func TestTimePutBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		size   int
		do     func(t *testing.T, path string)
		change bool
	}{
		"written, parts": {4 * part, disguise, true},
		"mode, parts":    {4 * part, func(t *testing.T, path string) { chmod(t, path) }, false},
		"mode, one":      {part, func(t *testing.T, path string) { chmod(t, path) }, false},
		"mode, empty":    {0, func(t *testing.T, path string) { chmod(t, path) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, w := newFake(), &watcher{}
			job, data := file(t, c.size)
			first := looksOf(t, job.Path)
			took := 0
			job.Like = func(info fs.FileInfo) transfer.Likeness {
				now := sameness.Of(info)
				if now == first && c.size == 0 {
					c.do(t, job.Path) // an empty file is looked at and sent at once
				}
				return since(first, now)
			}
			job.Took = func(info fs.FileInfo) {
				now := sameness.Of(info)
				if took++; now != looksOf(t, job.Path) {
					t.Error("it looks other than was told")
				}
			}
			f.fault = func(op string, n, _ int) outcome {
				if op == "Put" || op == "UploadPart" && n == 2 {
					c.do(t, job.Path)
				}
				return outcome{}
			}
			_, err := New(f, small(1)).Upload(t.Context(), job, w)
			if c.change {
				kind(t, err, transfer.Final, "FileChanged")
				if len(f.objects) != 0 || len(f.uploads) != 0 {
					t.Errorf("left behind: %d objects, %d uploads", len(f.objects), len(f.uploads))
				}
				return
			}
			if err != nil || !bytes.Equal(f.objects["clips/a.mp4"], data) || took != 1 {
				t.Errorf("%v, an object of %d bytes, told %d times", err, len(f.objects["clips/a.mp4"]), took)
			}
		})
	}
}

func chmod(t *testing.T, path string) {
	t.Helper()
	if err := os.Chmod(path, 0o640); err != nil {
		t.Error(err)
	}
}

func looksOf(t *testing.T, path string) sameness.Print {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Error(err)
		return sameness.Print{}
	}
	return sameness.Of(info)
}

// TestPartsOfAFileThatMayBeAnother goes on with parts of a file that was written since, its time put back: those that
// it does not have any more go again.
func TestPartsOfAFileThatMayBeAnother(t *testing.T) {
	t.Parallel()
	f, w := newFake(), &watcher{}
	f.fault = func(op string, n, _ int) outcome {
		if op == "UploadPart" && n > 3 {
			return outcome{err: &transfer.Error{Kind: transfer.Renew, Code: "SecurityTokenExpired"}}
		}
		return outcome{}
	}
	job, _ := file(t, 4*part)
	first := looksOf(t, job.Path)
	_, err := New(f, small(1)).Upload(t.Context(), job, w)
	kind(t, err, transfer.Renew, "SecurityTokenExpired")
	disguise(t, job.Path) // the first part

	f.fault, f.log = nil, nil
	job.Resume = w.resume()
	job.Like = func(now fs.FileInfo) transfer.Likeness { return since(first, sameness.Of(now)) }
	took := false
	job.Took = func(now fs.FileInfo) { took, first = true, sameness.Of(now) }
	if _, err := New(f, small(1)).Upload(t.Context(), job, &watcher{}); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(job.Path)
	if err != nil || !bytes.Equal(f.objects["clips/a.mp4"], want) || !took || f.count("UploadPart") != 2 {
		t.Errorf("%v; told: %v; requests %q", err, took, f.log)
	}
}

// TestCompletedAsAnother has the answer of Complete lost, and then the file written, its time put back: the object that
// is there is not of it, although it is of all the parts that are known.
func TestCompletedAsAnother(t *testing.T) {
	t.Parallel()
	f, w := newFake(), &watcher{}
	expired := &transfer.Error{Kind: transfer.Renew, Code: "SecurityTokenExpired"}
	f.fault = func(op string, _, _ int) outcome {
		switch op {
		case "Complete":
			return outcome{err: expired, after: true}
		case "Head":
			return outcome{err: expired}
		}
		return outcome{}
	}
	job, data := file(t, 4*part)
	first := looksOf(t, job.Path)
	_, err := New(f, small(1)).Upload(t.Context(), job, w)
	kind(t, err, transfer.Renew, "SecurityTokenExpired")
	if !bytes.Equal(f.objects["clips/a.mp4"], data) {
		t.Fatal("it was not completed")
	}
	disguise(t, job.Path)

	f.fault = nil
	job.Resume = w.resume()
	job.Like = func(now fs.FileInfo) transfer.Likeness { return since(first, sameness.Of(now)) }
	job.Took = func(now fs.FileInfo) { first = sameness.Of(now) }
	_, err = New(f, small(1)).Upload(t.Context(), job, &watcher{})
	want, readErr := os.ReadFile(job.Path)
	if err := errors.Join(err, readErr); err != nil || !bytes.Equal(f.objects["clips/a.mp4"], want) {
		t.Errorf("%v; requests %q", err, f.log)
	}
}

// TestTakenLooksTell: a file that is taken as it is looks as it did long enough for any change to show.
func TestTakenLooksTell(t *testing.T) {
	t.Parallel()
	job, _ := file(t, part)
	chmod(t, job.Path) // just now
	job.Like = func(fs.FileInfo) transfer.Likeness { return transfer.Alike }
	src, err := openSource(t.Context(), job, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer src.close()
	if age := time.Since(src.looks.print.Changed()); age < grain || src.looks.print != looksOf(t, job.Path) {
		t.Errorf("its looks are %v old", age)
	}
}

// TestMappedBefore has a file taken as it is that somebody has mapped and written already: what he writes later shows,
// too.
func TestMappedBefore(t *testing.T) {
	t.Parallel()
	job, _ := file(t, 4*part)
	writer, err := os.OpenFile(job.Path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	mem, err := unix.Mmap(int(writer.Fd()), 0, 4*part, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err := errors.Join(err, writer.Close()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(mem) }() // it ends with the test anyway
	mem[0]++
	first := sameness.Print{}
	job.Took = func(now fs.FileInfo) { first = sameness.Of(now) }
	job.Like = func(info fs.FileInfo) transfer.Likeness {
		now := sameness.Of(info)
		if now == first {
			return transfer.Same
		}
		return transfer.Alike
	}
	f := newFake()
	f.fault = func(op string, n, _ int) outcome {
		if op == "UploadPart" && n == 2 {
			mem[0]++
		}
		return outcome{}
	}
	_, err = New(f, small(1)).Upload(t.Context(), job, &watcher{})
	kind(t, err, transfer.Final, "FileChanged")
}

// TestChangedWhileCompared changes a file while it is read once more: what is told of its looks is not told of those
// before.
func TestChangedWhileCompared(t *testing.T) {
	t.Parallel()
	job, _ := file(t, 4*part)
	asked := 0
	job.Like = func(fs.FileInfo) transfer.Likeness {
		if asked++; asked == 1 {
			return transfer.Same
		}
		time.Sleep(grain)
		chmod(t, job.Path)
		return transfer.Alike
	}
	f := newFake()
	f.fault = func(op string, n, _ int) outcome {
		if op == "UploadPart" && n == 2 {
			chmod(t, job.Path)
		}
		return outcome{}
	}
	_, err := New(f, small(1)).Upload(t.Context(), job, &watcher{})
	kind(t, err, transfer.Final, "FileChanged")
}

// TestOpenForWriting: a drop that somebody has open is complete when he has closed it, and what was sent of it stays.
func TestOpenForWriting(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED, NOTHING TESTED: only Linux tells who has a file open")
	}
	for _, size := range []int{0, part, 4 * part} {
		f, w := newFake(), &watcher{}
		job, data := file(t, size)
		job.Ours = true
		writer, err := os.OpenFile(job.Path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = New(f, small(1)).Upload(t.Context(), job, w)
		kind(t, err, transfer.Final, transfer.CodeBusy)
		if len(f.objects) != 0 {
			t.Error("an object was made")
		}
		job.Resume = w.resume()
		job.Like = func(fs.FileInfo) transfer.Likeness { return transfer.Alike } // it would be taken as it is
		asked := len(f.log)
		_, err = New(f, small(1)).Upload(t.Context(), job, &watcher{})
		kind(t, err, transfer.Final, transfer.CodeBusy)
		if len(f.log) > asked {
			t.Errorf("it is begun: requests %q", f.log[asked:])
		}
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := New(f, small(1)).Upload(t.Context(), job, &watcher{}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(f.objects["clips/a.mp4"], data) || f.count("UploadPart") != size/part/4*4 {
			t.Errorf("of %d bytes: requests %q", size, f.log)
		}
	}
}

// TestTimesThatDoNotTell writes a file through a mapping on a file system whose times do not move with that.
func TestTimesThatDoNotTell(t *testing.T) {
	t.Parallel()
	job, _ := file(t, 4*part)
	dir, err := os.MkdirTemp("/dev/shm", "inboxfs")
	if err != nil {
		t.Skipf("SKIPPED, NOTHING TESTED: there is no tmpfs: %v", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "a.mp4")
	content, err := os.ReadFile(job.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	job.Path = path
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	mem, err := unix.Mmap(int(file.Fd()), 0, 4*part, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(mem) }() // it ends with the test anyway
	mem[0]++                                // the first time moves the time
	time.Sleep(grain)
	before := looksOf(t, path)
	f := newFake()
	f.fault = func(op string, n, _ int) outcome {
		if op == "UploadPart" && n == 2 {
			mem[0]++
		}
		return outcome{}
	}
	_, err = New(f, small(1)).Upload(t.Context(), job, &watcher{})
	if looksOf(t, path) != before {
		t.Skip("SKIPPED, NOTHING TESTED: here it moves the times")
	}
	kind(t, err, transfer.Final, "FileChanged")

	// And between two runs: what was sent by the first counts where it equals that.
	w := &watcher{}
	f = newFake()
	f.fault = func(op string, n, _ int) outcome {
		if op == "UploadPart" && n > 3 {
			return outcome{err: &transfer.Error{Kind: transfer.Renew, Code: "SecurityTokenExpired"}}
		}
		return outcome{}
	}
	_, err = New(f, small(1)).Upload(t.Context(), job, w)
	kind(t, err, transfer.Renew, "SecurityTokenExpired")
	mem[0]++
	f.fault, job.Resume = nil, w.resume()
	job.Like = func(fs.FileInfo) transfer.Likeness { return transfer.Same }
	_, err = New(f, small(1)).Upload(t.Context(), job, &watcher{})
	if err != nil || !bytes.Equal(f.objects["clips/a.mp4"], mem) {
		t.Errorf("%v; requests %q", err, f.log)
	}
}

// TestGoesOn sends what has more bytes than its size says: a file of procfs, and one that gets longer after it was
// looked at for the last time. No object is left.
func TestGoesOn(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "linux" {
		f, job := newFake(), transfer.Job{Path: "/proc/version", Name: "a.mp4"}
		_, err := New(f, small(1)).Upload(t.Context(), job, &watcher{})
		kind(t, err, transfer.Final, "FileChanged")
		if len(f.objects) != 0 {
			t.Errorf("it is an object of %d bytes", len(f.objects["clips/a.mp4"]))
		}
	}
	for _, size := range []int{0, part, 4 * part} {
		job, _ := file(t, size)
		src, err := openSource(t.Context(), job, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := src.ends(); err != nil {
			t.Errorf("of %d bytes: %v", size, err)
		}
		if err := os.Truncate(job.Path, int64(size)+1); err != nil {
			t.Fatal(err)
		}
		kind(t, src.ends(), transfer.Final, "FileChanged")
		src.close()
	}
}
