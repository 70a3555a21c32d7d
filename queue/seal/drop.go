package seal

import (
	"io"
	"io/fs"
	"time"
)

// LargeSize is the size in bytes from which on a file is synced by itself.
const LargeSize = 64 << 20

// Node is a drop on its way: a pointer to a struct that embeds a Drop.
type Node interface {
	comparable
	Sealing() *Drop
	// Look sees the content while it is brought to stable storage. Who calls it has the file to itself.
	Look(r io.ReaderAt, info fs.FileInfo)
}

// Drop is how far one drop is.
type Drop struct {
	Path string      // where the bytes are. The owner sets it in Options.Begin
	Info fs.FileInfo // what the file was when it was on stable storage
	Err  error       // why it is not

	size    int64
	foreign bool

	// Guarded by Options.Visible.
	joined time.Time // when it settled
	began  time.Time // when its sync did; zero: not yet
	synced bool      // its sync or look is over
	passed bool      // it keeps nobody waiting: it took too long, or has its place already
}

// Of returns the Drop of a file of so many bytes. foreign: it lies outside the spool.
func Of(size int64, foreign bool) Drop { return Drop{size: size, foreign: foreign} }

// Sealing returns the drop: Node asks for it.
func (d *Drop) Sealing() *Drop { return d }

// Joined returns when the drop settled.
func (d *Drop) Joined() time.Time { return d.joined }

// Synced notes that the sync is over, whatever it brought. known: the drop was added before, and keeps the place that
// it had. It reports whether the drop waits for no turn.
func (d *Drop) Synced(known bool) (passed bool) {
	d.synced, d.passed = true, d.passed || known
	return d.passed
}

// Passed reports whether the drop waits for no turn.
func (d *Drop) Passed() bool { return d.passed }
