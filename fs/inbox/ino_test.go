package inbox

import (
	"math"
	"testing"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// TestNumbersOfOthers: a file on a disk whose numbers are as high as those of the virtual files, or as low as the
// root's, gets another that fits into 53 bits, and all others keep theirs.
func TestNumbersOfOthers(t *testing.T) {
	t.Parallel()
	const taken = 0xf000_0000
	in := &inbox{dev: 7, taken: taken}
	for _, ino := range []uint64{0, 1, 2, taken - 1, taken, math.MaxUint32, math.MaxUint32 + 1, 1 << 51} {
		got := in.stable(&inode{Attr: fuse.Attr{Ino: ino}, dev: 7}).Ino
		others := ino <= RootIno || ino >= taken && ino <= math.MaxUint32
		if moved := got != ino; moved != others || got >= 1<<53 || got <= RootIno ||
			got >= taken && got <= math.MaxUint32 {
			t.Errorf("number %d is %d", ino, got)
		}
	}
	if got := in.stable(&inode{Attr: fuse.Attr{Ino: 5}, dev: 8}).Ino; got == 5 {
		t.Error("a file of another disk has the number of one of this")
	}
}
