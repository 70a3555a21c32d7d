package sameness

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func look(t *testing.T, path string) Print {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		t.Fatal(err)
	}
	p := Of(info)
	if same := OfStat(&st); p != same {
		t.Errorf("%+v is %+v", p, same)
	}
	return p
}

// TestPrint: whatever changes a file leaves another Print and another Mark, and so does another file in its place.
func TestPrint(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	then := time.Unix(1e9, 5)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
	for what, do := range map[string]func() error{
		"written, its time put back": func() error {
			return errors.Join(os.WriteFile(path, []byte("another"), 0o600), os.Chtimes(path, then, then))
		},
		"another mode": func() error { return os.Chmod(path, 0o640) },
		"another file": func() error {
			return errors.Join(os.WriteFile(path+"2", []byte("content"), 0o600), os.Chtimes(path+"2", then, then),
				os.Rename(path+"2", path))
		},
	} {
		time.Sleep(20 * time.Millisecond) // the slowest clock of files ticks
		before := look(t, path)
		if again := look(t, path); again != before || again.Mark() != before.Mark() {
			t.Errorf("looked at twice: %+v, then %+v", before, again)
		}
		if err := do(); err != nil {
			t.Fatal(err)
		}
		now := look(t, path)
		if now == before || now.Mark() == before.Mark() || now.Size != 7 || now.ModTime != then.UnixNano() {
			t.Errorf("%s: %+v, then %+v", what, before, now)
		}
	}
}

// TestMarksStayAsTheyAre holds what is on disks already.
func TestMarksStayAsTheyAre(t *testing.T) {
	t.Parallel()
	for p, want := range map[Print]Mark{
		{}:                        0xa706dd2f4d197e6f,
		{ChangeTime: 1, Inode: 2}: 0xbcd9dbb49673066b,
		{Size: 5, ModTime: 6, ChangeTime: 1_764_000_000_123_456_789, Inode: 1 << 40}: 0x3a694ba283471a9,
	} {
		if got := p.Mark(); got != want {
			t.Errorf("%+v: %#x", p, uint64(got))
		}
	}
}

// TestMarkTellsTheInode: another name, mode or time leaves a file the one that had the Mark, and no other file is it.
func TestMarkTellsTheInode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	mark := look(t, path).Mark()
	for range 3 {
		time.Sleep(20 * time.Millisecond) // the slowest clock of files ticks
		if err := os.Rename(path, path+"a"); err != nil {
			t.Fatal(err)
		}
		path += "a"
		if now := look(t, path); !mark.OfInode(now) || mark == now.Mark() {
			t.Errorf("renamed it has mark %#x, had %#x, and is another file", now.Mark(), mark)
		}
	}
	now := look(t, path)
	wrong := 0
	for inode := range uint64(100_000) {
		other := now
		other.Inode = inode
		if inode != now.Inode && mark.OfInode(other) {
			wrong++
		}
	}
	if wrong > 400 { // 170
		t.Errorf("%d of 100,000 other files are this one", wrong)
	}
	later := now
	later.ChangeTime -= int64(time.Hour)
	if mark.OfInode(later) {
		t.Error("the mark comes from the future")
	}
	for x := range uint64(1000) {
		if x *= 0xf1357aea2e62a9c5; unmix(mix(x)) != x {
			t.Fatalf("%#x is not found again", x)
		}
	}
}

// TestWritten asks while a file is open, mapped and neither.
func TestWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if !KnowsWriters(dir) {
		t.Skip("SKIPPED, NOTHING TESTED: here nobody can tell who writes a file (" + runtime.GOOS + ")")
	}
	path := filepath.Join(dir, "a")
	if err := os.WriteFile(path, make([]byte, 100), 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	is := func(when string, want bool) {
		t.Helper()
		if written, known := Written(reader); written != want || !known {
			t.Errorf("%s: written %v, known %v", when, written, known)
		}
	}
	is("only read", false)
	writer, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	is("open", true)
	mem, err := unix.Mmap(int(writer.Fd()), 0, 100, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err := errors.Join(err, writer.Close()); err != nil {
		t.Fatal(err)
	}
	is("mapped", true)
	if err := unix.Munmap(mem); err != nil {
		t.Fatal(err)
	}
	is("neither", false)
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	if _, known := Written(reader); known {
		t.Error("of a closed file something is known")
	}
	if KnowsWriters("/proc") {
		t.Error("it is known where there can be no files")
	}
}

// BenchmarkWritten is what it costs to ask.
func BenchmarkWritten(b *testing.B) {
	path := filepath.Join(b.TempDir(), "a")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		b.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for b.Loop() {
		Written(f)
	}
}
