package opened

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	magic = 0x32_6e_65_70_6f_78_6e_69 // "inxopen2", read as a little-endian number

	wordSize    = 8
	headerWords = 24
	bootWords   = 14
	spilledWord = 15
	deviceWord  = 16
	inodeWord   = 17
	birthWord   = 18
	marksWord   = 19
	untilWord   = 20
	slotWords   = 8
	slotsMost   = 16384
	fileSize    = wordSize * (headerWords + slotsMost*slotWords)
)

// The words of a slot.
const (
	stateWord = iota
	pathWord
	devWord
	inoWord
	sizeWord
	timeWord
)

// The states of a slot.
const (
	free uint64 = iota
	making
	open
	flushed
	doubtful
	appended
	whole
)

// Table is the mapped file. A nil Table remembers nothing, and so do its marks. Its methods may be called from anywhere
// at once.
type Table struct {
	path   string
	data   []byte
	words  []uint64 // data
	onLoss func(error)
	lost   atomic.Bool // the file cannot be written any more, and was removed

	mu    sync.Mutex // guards the rest
	empty []int32    // slots that are free; the last one is taken first, so that few pages are used
	left  []int32    // slots that an earlier process left
	// handles for which there is no slot, and one more as long as an earlier process may have had some
	spilled int64
	unknown bool   // which is so
	marks   uint64 // how many there ever were, in this file
	until   int64  // see Past.After
}

// Open maps the table at path for a process in this boot, and returns what an earlier one left: nil when nothing is
// known. onLoss is told, once, that the table cannot be written any more; nothing is known of a process that ends after
// that. Nor is it, where nothing was, of one that ends before Forget: what was open at an earlier end has no slot.
func Open(path, boot string, onLoss func(error)) (*Table, *Past, error) {
	t := &Table{path: path, onLoss: onLoss}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("reading which files were open: %w", err)
	}
	past := parse(old, boot)
	if past != nil && !past.isOf(path) {
		past = nil
	}
	if past != nil {
		past.ask()
	}
	if past == nil {
		if err := create(path, boot); err != nil {
			return nil, nil, fmt.Errorf("making the table of open files: %w", errors.Join(err, remove(path)))
		}
	}
	if err := t.mapFile(); err != nil {
		return nil, nil, fmt.Errorf("mapping the table of open files: %w", errors.Join(err, remove(path)))
	}
	for i := int32(slotsMost - 1); i >= 0; i-- {
		if t.words[word(i, stateWord)] == free {
			t.empty = append(t.empty, i)
		} else {
			t.left = append(t.left, i)
		}
	}
	if past == nil {
		t.spilled, t.unknown = 1, true
	}
	t.store(spilledWord, uint64(t.spilled))
	t.marks, t.until = t.words[marksWord], int64(t.words[untilWord])
	return t, past, nil
}

// create writes a table in which nothing is open, whole: no page of it may need room on a full disk later.
func create(path, boot string) error {
	b := make([]byte, fileSize)
	binary.NativeEndian.PutUint64(b, magic)
	if len(boot) > bootWords*wordSize {
		boot = boot[:bootWords*wordSize]
	}
	copy(b[wordSize:], boot)
	binary.NativeEndian.PutUint64(b[wordSize*marksWord:], 1) // 0 would say that nobody counts
	binary.NativeEndian.PutUint64(b[wordSize*untilWord:], uint64(clock()))
	made := path + ".new"
	if err := errors.Join(remove(made), os.WriteFile(made, b, 0o600)); err != nil {
		return errors.Join(err, remove(made))
	}
	self, err := identify(made)
	if err == nil {
		err = self.write(b, made)
	}
	if err != nil {
		return errors.Join(err, remove(made))
	}
	return os.Rename(made, path)
}

func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (t *Table) mapFile() error {
	f, err := os.OpenFile(t.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	t.data, err = unix.Mmap(int(f.Fd()), 0, fileSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	t.words = unsafe.Slice((*uint64)(unsafe.Pointer(&t.data[0])), fileSize/wordSize)
	return nil
}

// word is where a word of a slot is.
func word(slot int32, of int) int { return headerWords + int(slot)*slotWords + of }

// store writes a word. A disk that has no room or fails shows as a fault of memory.
func (t *Table) store(at int, v uint64) {
	if t.lost.Load() {
		return
	}
	defer func() {
		if r := recover(); r != nil {
			fault, ok := r.(interface{ Addr() uintptr })
			if !ok {
				panic(r)
			}
			t.lose(fmt.Errorf("memory at %#x: %v", fault.Addr(), r.(runtime.Error)))
		}
	}()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	atomic.StoreUint64(&t.words[at], v)
}

// lose gives the table up: what it says is not so any more.
func (t *Table) lose(err error) {
	if t.lost.CompareAndSwap(false, true) {
		t.onLoss(errors.Join(err, remove(t.path)))
	}
}

// Forget frees what an earlier process left, known or not, now that it is in the journal what became of that.
func (t *Table) Forget() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen()
	for _, i := range t.left {
		t.store(word(i, stateWord), free)
		t.empty = append(t.empty, i)
	}
	t.left = nil
	if t.unknown {
		t.unknown = false
		t.spill(-1)
	}
}

// Close unmaps the file. No mark may be used any more. Of a table that is closed it does nothing.
func (t *Table) Close() error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost.Store(true)
	data := t.data
	if t.data = nil; data == nil {
		return nil
	}
	return unix.Munmap(data)
}

// hash is what stands for a path.
func hash(path string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(path))
	return h.Sum64()
}

// Marks is how often anything was remembered. A table that says less than a journal has heard is an older one.
func (t *Table) Marks() uint64 {
	if t == nil {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.marks
}

// Seen is for who changed a file, or its name, and knows that all is well.
func (t *Table) Seen() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen()
}

// seen notes that this process lives. t.mu is held.
func (t *Table) seen() {
	if now := clock(); now > t.until {
		t.until = now
		t.store(untilWord, uint64(now))
	}
}

// clock is what no file that was changed before this is behind: it is the kernel's, as the times of files are.
func clock() int64 {
	var now unix.Timeval
	if err := unix.Gettimeofday(&now); err != nil { // it cannot fail
		return time.Now().UnixNano()
	}
	return now.Nano() + int64(time.Microsecond) // which it cuts off
}

// header reports whether b is a table of this boot, whole.
func header(b []byte, boot string) bool {
	if len(b) != fileSize || binary.NativeEndian.Uint64(b) != magic || boot == "" {
		return false
	}
	text := b[wordSize : wordSize*(1+bootWords)]
	return string(bytes.TrimRight(text, "\x00")) == boot[:min(len(boot), len(text))]
}
