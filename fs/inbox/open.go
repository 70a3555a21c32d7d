package inbox

import (
	"context"
	"os"
	"syscall"
	"time"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"

	"inboxfs/fs/errno"
	"inboxfs/fs/writer"
	"inboxfs/queue"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/transfer"
)

// openFlags are those that mean something for our own descriptor. O_APPEND does not: the kernel appends, be it with the
// offset it sends or through its own descriptor. O_DIRECT neither, since the data passes through our memory unaligned.
const openFlags = unix.O_ACCMODE | unix.O_SYNC | unix.O_DSYNC

// drop is one name of a file that is open for writing, as the queue knows it.
type drop struct {
	at      place // the zero place: the name went away
	id      transfer.ID
	writers int  // handles that will close it
	lost    bool // its entry belongs to another file now, and these handles to none
}

var _ = (fusefs.NodeOpener)((*inboxNode)(nil))

// Open answers ESTALE when the file is not there: the queue removes what was uploaded behind the kernel's back, and of
// ESTALE the kernel makes a new lookup and then a CREATE, where ENOENT would reach a user who asked for O_CREAT.
func (n *inboxNode) Open(ctx context.Context, flags uint32) (fusefs.FileHandle, uint32, syscall.Errno) {
	write := flags&(unix.O_ACCMODE|unix.O_TRUNC) != unix.O_RDONLY
	var by writer.Opener
	if write {
		by = writer.Opening(ctx)
	}
	h, err := n.openHandle(by, int(flags), write)
	if err != nil {
		return nil, 0, errno.Of(err)
	}
	h.by = by
	if flags&unix.O_TRUNC != 0 { // unless negotiated, the kernel truncates with a SETATTR of its own
		if err, _ := h.truncate(0, true); err != nil {
			h.Release(ctx)
			return nil, 0, errno.Of(err)
		}
		h.takeSetID(ctx)
	}
	return h, h.mode(flags), 0
}

// mode is how the kernel is to treat the handle. What only writes and is not passed through need not leave a copy of
// its bytes in a cache that nobody reads: the kernel hands them over from where the program has them.
func (h *inboxFile) mode(flags uint32) uint32 {
	if !h.passed && flags&unix.O_ACCMODE == unix.O_WRONLY {
		return fuse.FOPEN_DIRECT_IO
	}
	return 0
}

// openHandle opens n. For writing, the queue is told first, so that it ends an upload of the file and does not remove
// it under the handle.
func (n *inboxNode) openHandle(by writer.Opener, flags int, write bool) (*inboxFile, error) {
	if n.in.handles.full() {
		return nil, syscall.EMFILE
	}
	n.in.tree.RLock()
	defer n.in.tree.RUnlock()
	var drops []*drop
	if write {
		places := n.places()
		defer n.in.drops.Guard(paths(places)...)()
		for _, at := range places {
			if path, ok := at.path(); ok && (len(places) == 1 || n.leads(at)) {
				drops = append(drops, n.announce(at, n.in.drops.Open(path, false)))
			}
		}
	}
	killpoint.At("open: announced")
	fd, st, err := n.openInode(flags & openFlags)
	switch err {
	case nil:
		if write {
			n.piece.Store(isPiece(fd))
		}
		h := n.join(fd, st, write, false, flags, drops)
		if write {
			if at, ok := n.place(); ok {
				h.worksAt(by, at.parent)
			}
			h.memory.begin(n.in.opened.Open(st.dev, st.Ino), by.TID, flags)
		}
		if write && st.Nlink > 1 {
			h.twin = queue.FileID{Dev: st.dev, Ino: st.Ino}
			n.in.drops.Writing(h.twin)
		}
		return h, nil
	case syscall.ENOENT, syscall.ENOTDIR, syscall.ELOOP:
		err = syscall.ESTALE
	}
	n.mu.Lock()
	ids := n.settle(drops)
	n.mu.Unlock()
	for _, id := range ids {
		n.in.drops.Close(id, queue.Closed{})
	}
	return nil, err
}

// announce counts a handle to come for the drop at a name of n, which the queue calls id. tree must be held.
func (n *inboxNode) announce(at place, id transfer.ID) *drop {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, d := range n.drops {
		if d.at == at {
			d.id = id
			d.writers++
			return d
		}
	}
	d := &drop{at: at, id: id, writers: 1}
	n.drops = append(n.drops, d)
	return d
}

// settle ends what announce began and returns the ids to close. tree and n.mu must be held, the former until they are
// closed: a rename meanwhile would count a handle that is gone.
func (n *inboxNode) settle(drops []*drop) []transfer.ID {
	var ids []transfer.ID
	for _, d := range drops {
		if !d.lost {
			ids = append(ids, d.id)
		}
		if d.writers--; d.writers > 0 {
			continue
		}
		for i, other := range n.drops {
			if other == d {
				n.drops = append(n.drops[:i], n.drops[i+1:]...)
				break
			}
		}
	}
	return ids
}

// doubt is how long after a change a file's times may stay the same although it is changed again: the coarsest clock
// that kernels stamp files with ticks every 10 ms.
const doubt = 20 * time.Millisecond

// join makes the handle of the descriptor fd of n, with which n was found to be as in st.
//
// Whether the kernel passes reads and writes through to the file below, past us, is decided with the first handle and
// then kept: while one handle is passed through all others must be too, or the kernel answers EIO, and the library
// counts a handle that is not as one that was. So a node that once was not passed through never is again. With
// O_DIRECT among the flags the kernel keeps that for its own descriptor when the program takes it back to write an odd
// rest, as dd does, so it is not passed through.
func (n *inboxNode) join(fd int, st *inode, write, created bool, flags int, drops []*drop) *inboxFile {
	file := os.NewFile(uintptr(fd), "")
	h := &inboxFile{
		LoopbackFile: fusefs.NewLoopbackFileFromOS(file), file: file, node: n,
		writable: write, created: created, appends: flags&unix.O_APPEND != 0, drops: drops, opened: time.Now(),
	}
	h.sized.Store(st.Size > 0)
	n.noteMode(st)
	avoid := flags&openDirect != 0 || n.piece.Load() || n.setID.Load() || !n.in.passthrough.Load() || n.in.space.isLow()

	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.open) == 0 {
		n.plain = n.plain || avoid
		n.known = st.stamp()
		h.doubtful = time.Since(st.ChangeTime()) < doubt
	}
	if h.passed = !n.plain; h.passed && write {
		n.in.space.watch()
	}
	n.account(st)
	h.since, h.doubts = n.changes.Load(), n.doubts
	n.open = append(n.open, h)
	n.in.handles.open.Add(1)
	return h
}

// leave takes the handle back. n.mu must be held.
func (n *inboxNode) leave(h *inboxFile) {
	for i, other := range n.open {
		if other == h {
			n.open = append(n.open[:i], n.open[i+1:]...)
			n.in.handles.open.Add(-1)
			return
		}
	}
}

// account counts a change if the file is not what it was when we looked last. Where nothing but its change time says
// so, that may have been a label of ours, or an attribute. n.mu must be held.
func (n *inboxNode) account(st *inode) {
	s, was := st.stamp(), n.known
	n.known = s
	switch {
	case s == was:
	case s.written() == was.written():
		n.doubts++
	default:
		n.changes.Add(1)
	}
}

// quietly runs op, which changes what is known about n but not its content, and sees to it that handles do not take the
// new times for those of a write. The kernel holds the inode's lock meanwhile, as it does during writes, those it
// passes through included, so no write comes between. fd is any descriptor of n. before may be nil: it could not be
// looked at.
func (n *inboxNode) quietly(fd int, op func() error) (before, now *inode, err error) {
	before, err = statFd(fd)
	n.mu.Lock()
	switch {
	case err != nil:
		n.doubts++
	case len(n.open) > 0:
		n.account(before)
	}
	n.mu.Unlock()
	if err := op(); err != nil {
		return nil, nil, err
	}
	n.in.opened.Seen()
	now, err = statFd(fd)
	n.mu.Lock()
	defer n.mu.Unlock()
	if err != nil {
		n.doubts++
		return nil, nil, err
	}
	if now.Size != n.known.size {
		n.account(now)
	}
	n.known = now.stamp()
	return before, now, nil
}

// anyHandle returns an open handle, or nil.
func (n *inboxNode) anyHandle() *inboxFile { return n.handle(false) }

// anyWriter returns a handle that is open for writing, or nil.
func (n *inboxNode) anyWriter() *inboxFile { return n.handle(true) }

func (n *inboxNode) handle(writable bool) *inboxFile {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, h := range n.open {
		if h.writable || !writable {
			return h
		}
	}
	return nil
}
