package inbox

import (
	"bufio"
	"cmp"
	"fmt"
	"log/slog"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"inboxfs/fs/writer"
	"inboxfs/queue/opened"
	"inboxfs/queue/sameness"
)

// inbox is what all nodes below inbox/ share: the real tree in the spool that they show, and whom they tell.
//
// Nothing is kept open for a node. Each call opens the inode it is about by its path below dir, without following a
// symbolic link anywhere on the way, and compares inode numbers, so neither a rename that overtakes it nor a link put
// in its way makes it act on another file.
type inbox struct {
	dir   *os.File // the real directory; closed when the inbox is no longer referred to
	dev   uint64   // its device
	taken uint64   // Options.TakenIno
	drops Drops
	say   func(error)
	log   *slog.Logger
	umask uint32 // what the kernel takes from the modes of files we make
	chown bool   // we may give files away, so what a user makes is his
	notes bool   // we may not, and files note whose they are; see owner.go

	moved       atomic.Int64 // when a folder was last renamed, unix ns
	programs    *writer.Programs
	space       *space
	handles     *handles
	opened      *opened.Table // nil: nothing is remembered
	passthrough atomic.Bool   // the kernel may read and write for itself; false for good once it was seen not to

	// tree makes the queue hear of names in the order in which they changed. What uses a path holds it for reading
	// until both the spool and the queue know; Rename and Link, which change paths under others' feet, hold it for
	// writing. It is never held while data is read or written, nor while a large file's blocks are freed. Two creates,
	// removes or renames of one name need no lock of ours: the kernel holds the directory's until we answered.
	tree sync.RWMutex
	root *inboxNode

	linksMu sync.Mutex // guards links
	links   map[fusefs.StableAttr]map[place]struct{}
}

// New returns the node that shows o.Dir, to be placed anywhere in a mounted tree.
func New(o Options) (fusefs.InodeEmbedder, error) {
	dir, err := os.Open(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the inbox in the spool: %w", err)
	}
	st, err := statFd(int(dir.Fd()))
	if err == nil && st.Mode&syscall.S_IFMT != syscall.S_IFDIR {
		err = syscall.ENOTDIR
	}
	if err != nil {
		dir.Close()
		return nil, fmt.Errorf("opening the inbox in the spool: %s: %w", o.Dir, err)
	}
	in := &inbox{
		dir:   dir,
		dev:   st.dev,
		taken: cmp.Or(o.TakenIno, math.MaxUint32+1),
		drops: o.Drops,
		say:   o.Say,
		log:   o.Log,
		umask: readUmask(),
		chown: os.Geteuid() == 0,
		notes: notesOwners(o.AllowOther, os.Geteuid() == 0),
		space: newSpace(dir, o.Reserve),
		links: make(map[fusefs.StableAttr]map[place]struct{}), opened: o.Opened,
	}
	if in.log == nil {
		in.log = slog.New(slog.DiscardHandler)
	}
	in.programs = writer.NewPrograms(writer.NewHabits(o.Relays, o.Excused), in.failed)
	in.handles = newHandles()
	// What is mapped through the kernel's own descriptor outlives the handle.
	pass := o.Passthrough && sameness.KnowsWriters(o.Dir)
	if o.Passthrough && !pass {
		in.log.Info("nobody can tell who has a file of this spool mapped: " +
			"the kernel passes no reads and writes through")
	}
	in.passthrough.Store(pass)
	if err := in.open(int(dir.Fd()), o.Mode, o.Group); err != nil {
		dir.Close()
		return nil, err
	}
	in.root = &inboxNode{in: in}
	in.root.carried.Store(stays)
	o.Drops.Shown(in)
	return in.root, nil
}

// failed tells the queue that the program which closed a drop in good order has ended badly. That is remembered from
// now on, though the queue holds the drop only when it has settled.
func (in *inbox) failed(d writer.Dropped, by writer.Ending) {
	mark := in.opened.Open(d.Dev, d.Ino)
	mark.Doubt()
	for i, id := range d.IDs {
		if i < len(d.IDs)-1 {
			in.drops.Failed(id, by, opened.Mark{})
		} else {
			in.drops.Failed(id, by, mark)
		}
	}
}

// check asks whether name may be a drop. A refusal can be read in control.
func (in *inbox) check(name string) syscall.Errno {
	err := in.drops.CheckName(name)
	if err == nil {
		return 0
	}
	in.say(err)
	return syscall.EINVAL
}

// inode is what the spool knows about a file.
type inode struct {
	fuse.Attr
	dev uint64
	gen uint64 // tells two files apart that had the same inode number one after the other
}

func (i *inode) regular() bool { return i.Mode&syscall.S_IFMT == syscall.S_IFREG }

// RootIno is the inode number of the folder that inbox lies in.
const RootIno = 1

// stable is how go-fuse knows the file again. Inode numbers are those of the spool, so that hard links can be told;
// the device is mixed in for file systems mounted below the inbox. What others of the mount have is moved away, to
// where a number still fits into the 53 bits of a floating-point number.
func (in *inbox) stable(i *inode) fusefs.StableAttr {
	dev := i.dev ^ in.dev
	ino := i.Ino ^ (dev<<32 | dev>>32)
	if ino <= RootIno || ino >= in.taken && ino <= math.MaxUint32 || ino == math.MaxUint64 { // or go-fuse's own
		ino ^= 1 << 52
	}
	return fusefs.StableAttr{Mode: i.Mode & syscall.S_IFMT, Ino: ino, Gen: i.gen}
}

// print is what the queue knows a file by.
func (i *inode) print() sameness.Print {
	return sameness.Print{Size: int64(i.Size), ModTime: i.ModTime().UnixNano(), ChangeTime: i.ChangeTime().UnixNano(),
		Inode: i.Ino}
}

// stamp tells whether a file was changed between two looks at it.
type stamp struct {
	size, mtime, ctime   uint64
	mtimeNsec, ctimeNsec uint32
}

func (i *inode) stamp() stamp {
	return stamp{i.Size, i.Mtime, i.Ctime, i.Mtimensec, i.Ctimensec}
}

// content is of the stamp what changes with the content.
func (s stamp) content() writer.Stamp {
	return writer.Stamp{Size: s.size, Mtime: s.mtime, MtimeNsec: s.mtimeNsec}
}

// written is what every write changes, but for one that comes too soon after another: see doubt.
func (s stamp) written() stamp {
	s.ctime, s.ctimeNsec = 0, 0
	return s
}

// readUmask returns the umask of this process, without changing it for a moment as umask(2) would.
func readUmask() uint32 {
	const unknown = 0o777 // any bit that is missing may have been taken by it
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return unknown
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if v, ok := strings.CutPrefix(lines.Text(), "Umask:"); ok {
			if mask, err := strconv.ParseUint(strings.TrimSpace(v), 8, 32); err == nil {
				return uint32(mask)
			}
		}
	}
	return unknown
}
