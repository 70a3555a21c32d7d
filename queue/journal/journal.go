package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"inboxfs/queue/killpoint"
)

// layout is the version of the buckets and keys that doc.go draws; layoutMoves, while there are moves; layoutAhead,
// while there are parts that were sent before their file was complete; layoutPiece, while there are pieces of videos to
// upload.
const (
	layout      = 1
	layoutMoves = 2
	layoutAhead = 3
	layoutPiece = 4
	layoutLast  = layoutPiece
)

// lockTimeout is how long Open waits for a daemon that is just going away.
const lockTimeout = time.Second

// fillPercent is how full bbolt leaves a page that it splits. Ids only grow, so a page is rarely inserted into again;
// the tenth that stays free is for records that gain an upload id and an ETag later.
const fillPercent = 0.9

// growStep is by how much the file grows when it is full. Each step costs a sync of its own; bbolt's 16 MiB would
// make every small journal look large.
const growStep = 4 << 20

// Journal is the open file. Its methods may be called from several goroutines.
type Journal struct {
	path string
	db   *bolt.DB
	file *os.File // bbolt's own; to let go of the lock when bbolt cannot close any more
	room room

	mu     sync.Mutex // guards what follows; held for no disk access
	closed bool
	broken error // why no further transaction may be tried
	whole  bool  // the last Commit went well: all that was to be remembered is here
}

// Meta is what the journal knows beside entries.
type Meta struct {
	NextID, NextOrder uint64 // 0 = never committed
	NextMove          uint64 // 0 = no folder ever had a Move
	QueueState        string // "" likewise
	Boot              string // as it was committed last
	// of the entries up to this place in the order it is not known whether they were sent; 0: of none
	Doubt     uint64
	Labels    uint64 // how often labels of files in the spool were changed, as far as this journal knows
	Marks     uint64 // how often the table of open files was written to, as far as this journal knows
	BusySince int64  // unix ms; 0: all that began to be uploaded has ended
	Seq       uint64 // no event had a number behind this one; 0: nobody noted it
	// Clean says that the last Close was orderly and nothing was committed since. Of a new journal it is false: what
	// lies in the spool then is not known to it.
	Clean bool
}

// Open opens or creates the journal. It waits for a lock only briefly: ErrLocked. ErrDamaged and ErrNewer say what is
// wrong with the file; it is left as it is.
func Open(path string) (*Journal, error) {
	j := &Journal{path: path}
	err := guard(func() (err error) {
		if j.db, err = bolt.Open(path, 0o600, j.options()); err != nil {
			return err
		}
		j.db.AllocSize = growStep
		return j.prepare()
	})
	if err != nil {
		j.abandon(err)
		return nil, fmt.Errorf("open journal %s: %w", path, classify(err))
	}
	killpoint.At("journal: laid out")
	// Without this a power loss could take a new file's name away together with everything committed since. Asked
	// every time, because the run that made the file may have been killed before it came to this.
	if err := syncDir(filepath.Dir(path)); err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %s: %w", path, err), j.db.Close())
	}
	return j, nil
}

// syncDir makes the names in dir survive a power loss.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (j *Journal) options() *bolt.Options {
	o := &bolt.Options{
		Timeout: lockTimeout,
		// The map finds a run of free pages at once; the array is searched from its start each time.
		FreelistType: bolt.FreelistMapType,
		// The free list is written with each commit. Leaving it out would make commits a page cheaper and let a start
		// scan the whole file instead; but bbolt scans in a goroutine of its own, where nobody can catch the panic by
		// which it reports a damaged page: the daemon would die at every start instead of setting the file aside.
		NoFreelistSync: false,
		NoStatistics:   true,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			j.file = f
			return f, err
		},
	}
	if bits.UintSize == 64 {
		// Address space only. Growing the map waits for every reader, so it starts with room for a million entries.
		o.InitialMmapSize = 256 << 20
	}
	return o
}

// known checks an opened file, and reports whether it is a journal already. An empty one is to become one.
func (j *Journal) known() (known bool, err error) {
	err = j.db.View(func(tx *bolt.Tx) error {
		// A file that lost its end still opens, and faults when the lost pages are read. Say it now.
		if info, err := j.file.Stat(); err != nil {
			return err
		} else if info.Size() < tx.Size() {
			return fmt.Errorf("%w: %d bytes are left of %d", ErrDamaged, info.Size(), tx.Size())
		}
		meta := tx.Bucket(bucketMeta)
		if meta == nil {
			if k, _ := tx.Cursor().First(); k != nil {
				return fmt.Errorf("%w: it is another program's bbolt file", ErrDamaged)
			}
			return nil
		}
		known = true
		return checkLayout(tx, meta)
	})
	return known, err
}

// prepare checks an opened file and lays out a new one.
func (j *Journal) prepare() error {
	known, err := j.known()
	if err != nil || known {
		return err
	}
	return j.db.Update(func(tx *bolt.Tx) error {
		j.room.keep(j.file, tx.Size())
		for _, name := range buckets() {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketMeta).Put(metaFormat, []byte{layout})
	})
}

func checkLayout(tx *bolt.Tx, meta *bolt.Bucket) error {
	format := meta.Get(metaFormat)
	if len(format) != 1 {
		return fmt.Errorf("%w: its format is not recorded", ErrDamaged)
	}
	if format[0] > layoutLast {
		return fmt.Errorf("%w (format %d, known %d)", ErrNewer, format[0], layoutLast)
	}
	for _, name := range buckets() {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: bucket %s is missing", ErrDamaged, name)
		}
	}
	return nil
}

// Meta returns the counters, the queue's state and whether the last run ended cleanly.
func (j *Journal) Meta() (Meta, error) {
	var m Meta
	err := j.view(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketMeta)
		if v := b.Get(metaNextID); len(v) == 8 {
			m.NextID = binary.BigEndian.Uint64(v)
		}
		if v := b.Get(metaNextOrder); len(v) == 8 {
			m.NextOrder = binary.BigEndian.Uint64(v)
		}
		if v := b.Get(metaNextMove); len(v) == 8 {
			m.NextMove = binary.BigEndian.Uint64(v)
		}
		if v := b.Get(metaLabels); len(v) == 8 {
			m.Labels = binary.BigEndian.Uint64(v)
		}
		if v := b.Get(metaMarks); len(v) == 8 {
			m.Marks = binary.BigEndian.Uint64(v)
		}
		if v := b.Get(metaDoubt); len(v) == 8 {
			m.Doubt = binary.BigEndian.Uint64(v)
		}
		if v := b.Get(metaBusySince); len(v) == 8 {
			m.BusySince = int64(binary.BigEndian.Uint64(v))
		}
		if v := b.Get(metaSeq); len(v) == 8 {
			m.Seq = binary.BigEndian.Uint64(v)
		}
		m.QueueState = string(b.Get(metaQueueState))
		m.Boot = string(b.Get(metaBoot))
		m.Clean = isClean(b)
		return nil
	})
	if err != nil {
		return Meta{}, fmt.Errorf("journal: read counters: %w", err)
	}
	return m, nil
}

func isClean(meta *bolt.Bucket) bool {
	v := meta.Get(metaClean)
	return len(v) == 1 && v[0] == 1
}

// Close lets go of the file, and sets the clean mark before if the last Commit went well. Where nothing was committed,
// the file is left as it was found: who could not read it must not change it, nor say that all was well. One that a
// Commit found damaged is set aside, which the error says. It waits for calls under way.
func (j *Journal) Close() error {
	j.mu.Lock()
	closed, broken, whole := j.closed, j.broken, j.whole
	j.closed = true
	j.mu.Unlock()
	if closed {
		return nil
	}
	if broken != nil {
		j.abandon(broken)
		if errors.Is(broken, ErrDamaged) { // or each start would meet it again, where it shows only when it is written
			aside, err := SetAside(j.path)
			return errors.Join(err,
				fmt.Errorf("it was set aside as %s, and the queue is made anew from the spool at the next start: %w",
					aside, broken))
		}
		return nil // the caller was told by the Commit that broke it
	}
	if whole {
		err := guard(func() error {
			return j.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(bucketMeta).Put(metaClean, []byte{1}) })
		})
		if err != nil {
			j.abandon(err)
			return fmt.Errorf("close journal: %w", err)
		}
		killpoint.At("journal: marked clean")
	}
	if err := j.db.Close(); err != nil {
		return fmt.Errorf("close journal: %w", err)
	}
	return nil
}

// abandon gives the file and its lock back after err. After a panic bbolt may still hold its own locks, and closing it
// would wait for them for ever; then only the file is closed, and its mapping lives as long as the process.
func (j *Journal) abandon(err error) {
	var p *panicked
	if errors.As(err, &p) || j.db == nil {
		if j.file != nil {
			_ = j.file.Close() // often closed already by bbolt; err says what matters
		}
		return
	}
	_ = j.db.Close() // err says what matters
}

// usable says why no transaction may be started, or nil.
func (j *Journal) usable() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return ErrClosed
	}
	return j.broken
}

// view runs fn in a read transaction. fn must not call back into the caller's code.
func (j *Journal) view(fn func(tx *bolt.Tx) error) error {
	j.mu.Lock()
	closed := j.closed
	j.mu.Unlock()
	if closed {
		return ErrClosed
	}
	err := guard(func() error { return j.db.View(fn) })
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return ErrClosed // closed in between
	}
	return err
}
