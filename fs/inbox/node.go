package inbox

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"

	"inboxfs/fs/errno"
)

// inboxNode is a file, folder or symbolic link below inbox/, or inbox/ itself.
type inboxNode struct {
	fusefs.Inode
	in     *inbox
	target []byte // of a symbolic link; links never change, and are read also when their name is gone

	// moved is where the last rename put the node. The library learns of it only after Rename returned.
	moved atomic.Pointer[move]

	// changes counts what may have changed the content, so that each handle can tell whether anything did since it
	// was opened. It never needs a lock on the way of data.
	changes atomic.Uint64

	setID atomic.Bool // see noteMode
	piece atomic.Bool // see piece.go; of a file that is open to write

	carried atomic.Pointer[carried] // of a folder: how it came here; see folder.go
	shown   atomic.Int64            // of a folder: when the kernel was last told of it, unix ns

	mu    sync.Mutex   // guards the rest; the last lock to take, held for no call that leaves this file system's memory
	open  []*inboxFile // handles
	plain bool         // no handle of this node may be passed through; see join
	known stamp        // of the content that changes and open handles already account for

	doubts uint64 // counts what may have been a change, and may not

	drops []*drop  // the names under which the queue knows that it is open for writing
	last  *os.File // leads to it though it has no name any more; see outlive

	dropped chan<- struct{} // gets a word when the kernel has forgotten it; nil: nobody waits for that
}

// Cached is how long the kernel need not ask again for attributes, and for the names of folders. It knows of all that
// is done through it. Behind its back the queue removes files, whose names are therefore not cached, and folders that
// were quiet for longer; to make one of that name anew, or rename onto it, the kernel asks at once.
const Cached = time.Second

// place is a name in a folder.
type place struct {
	parent *inboxNode
	name   string
}

// move is a rename. The zero to is nowhere: another file took the name.
type move struct{ from, to place }

// place returns a name of n; false when it has none any more. tree must be held.
func (n *inboxNode) place() (place, bool) {
	name, up := n.Parent()
	if up == nil {
		return place{}, false
	}
	parent, ok := up.Operations().(*inboxNode)
	if !ok {
		return place{}, false
	}
	at := place{parent, name}
	if m := n.moved.Load(); m != nil {
		if at == m.from {
			return m.to, m.to.parent != nil
		}
		n.moved.CompareAndSwap(m, nil) // the library caught up
	}
	return at, true
}

// places returns all names of n that this mount has seen. tree must be held.
func (n *inboxNode) places() []place {
	var all []place
	at, ok := n.place()
	if ok {
		all = append(all, at)
	}
	n.in.linksMu.Lock()
	defer n.in.linksMu.Unlock()
	for p := range n.in.links[n.StableAttr()] {
		if p != at && p.parent.GetChild(p.name) == &n.Inode {
			all = append(all, p)
		}
	}
	return all
}

// leads reports whether at is a name of n still: of several, the queue may have removed one and not the others. tree
// must be held, and a Guard of the name for the answer to stay true.
func (n *inboxNode) leads(at place) bool {
	dir, _, err := at.parent.enter(at.name)
	if err != nil {
		return false
	}
	defer unix.Close(dir)
	st, err := statAt(dir, at.name)
	return err == nil && n.in.stable(st) == n.StableAttr()
}

// path returns the name of n below inbox, "" for inbox itself; false when it has none any more. tree must be held.
func (n *inboxNode) path() (string, bool) {
	var names []string
	for n != n.in.root {
		at, ok := n.place()
		if !ok {
			return "", false
		}
		names = append(names, at.name)
		n = at.parent
	}
	slices.Reverse(names)
	return strings.Join(names, "/"), true
}

func (p place) path() (string, bool) {
	dir, ok := p.parent.path()
	if dir == "" {
		return p.name, ok
	}
	return dir + "/" + p.name, ok
}

// paths returns the paths of places, without those that lost their folder. tree must be held.
func paths(places []place) []string {
	var all []string
	for _, p := range places {
		if path, ok := p.path(); ok {
			all = append(all, path)
		}
	}
	return all
}

// child returns the node called name, if the kernel asked for it.
func (n *inboxNode) child(name string) *inboxNode {
	if i := n.GetChild(name); i != nil {
		if c, ok := i.Operations().(*inboxNode); ok {
			return c
		}
	}
	return nil
}

// adopt makes the node of what was found or made as name in n, which is open as dir.
func (n *inboxNode) adopt(ctx context.Context, dir int, name string, st *inode, out *fuse.EntryOut) (*fusefs.Inode,
	syscall.Errno) {
	n.in.shownAt(dir, name, st)
	out.Attr = st.Attr
	if st.Mode&syscall.S_IFMT == syscall.S_IFDIR {
		out.SetEntryTimeout(Cached)
	}
	c := &inboxNode{in: n.in}
	if st.Mode&syscall.S_IFMT == syscall.S_IFLNK {
		buf := make([]byte, unix.PathMax)
		sz, err := unix.Readlinkat(dir, name, buf)
		if err == syscall.EINVAL {
			err = syscall.ESTALE // it was replaced by something else
		}
		if err != nil {
			return nil, errno.Of(err)
		}
		c.target = slices.Clone(buf[:sz])
	}
	id := n.in.stable(st)
	if st.Nlink > 1 && st.regular() {
		n.in.remember(id, place{n, name})
	}
	i := n.NewInode(ctx, c, id) // which may have been known before
	if known, ok := i.Operations().(*inboxNode); ok {
		known.noteMode(st)
		known.shown.Store(time.Now().UnixNano())
		out.SetAttrTimeout(known.attrTimeout())
	}
	return i, 0
}

var _ = (fusefs.NodeLookuper)((*inboxNode)(nil))

func (n *inboxNode) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	n.in.tree.RLock()
	defer n.in.tree.RUnlock()
	dir, path, err := n.enter(name)
	if err != nil {
		return nil, errno.Of(err)
	}
	defer unix.Close(dir)
	n.usedFor(ctx, dir, path)
	st, err := statAt(dir, name)
	if err != nil {
		return nil, errno.Of(err)
	}
	i, no := n.adopt(ctx, dir, name, st, out)
	if no == 0 {
		i.Operations().(*inboxNode).usedFolder(ctx, childOf(dir, name), path)
	}
	return i, no
}

// remember notes that a file with several names has this one. See places.
func (in *inbox) remember(id fusefs.StableAttr, at place) {
	in.linksMu.Lock()
	defer in.linksMu.Unlock()
	if in.links[id] == nil {
		in.links[id] = make(map[place]struct{})
	}
	in.links[id][at] = struct{}{}
}

// forget takes a name back.
func (in *inbox) forget(id fusefs.StableAttr, at place) {
	in.linksMu.Lock()
	defer in.linksMu.Unlock()
	delete(in.links[id], at)
	if len(in.links[id]) == 0 {
		delete(in.links, id)
	}
}

var _ = (fusefs.NodeOnForgetter)((*inboxNode)(nil))

// OnForget drops what was remembered of a file the kernel forgot.
func (n *inboxNode) OnForget() {
	n.outlived()
	n.mu.Lock()
	dropped := n.dropped
	n.dropped = nil
	n.mu.Unlock()
	if dropped != nil {
		dropped <- struct{}{} // there is room for it
	}
	n.in.linksMu.Lock()
	defer n.in.linksMu.Unlock()
	delete(n.in.links, n.StableAttr())
}
