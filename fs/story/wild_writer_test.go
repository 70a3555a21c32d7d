//go:build linux

package story

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// wildWriter is a process that does anything to the files of a folder in the inbox, and knows what must come of it.
type wildWriter struct {
	*wildModel
	r       *rand.Rand
	dir     string // its folder in the mount
	control string
	open    []*wildHandle
	past    []string // what it did, for the report of a failure

	streamed bool // files are sent ahead while they are written
}

// wildHandle is an open descriptor.
type wildHandle struct {
	fd     int
	file   *wildFile
	name   string // when it was opened
	write  bool
	append bool
}

// wildNames are the names a writer plays with. Those that wait are renamed sooner or later, or removed at the end.
var wildNames = []string{"a.bin", "b.bin", "c", "h", "h.part", ".tmp1", "d/a.bin", "d/b", "d/.tmp2", "e/a.bin",
	"e/c.part", "e/c"}

// runWildWriter is the process. Of standard input each line is an order to do that many steps and to close everything;
// at its end it writes a wildResult to standard output.
func runWildWriter() int {
	seed, err := strconv.ParseUint(os.Getenv("WILD_SEED"), 10, 64)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	w := &wildWriter{wildModel: newWildModel(os.Getenv("WILD_REMOVES") == "1"), r: rand.New(rand.NewPCG(seed, 1)),
		dir: os.Getenv("WILD_DIR"), control: filepath.Join(os.Getenv("MNT"), "control"),
		streamed: os.Getenv("WILD_STREAMS") == "1"}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		steps, err := strconv.Atoi(in.Text())
		if os.Getenv("WILD_KILLS") == "1" {
			w.killed()
		}
		for i := 0; err == nil && i < steps; i++ {
			err = w.step()
		}
		if err == nil {
			err = w.calm()
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "seed %d: %v\nafter:\n%s\n", seed, err, strings.Join(w.past[max(0, len(w.past)-40):],
				"\n"))
			return 1
		}
		if steps > 0 {
			fmt.Println("{}")
		}
	}
	if err := w.tidy(); err != nil {
		fmt.Fprintf(os.Stderr, "seed %d: %v\nafter:\n%s\n", seed, err, strings.Join(w.past[max(0, len(w.past)-40):],
			"\n"))
		return 1
	}
	result := w.result(filepath.Base(w.dir))
	result.Past = w.past
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func (w *wildWriter) did(format string, args ...any) {
	w.past = append(w.past, time.Now().UTC().Format("05.000 ")+fmt.Sprintf(format, args...))
}

func (w *wildWriter) path(name string) string { return filepath.Join(w.dir, name) }

func (w *wildWriter) anyName() string { return wildNames[w.r.IntN(len(wildNames))] }

// size is mostly small, and at times more than a part.
func (w *wildWriter) size() int {
	if w.r.IntN(6) == 0 {
		return w.r.IntN(300_000)
	}
	return w.r.IntN(5000)
}

func (w *wildWriter) bytes(n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(w.r.Uint32())
	}
	return data
}

// step does one thing.
func (w *wildWriter) step() error {
	switch n := w.r.IntN(100); {
	case n < 16:
		return w.openFile(w.anyName())
	case n < 40:
		return w.writeSome()
	case n < 54:
		return w.closeOne()
	case n < 60:
		return w.replaceFile(w.anyName())
	case n < 72:
		return w.renameFile(w.anyName(), w.anyName())
	case n < 76:
		return w.removeFile(w.anyName())
	case n < 80:
		return w.linkFile(w.anyName(), w.anyName())
	case n < 83:
		return w.truncateFile(w.anyName())
	case n < 85:
		return w.renameFolder()
	case n < 90:
		return w.readFile(w.anyName())
	case n < 92:
		return w.touchFile(w.anyName())
	case n < 94:
		return w.deleteFile(w.anyName())
	default:
		if w.streamed {
			return w.recordFile(w.anyName())
		}
		time.Sleep(time.Duration(w.r.IntN(120)) * time.Millisecond)
		return nil
	}
}

// calm closes everything.
func (w *wildWriter) calm() error {
	for len(w.open) > 0 {
		if err := w.closeOne(); err != nil {
			return err
		}
	}
	return nil
}

// tidy removes what only waits for another name, and reads the rest once more.
func (w *wildWriter) tidy() error {
	for _, name := range w.sorted() {
		if waits(name) {
			if err := w.removeFile(name); err != nil {
				return err
			}
		}
	}
	for _, name := range append(w.sorted(), wildNames...) {
		if err := w.readFile(name); err != nil {
			return err
		}
	}
	return nil
}

// missing decides about a file that is not there: the queue may have taken it away, or the model is wrong.
func (w *wildWriter) missing(what, name string, err error) error {
	if errors.Is(err, unix.ENOENT) && w.gone(name) {
		w.did("  (%s was uploaded)", name)
		return nil
	}
	return fmt.Errorf("%s %s: %w", what, name, err)
}

// openFile opens a file in one of many ways, or makes it.
func (w *wildWriter) openFile(name string) error {
	if len(w.open) >= 6 {
		return w.closeOne()
	}
	h := &wildHandle{name: name, write: true}
	f := w.files[name]
	flags := []int{unix.O_RDWR, unix.O_WRONLY, unix.O_RDWR | unix.O_APPEND, unix.O_RDWR | unix.O_TRUNC,
		unix.O_RDONLY}[w.r.IntN(5)]
	h.append, h.write = flags&unix.O_APPEND != 0, flags&unix.O_ACCMODE != unix.O_RDONLY
	switch {
	case f == nil:
		flags |= unix.O_CREAT | unix.O_EXCL
	case flags&unix.O_TRUNC != 0 && w.r.IntN(2) == 0:
		flags |= unix.O_CREAT
	}
	w.did("open %s %#x", name, flags)
	if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o755); err != nil {
		return err
	}
	fd, err := unix.Open(w.path(name), flags|unix.O_CLOEXEC, 0o644)
	if err != nil {
		return w.missing("open", name, err)
	}
	if f == nil || flags&unix.O_CREAT != 0 && !w.same(fd, name) {
		f = &wildFile{take: takeOf(fd)} // it may be the old one all the same
		w.put(name, f)
	}
	h.fd, h.file = fd, f
	w.open = append(w.open, h)
	if h.write {
		f.writers++
	}
	if err := w.certain(h); err != nil { // first: what is gone has the old content
		return err
	}
	if flags&unix.O_TRUNC != 0 {
		f.data = nil
	}
	w.rest(f)
	return nil
}

// same reports whether a descriptor that may have made its file leads to the one that the model knows: the queue may
// have taken that away. If it has no other name it does not matter.
func (w *wildWriter) same(fd int, name string) bool {
	var st, other unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return false
	}
	if w.files[name].writers > 0 {
		return true
	}
	for _, twin := range w.others(w.files[name], name) {
		if unix.Stat(w.path(twin), &other) == nil && other.Ino == st.Ino {
			return true
		}
	}
	return false
}

// certain finds out which other names of a file that was opened for writing are there still: from now on they stay.
func (w *wildWriter) certain(h *wildHandle) error {
	if !w.removes || !h.write || h.file.writers > 1 {
		return nil
	}
	h.file.writers--
	defer func() { h.file.writers++ }()
	for _, twin := range w.others(h.file, h.name) {
		if err := unix.Stat(w.path(twin), new(unix.Stat_t)); err != nil {
			if err := w.missing("stat", twin, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// closeOne closes any descriptor.
func (w *wildWriter) closeOne() error {
	if len(w.open) == 0 {
		return nil
	}
	i := w.r.IntN(len(w.open))
	h := w.open[i]
	w.open = slices.Delete(w.open, i, i+1)
	w.did("close %s", h.name)
	if err := unix.Close(h.fd); err != nil {
		return fmt.Errorf("close %s: %w", h.name, err)
	}
	if h.write {
		h.file.writers--
		w.rest(h.file)
	}
	return nil
}

// writer is any descriptor that can write, or nil.
func (w *wildWriter) writer() *wildHandle {
	var can []*wildHandle
	for _, h := range w.open {
		if h.write {
			can = append(can, h)
		}
	}
	if len(can) == 0 {
		return nil
	}
	return can[w.r.IntN(len(can))]
}

// writeSome changes the content through a descriptor in one of many ways.
func (w *wildWriter) writeSome() error {
	h := w.writer()
	if h == nil {
		return w.openFile(w.anyName())
	}
	f := h.file
	switch w.r.IntN(8) {
	case 0:
		size := w.size()
		w.did("ftruncate %s %d", h.name, size)
		if err := unix.Ftruncate(h.fd, int64(size)); err != nil {
			return fmt.Errorf("ftruncate %s: %w", h.name, err)
		}
		f.resize(size)
		return nil
	case 1:
		w.did("fsync %s", h.name)
		return unix.Fsync(h.fd)
	case 2:
		return w.writeMapped(h)
	case 3:
		off, size := w.size(), w.size()+1
		w.did("fallocate %s %d %d", h.name, off, size)
		if err := unix.Fallocate(h.fd, 0, int64(off), int64(size)); err != nil {
			return fmt.Errorf("fallocate %s: %w", h.name, err)
		}
		f.resize(max(len(f.data), off+size))
		return nil
	}
	if w.r.IntN(3) == 0 {
		if err := w.setTake(h.fd, f, h.name); err != nil {
			return err
		}
	}
	off, data := w.r.IntN(len(f.data)+2000), w.bytes(w.size()+1)
	if h.append {
		off = len(f.data)
	}
	w.did("pwrite %s %d at %d", h.name, len(data), off)
	n, err := unix.Pwrite(h.fd, data, int64(off))
	if err != nil || n < len(data) {
		return fmt.Errorf("pwrite %s: %d of %d: %w", h.name, n, len(data), err)
	}
	f.resize(max(len(f.data), off+n))
	copy(f.data[off:], data)
	return nil
}

func (f *wildFile) resize(size int) {
	for len(f.data) < size {
		f.data = append(f.data, make([]byte, size-len(f.data))...)
	}
	f.data = f.data[:size:size]
}

// writeMapped writes through a mapping.
func (w *wildWriter) writeMapped(h *wildHandle) error {
	var flags int
	if flags, _ = unix.FcntlInt(uintptr(h.fd), unix.F_GETFL, 0); flags&unix.O_ACCMODE != unix.O_RDWR ||
		len(h.file.data) == 0 {
		return nil
	}
	w.did("mmap %s %d", h.name, len(h.file.data))
	mem, err := unix.Mmap(h.fd, 0, len(h.file.data), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("mmap %s: %w", h.name, err)
	}
	for range 1 + w.r.IntN(5) {
		i := w.r.IntN(len(mem))
		mem[i] = byte(w.r.Uint32())
		h.file.data[i] = mem[i]
	}
	if !bytes.Equal(mem, h.file.data) {
		return fmt.Errorf("mmap %s shows another content", h.name)
	}
	return unix.Munmap(mem)
}

// replaceFile does what editors and rsync do: a new file under a name that waits, renamed onto the final one.
func (w *wildWriter) replaceFile(name string) error {
	temp := filepath.Join(filepath.Dir(name), ".tmp9")
	f := &wildFile{data: w.bytes(w.size())}
	w.did("write %s %d and rename to %s", temp, len(f.data), name)
	if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(w.path(temp), f.data, 0o644); err != nil {
		return err
	}
	if err := unix.Rename(w.path(temp), w.path(name)); err != nil {
		return err
	}
	w.put(name, f)
	w.rest(f)
	return nil
}
