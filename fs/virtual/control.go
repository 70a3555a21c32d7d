package virtual

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"inboxfs/fs/errno"
	"inboxfs/fs/text"
	"inboxfs/fs/writer"
	"inboxfs/queue"
	"inboxfs/queue/transfer"
)

// control is the file whose written lines are verbs. Offsets of writes mean nothing, so >, >>, tee, cp and dd do the
// same. Reading tells the last result and the verbs.
type control struct {
	node
	content *rendering // shared by all inodes of control
}

var (
	_ = (fusefs.NodeGetattrer)((*control)(nil))
	_ = (fusefs.NodeSetattrer)((*control)(nil))
	_ = (fusefs.NodeOpener)((*control)(nil))
	_ = (fusefs.FileReader)((*controlHandle)(nil))
	_ = (fusefs.FileWriter)((*controlHandle)(nil))
	_ = (fusefs.FileFlusher)((*controlHandle)(nil))
	_ = (fusefs.FileReleaser)((*controlHandle)(nil))
)

// FirstIno is where the inode numbers of virtual files begin, and LowestIno the lowest of them. They fit into 32 bits,
// which is all that some programs have room for, and disks have few as high.
const (
	FirstIno  = 0xf000_0000
	LowestIno = EventsIno
)

// ControlIno is the inode number of all inodes of control; just below those that go-fuse gives out itself.
const ControlIno = FirstIno - 1

// ControlFile makes the inodes of control: a new one for each lookup, so that no two opens share one and its lock in
// the kernel.
type ControlFile struct {
	tree    *Tree
	content rendering     // what reading shows
	opens   atomic.Uint64 // generation of the newest inode
}

// ControlFile is the file control.
func (t *Tree) ControlFile() *ControlFile {
	c := &ControlFile{tree: t}
	c.content.render = func(b []byte) ([]byte, error) {
		return text.AppendControl(b, t.Control.Reason(), t.Control.Help()), nil
	}
	return c
}

// Inode is a new inode of the file below parent.
func (c *ControlFile) Inode(ctx context.Context, parent *fusefs.Inode) *fusefs.Inode {
	id := fusefs.StableAttr{Mode: syscall.S_IFREG, Ino: ControlIno, Gen: c.opens.Add(1)}
	return parent.NewInode(ctx, &control{node: node{tree: c.tree}, content: &c.content}, id)
}

func (c *control) Getattr(_ context.Context, _ fusefs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	size, changed, err := c.content.attr()
	if err != nil {
		return c.tree.fail("getattr", "control", err)
	}
	c.tree.attr(&out.Attr, cmp.Or(c.tree.Mode, 0o600), size, changed)
	if c.tree.Group != nil {
		out.Gid = *c.tree.Group
	}
	return 0
}

// Setattr accepts size, mode and times and does nothing: the shell's > truncates, cp -p and touch set the others. Only
// the owner stays who he is.
func (c *control) Setattr(ctx context.Context, fh fusefs.FileHandle, in *fuse.SetAttrIn,
	out *fuse.AttrOut) syscall.Errno {
	if no := c.Getattr(ctx, fh, out); no != 0 {
		return no
	}
	uid, hasUID := in.GetUID()
	gid, hasGID := in.GetGID()
	if hasUID && uid != c.tree.uid || hasGID && gid != out.Gid {
		return syscall.EPERM
	}
	return 0
}

func (c *control) Open(context.Context, uint32) (fusefs.FileHandle, uint32, syscall.Errno) {
	s, err := c.content.fresh()
	if err != nil {
		return nil, 0, c.tree.fail("open", "control", err)
	}
	return &controlHandle{control: c, shown: s}, fuse.FOPEN_DIRECT_IO, 0
}

// controlHandle is one open of control. What it reads is from its open, or from its own last write.
type controlHandle struct {
	control *control

	mu    sync.Mutex // guards what follows; not held while a line runs
	shown *snapshot
	base  int64  // where the last write ended: reading on from there starts at the top
	rest  []byte // a line whose end is still to come; see lines.go
	by    uint32 // the process that wrote it; 0: it cannot be told
}

func (h *controlHandle) Read(ctx context.Context, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	h.mu.Lock()
	if off < h.base {
		h.base = 0 // rewound: offsets are the file's again
	}
	s, off := h.shown, off-h.base
	h.mu.Unlock()
	return s.Read(ctx, dest, off)
}

// Write runs the lines in data. It returns when the last has taken effect, or after the one that was refused: with
// the bytes of the lines before it, or with its errno if it is the first.
func (h *controlHandle) Write(ctx context.Context, data []byte, off int64) (uint32, syscall.Errno) {
	h.mu.Lock()
	rest := h.rest
	h.rest = nil
	h.mu.Unlock()

	done, rest, err := runLines(rest, data, func(line string) error { return h.exec(ctx, line) },
		h.control.tree.Control.Say)
	var by uint32
	if len(rest) > 0 {
		by, _ = writer.Family(threadOf(ctx))
	}
	h.settle(rest, by, off+int64(done))
	if done > 0 {
		return uint32(done), 0
	}
	return 0, h.control.refusal(err)
}

// Flush runs the line that was waiting for its end, if there is one; close gets its errno. Each close of a descriptor
// comes here, and several may lead to the handle: those of a shell that redirects what it runs, of the commands that it
// starts, and of their children, which have copies that they do not use. The line goes on as long as who wrote it, or
// its parent, has another.
func (h *controlHandle) Flush(ctx context.Context) syscall.Errno {
	h.mu.Lock()
	waits, by := len(h.rest) > 0, h.by
	h.mu.Unlock()
	if !waits {
		return 0
	}
	thread := threadOf(ctx)
	pid, parent := writer.Family(thread)
	if pid != 0 && by != 0 && pid != by {
		return 0
	}
	w, _, _ := writer.Closing(thread, nil)
	if !w.Killed() && (holdsControl(pid) || holdsControl(parent)) {
		return 0 // Release comes at the end
	}
	return h.finish(ctx, w)
}

// Release runs what Flush has left for others to end. Nobody hears of the errno any more, but control and the events
// have the words.
func (h *controlHandle) Release(ctx context.Context) syscall.Errno {
	return h.finish(ctx, writer.Writer{})
}

// finish ends the line that is waiting for its end. One in whose middle its writer was killed is not run.
func (h *controlHandle) finish(ctx context.Context, w writer.Writer) syscall.Errno {
	h.mu.Lock()
	rest := h.rest
	h.rest = nil
	h.mu.Unlock()
	if len(rest) == 0 {
		return 0
	}
	if w.Killed() {
		h.control.tree.Control.Say(fmt.Errorf("%w: %s in the middle of a line, which was not run", transfer.ErrInvalid,
			w.End))
		return 0
	}
	err := runLine(rest, func(line string) error { return h.exec(ctx, line) }, h.control.tree.Control.Say)
	return h.control.refusal(err)
}

// exec runs one line. Others than who mounted, whom control.mode lets in, are told apart: see queue.AskedByStranger.
func (h *controlHandle) exec(ctx context.Context, line string) error {
	if caller, ok := fuse.FromContext(ctx); ok && caller.Uid != 0 && writer.Who(ctx) == queue.Stranger {
		ctx = queue.AskedByStranger(ctx)
	}
	return h.control.tree.Control.Exec(ctx, line)
}

// threadOf is the thread that asks; 0: it cannot be told.
func threadOf(ctx context.Context) uint32 {
	caller, ok := fuse.FromContext(ctx)
	if !ok {
		return 0
	}
	return caller.Pid
}

// settle keeps what a write left behind: the start of a line and who wrote it, and the result to be read.
func (h *controlHandle) settle(rest []byte, by uint32, end int64) {
	s, err := h.control.content.fresh()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rest, h.by, h.base = rest, by, end
	if err == nil { // else the older result stays, which is better than none
		h.shown = s
	}
}

// refusal is the errno of a refused line. The words are in control and events already, so only the unforeseen is
// logged.
func (c *control) refusal(err error) syscall.Errno {
	if errno.Known(err) {
		return errno.Of(err)
	}
	return c.tree.fail("write", "control", err)
}
