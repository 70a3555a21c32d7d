package inbox

import (
	"context"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"

	"inboxfs/fs/errno"
	"inboxfs/fs/writer"
	"inboxfs/queue"
	"inboxfs/queue/killpoint"
)

// inboxFile is an open file. Data goes to and from the file in the spool as the library does it; what is added is what
// the queue must know when the handle is released.
type inboxFile struct {
	*fusefs.LoopbackFile
	file     *os.File // the same file
	node     *inboxNode
	writable bool
	created  bool // by this open
	appends  bool
	passed   bool // reads and writes may go past us
	doubtful bool // the file changed so shortly before that a change since may not show in its times
	opened   time.Time
	by       writer.Opener
	works    []*writer.Program // who is at work while it is open
	worksIn  fusefs.StableAttr // in which folder
	since    uint64            // node.changes at open
	doubts   uint64            // node.doubts at open
	drops    []*drop           // what to close; guarded by node.mu
	twin     queue.FileID      // of a file with several names, some of which may not be among drops
	memory   memory

	served atomic.Bool  // a write came to us, so nothing goes past us
	sized  atomic.Bool  // the file is longer than what was written, or may be: it began so, or was made so
	end    atomic.Int64 // of what was written farthest in the file through us

	mu     sync.Mutex    // guards the rest
	failed syscall.Errno // the first error that was answered
	fault  string        // what it was answered to, and the error in words
	closed time.Time     // when a program closed it last, of those that had it
	writer writer.Writer // who closed it last
	reader *os.File      // what PassthroughFd gave away, or nil
}

// withFd calls fn with the file's descriptor, which stays open meanwhile; ran is false if it was closed already.
func (h *inboxFile) withFd(fn func(fd int) error) (err error, ran bool) {
	raw, err := h.file.SyscallConn()
	if err != nil {
		return err, false
	}
	cerr := raw.Control(func(fd uintptr) {
		err, ran = fn(int(fd)), true
	})
	if !ran {
		err = cerr
	}
	return err, ran
}

// changed notes that the content may be another, or is about to be.
func (h *inboxFile) changed() {
	h.memory.written()
	h.node.changes.Add(1)
}

// note remembers that a call the content depends on was answered with an error. Flush repeats it, for programs that
// look only at what close says, and the queue holds the file back.
func (h *inboxFile) note(call string, no syscall.Errno) syscall.Errno {
	if no == 0 {
		return 0
	}
	if no == syscall.ENOSYS {
		no = syscall.ENOTSUP // the kernel would never ask again
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failed == 0 {
		h.failed, h.fault = no, call+" answered "+no.Error()
	}
	return no
}

// unsupported reports whether an errno means that the file system below cannot do what was asked in this way. Callers
// then do it in another; the content did not suffer.
func unsupported(no syscall.Errno) bool {
	switch no {
	case syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.EINVAL, syscall.EXDEV, syscall.ENOTTY:
		return true
	}
	return false
}

// Write is how the kernel writes when nothing is passed through, and how it writes mapped memory back.
func (h *inboxFile) Write(ctx context.Context, data []byte, off int64) (uint32, syscall.Errno) {
	h.arrived()
	n, no := h.LoopbackFile.Write(ctx, data, off)
	h.wrote(off, int64(n))
	h.takeSetID(ctx)
	return n, h.note("write", no)
}

// wrote notes that n bytes were written at off, and how far the writing came.
func (h *inboxFile) wrote(off, n int64) {
	if n > 0 && off == 0 && !h.appends { // who appends to nothing begins nothing
		h.whole()
	}
	end := off + n
	for was := h.end.Load(); end > was && !h.end.CompareAndSwap(was, end); was = h.end.Load() {
	}
}

// arrived notes a write that came to us.
func (h *inboxFile) arrived() {
	h.changed()
	if h.passed && !h.served.Load() {
		h.served.Store(true)
		if in := h.node.in; in.passthrough.CompareAndSwap(true, false) {
			in.log.Info("the kernel cannot pass reads and writes through to this spool; they are served")
		}
	}
}

func (h *inboxFile) Allocate(ctx context.Context, off, size uint64, mode uint32) syscall.Errno {
	h.changed()
	no := h.LoopbackFile.Allocate(ctx, off, size, mode)
	if unsupported(no) {
		return syscall.ENOTSUP
	}
	h.sized.Store(true)
	return h.note("allocate", no)
}

// truncate sets the size; ran is false if the handle was released already. answered: the result is told to whom the
// handle belongs.
func (h *inboxFile) truncate(size uint64, answered bool) (err error, ran bool) {
	h.changed()
	h.sized.Store(size > 0)
	err, ran = h.withFd(func(fd int) error { return syscall.Ftruncate(fd, int64(size)) })
	if err == nil && ran && size == 0 {
		h.whole()
	}
	if err != nil && answered {
		h.note("truncate", errno.Of(err))
	}
	return err, ran
}

func (h *inboxFile) Fsync(ctx context.Context, flags uint32) syscall.Errno {
	no := h.LoopbackFile.Fsync(ctx, flags)
	if !h.writable {
		return no
	}
	return h.note("fsync", no)
}

// Flush is a close of one of the descriptors that lead to the handle; often there are several, and the first comes
// before the first write. Nobody hears what Release answers, so this is where errors are told.
func (h *inboxFile) Flush(ctx context.Context) syscall.Errno {
	if !h.writable {
		return 0
	}
	last := false
	if caller, ok := fuse.FromContext(ctx); ok {
		w, others, seen := h.node.in.programs.Closing(caller.Pid)
		last = seen && !w.End.Badly() && h.lastClose(caller.Pid, others)
		if w.End.Badly() {
			if st, err := h.stat(); err == nil {
				w.At = st.stamp().content()
			}
			h.node.in.programs.Cut(caller.Pid, h.node.StableAttr())
		} else {
			w.By = h.node.in.programs.Closed(caller.Pid, w.Comm, h.by, h.node.StableAttr())
		}
		h.mu.Lock()
		h.writer = h.writer.Then(w)
		h.mu.Unlock()
	}
	h.note("close", h.LoopbackFile.Flush(ctx))
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = time.Now()
	if last {
		if st, err := h.stat(); err == nil {
			h.rest(st, h.memory.closed)
		}
	}
	return h.failed
}

// lastClose reports whether the thread tid, in the middle of a close, was the last to have the file open through h. See
// memory.
func (h *inboxFile) lastClose(tid uint32, others []string) bool {
	ino := h.node.StableAttr().Ino
	switch {
	case !h.memory.only:
		return false
	case writer.OfProcess(tid, h.memory.opener):
		return writer.LastToClose(tid, others, ino)
	}
	// it gave the descriptor on, and may have it, or others to whom it did
	theirs, ok := writer.Descriptors(h.memory.opener)
	return ok && writer.LastOfFamily(h.memory.opener, theirs, tid, ino)
}

// rest has it noted that the file is closed and is as in st, unless its content cannot be trusted. h.mu must be held.
func (h *inboxFile) rest(st *inode, note func(*inode)) {
	if h.failed == 0 && !h.writer.End.Badly() && !(h.passed && h.node.in.space.wasLow(h.opened)) {
		note(st)
	}
}

// Ioctl refuses them all: they would be carried out with our rights, not the caller's.
func (h *inboxFile) Ioctl(context.Context, uint32, uint64, []byte, []byte) (int32, syscall.Errno) {
	return 0, syscall.ENOTTY
}

// PassthroughFd is asked for the first handle of an inode; the others follow. The kernel opens the file anew for each
// handle, and keeps the descriptor it gets here only to know which; so it gets one for reading, and keeping it does not
// look like a writer to writtenElsewhere.
func (h *inboxFile) PassthroughFd() (int, bool) {
	if !h.passed {
		return 0, false
	}
	fd, ok := h.LoopbackFile.PassthroughFd()
	if !ok || !h.writable {
		return fd, ok
	}
	reader, err := unix.Open(procPath(fd), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fd, true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reader = os.NewFile(uintptr(reader), "")
	return reader, true
}

var _ = (fusefs.FileReleaser)((*inboxFile)(nil))

// Release tells the queue that the handle is gone, and what it did.
func (h *inboxFile) Release(ctx context.Context) syscall.Errno {
	n := h.node
	if !h.writable && !h.created {
		n.mu.Lock()
		n.leave(h)
		n.mu.Unlock()
		return h.LoopbackFile.Release(ctx)
	}
	killpoint.At("release: seen")
	n.in.programs.Released(h.works, h.worksIn)
	st, err := h.stat()
	if err == nil {
		note := h.memory.released
		if h.passed && !h.memory.only { // a mapping may be left
			note = h.memory.closed
		}
		h.mu.Lock()
		h.rest(st, note)
		h.mu.Unlock()
	}
	mapped := h.watchMappings()
	no := h.LoopbackFile.Release(ctx)
	later, mayChange := mapped()
	rested := !mayChange // since the program closed it
	if later != nil {
		rested = rested && err == nil && later.stamp() == st.stamp()
		st = later
	}
	h.closeReader()

	if h.twin != (queue.FileID{}) {
		n.in.drops.Written(h.twin)
	}

	n.in.tree.RLock()
	defer n.in.tree.RUnlock()
	n.mu.Lock()
	if err == nil {
		n.account(st)
	}
	c := queue.Closed{Changed: h.created || n.changes.Load() != h.since, Piece: n.piece.Load()}
	c.Doubtful = !c.Changed && (h.doubtful || mayChange || err != nil || n.doubts != h.doubts)
	written := c.Changed || c.Doubtful
	n.leave(h)
	ids := n.settle(h.drops)
	n.mu.Unlock()

	if err == nil {
		c.Size, c.ModTime = int64(st.Size), st.ModTime()
	}
	if rested { // else it was written through a mapping
		h.mu.Lock()
		c.Flushed = h.closed
		h.mu.Unlock()
	}
	c.Fault, c.Relay = h.verdict(written, st, err, no)
	if h.passed && h.writable {
		n.in.space.unwatch()
	}
	if by := h.closedBy(); by != nil && written {
		c.Ending, c.Busy = writer.Ending{By: by, File: n.StableAttr()}, h.busy(by)
	}
	if len(ids) == 0 && c.Fault != "" {
		n.in.log.Warn("a file that is in the inbox no more was not written whole", "reason", c.Fault)
	}
	mark := h.memory.end()
	for i, id := range ids {
		if i == len(ids)-1 {
			c.Mark = mark
		}
		n.in.drops.Close(id, c)
	}
	if len(ids) == 0 {
		mark.Close()
	}
	if end, ok := c.Ending.(writer.Ending); ok && st != nil {
		end.By.Wrote(end.File, writer.Dropped{IDs: ids, Dev: st.dev, Ino: st.Ino})
	}
	killpoint.At("release: told")
	return no
}

// closeReader closes what PassthroughFd opened.
func (h *inboxFile) closeReader() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.reader == nil {
		return
	}
	if err := h.reader.Close(); err != nil {
		h.node.in.log.Warn("closing a descriptor that was only read through", "err", err)
	}
}

// watchMappings returns what says, once h is closed, whether its file is still mapped to be written, and if it was not
// any more, what it is like since. A mapping that is passed through outlives the handle, and nobody tells us when it is
// written.
func (h *inboxFile) watchMappings() (mapped func() (*inode, bool)) {
	mapped = func() (*inode, bool) { return nil, false }
	if !h.writable || !h.passed || h.served.Load() {
		return mapped
	}
	h.node.mu.Lock()
	defer h.node.mu.Unlock()
	if h.node.changes.Load() != h.since || slices.ContainsFunc(h.node.open, func(o *inboxFile) bool {
		return o != h &&
			o.writable
	}) {
		return mapped // it counts as changed anyway, or the last handle will see
	}
	_, _ = h.withFd(func(fd int) error { // only this Release closes it
		mapped = writtenElsewhere(fd)
		return nil
	})
	return mapped
}

func (h *inboxFile) stat() (st *inode, err error) {
	err, _ = h.withFd(func(fd int) error {
		st, err = statFd(fd)
		return err
	})
	return st, err
}

var _ = (fusefs.NodeCopyFileRanger)((*inboxNode)(nil))

func (n *inboxNode) CopyFileRange(ctx context.Context, from fusefs.FileHandle, fromOff uint64, _ *fusefs.Inode,
	to fusefs.FileHandle, toOff, size, flags uint64) (uint32, syscall.Errno) {
	src, ok := from.(*inboxFile)
	if !ok {
		return 0, syscall.EXDEV
	}
	dst, ok := to.(*inboxFile)
	if !ok {
		return 0, syscall.EXDEV
	}
	dst.changed()
	copied, no := new(fusefs.LoopbackNode).CopyFileRange(ctx, src.LoopbackFile, fromOff, nil, dst.LoopbackFile, toOff,
		size, flags)
	if unsupported(no) {
		return 0, syscall.EXDEV // and the caller copies by reading and writing
	}
	dst.takeSetID(ctx)
	dst.wrote(int64(toOff), int64(copied))
	return copied, dst.note("copy", no)
}
