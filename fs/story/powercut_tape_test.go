package story

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
)

// tape is what a disk was told: windows of writes, with a flush between each two. A disk that loses power has all of
// the windows before the one it is in, and of that one any of the writes, in whole sectors.
type tape struct {
	windows []window
	base    string // the disk before the first write
	made    string // the disk as it is before the window next
	next    int
}

// window is the writes between two flushes, and where on the tape these stand.
type window struct {
	low, high int64
	writes    []write
}

type write struct {
	off  int64
	data []byte
	end  int64 // on the tape
}

const tapeHead = 12 // offset and length

// tapeFlush is the head of a flush.
var tapeFlush = [tapeHead]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// readTape reads what the recorder of dir wrote. base is the image as it was before.
func readTape(dir, base string) (*tape, error) {
	text, err := os.ReadFile(filepath.Join(dir, "tape"))
	if err != nil {
		return nil, err
	}
	t := &tape{base: base, made: filepath.Join(dir, "made")}
	w := window{}
	for at := int64(0); at < int64(len(text)); {
		head := [tapeHead]byte(text[at:])
		at += tapeHead
		if head == tapeFlush {
			w.high = at - 1
			t.windows = append(t.windows, w)
			w = window{low: at}
			continue
		}
		n := int64(binary.LittleEndian.Uint32(head[8:]))
		w.writes = append(w.writes, write{off: int64(binary.LittleEndian.Uint64(head[:])), data: text[at : at+n],
			end: at + n})
		at += n
	}
	w.high = int64(len(text))
	t.windows = append(t.windows, w)
	return t, copySparse(base, t.made)
}

// cut is one moment at which the power goes, and what is on the disk then. It may have been any moment from low to
// high.
type cut struct {
	window    int
	kept      []write
	low, high int64
	what      string
}

// bare is the cut that a disk makes that keeps nothing it need not.
func (t *tape) bare(i int) cut {
	w := t.windows[i]
	return cut{window: i, low: w.low, high: w.high, what: fmt.Sprintf("%d-bare", i)}
}

// torn is the cut that keeps some of the writes of a window, and of some of them only a part.
func (t *tape) torn(i int, seed uint64) cut {
	w, r := t.windows[i], rand.New(rand.NewPCG(seed, uint64(i)))
	c := cut{window: i, low: w.low, high: w.high, what: fmt.Sprintf("%d-torn-%d", i, seed)}
	if len(w.writes) == 0 {
		return c
	}
	until := w.writes[:1+r.IntN(len(w.writes))]
	sector, most := []int{512, 4096}[r.IntN(2)], []float64{0.1, 0.5, 0.9}[r.IntN(3)]
	for _, one := range until {
		for n, next := 0, 0; n < len(one.data); n = next {
			next = min(n+sector, len(one.data))
			if at := one.off + int64(n); at < superblock {
				next = min(n+int(superblock-at), len(one.data))
			}
			if r.Float64() < most {
				c.kept = append(c.kept, write{off: one.off + int64(n), data: one.data[n:next], end: one.end})
				c.low = one.end
			}
		}
	}
	return c
}

// superblock is how many bytes at its start a disk writes as one: ext4's superblock, whose checksum spans two of the
// smaller sectors, is not mounted when it is torn. What is on trial is not ext4.
const superblock = 4096

// lone is the cut that keeps one write of a window, and none that came before.
func (t *tape) lone(i, n int) cut {
	w := t.windows[i]
	return cut{window: i, low: w.writes[n].end, high: w.high, kept: w.writes[n : n+1],
		what: fmt.Sprintf("%d-lone-%d", i, n)}
}

// image makes the disk of a cut. Cuts must come in the order of their windows.
func (t *tape) image(c cut, path string) error {
	if c.window < t.next {
		if err := copySparse(t.base, t.made); err != nil {
			return err
		}
		t.next = 0
	}
	for ; t.next < c.window; t.next++ {
		if err := apply(t.made, t.windows[t.next].writes); err != nil {
			return err
		}
	}
	if err := copySparse(t.made, path); err != nil {
		return err
	}
	return apply(path, c.kept)
}

func apply(path string, writes []write) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	for _, w := range writes {
		if _, err := f.WriteAt(w.data, w.off); err != nil {
			_ = f.Close() // err says what matters
			return err
		}
	}
	return f.Close()
}

func copySparse(from, to string) error {
	if out, err := exec.Command("cp", "--sparse=always", from, to).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
