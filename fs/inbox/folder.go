package inbox

import (
	"context"
	"path"
	"sync/atomic"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"

	"inboxfs/fs/writer"
	"inboxfs/queue/spool"
)

// A folder that came with its files goes when uploads have emptied it; one that somebody made to use, or uses, stays.
// What is seen of that:
//
//	MKDIR by a carrier         it may be one that comes with its files; any other stays
//	a file put in by that one  it came with its files: so it says in an attribute from now on, and so do those
//	                           above it that the carrier made
//	any request by another     somebody uses it: it stays for good. LOOKUP, say, which names it or something
//	                           in it, and OPENDIR. What shows it as one of many in a listing does not count,
//	                           nor does what happens under a name under which nothing is uploaded
//	FORGET                     nobody has it open, or works in it, or has mounted it or something on it
//
// What is known without the attribute goes with the node, and then the folder stays.

// carried is what is known of a folder. The node of one has a pointer to it, nil before it was asked for.
type carried struct {
	by     spool.Carrier // the zero Carrier: nobody, it stays
	filled bool          // it says so itself, in its attribute
	lately atomic.Uint64 // a thread that was found to be of by, and the moment in which it was
}

// moment is how long a thread is taken for the one that it was: no number is given to another so soon.
const moment = 50 * time.Millisecond

// stays is what is known of a folder of which nothing else matters.
var stays = &carried{}

// itself is the path of the folder behind fd, for calls that follow no link.
func itself(fd int) string { return procPath(fd) + "/." }

// childOf is the path of a name in the folder behind fd.
func childOf(fd int, name string) string { return procPath(fd) + "/" + name }

// carriage returns what is known of the folder n, whose path is at.
func (n *inboxNode) carriage(at string) *carried {
	if c := n.carried.Load(); c != nil {
		return c
	}
	c := stays
	if by, ok := spool.ReadCarrier(at); ok {
		c = &carried{by: by, filled: true}
	}
	n.carried.CompareAndSwap(nil, c)
	return n.carried.Load()
}

// brought notes who made the folder n.
func (n *inboxNode) brought(ctx context.Context) {
	c := stays
	if caller, ok := fuse.FromContext(ctx); ok {
		if by, ok := writer.CarrierOf(caller.Pid); ok {
			c = &carried{by: by}
		}
	}
	n.carried.Store(c)
}

// used notes that somebody does something with the folder n, whose path is at and which is called name below inbox.
// tree must be held.
func (n *inboxNode) used(ctx context.Context, at, name string) {
	c := n.carriage(at)
	if c != stays && !c.isBy(ctx) && n.in.drops.Uploads(name) {
		n.keep(at)
	}
}

// usedFor is used for what is done to something in the folder n, which is open as dir; name is that of the thing.
func (n *inboxNode) usedFor(ctx context.Context, dir int, name string) {
	if n.carried.Load() != stays {
		n.used(ctx, itself(dir), path.Dir(name))
	}
}

// usedFolder is used for n that may be nil, or no folder.
func (n *inboxNode) usedFolder(ctx context.Context, at, name string) {
	if n != nil && n.IsDir() {
		n.used(ctx, at, name)
	}
}

// usedItself is used for what is done to the folder n itself; n may be a file.
func (n *inboxNode) usedItself(ctx context.Context) {
	if !n.IsDir() || n.carried.Load() == stays {
		return
	}
	n.in.tree.RLock()
	defer n.in.tree.RUnlock()
	fd, _, err := n.openInode(pinFlags)
	if err != nil {
		return // it was removed just now
	}
	defer unix.Close(fd)
	if name, ok := n.path(); ok {
		n.used(ctx, itself(fd), name)
	}
}

// keep has the folder n, whose path is at, stay.
func (n *inboxNode) keep(at string) {
	if c := n.carried.Swap(stays); c == nil || c.filled {
		n.unsay(at)
	}
}

// unsay takes from the folder n, whose path is at, that it came with its files.
func (n *inboxNode) unsay(at string) {
	if err := spool.RemoveCarrier(at); err != nil {
		name, _ := n.path() // what is not known any more is left out
		n.in.log.Error("a folder that is used may be removed after the next start, once it is empty",
			"folder", name, "err", err)
	}
}

// put notes that somebody put a file into the folder n, which is open as dir: if that was who made it, it came with its
// files, and so did those above that he made. tree must be held.
func (n *inboxNode) put(ctx context.Context, dir int) {
	c := n.carriage(itself(dir))
	if c == stays || c.filled || !c.isBy(ctx) {
		return
	}
	for by := c.by; n.fill(by, itself(dir)); {
		at, ok := n.place()
		if !ok {
			return
		}
		n = at.parent
		fd, _, err := n.openInode(pinFlags)
		if err != nil {
			return // it lost its name just now
		}
		defer unix.Close(fd)
		dir = fd
	}
}

// fill notes that the folder n, whose path is at, came with its files, and reports whether that is new, and by made it.
func (n *inboxNode) fill(by spool.Carrier, at string) bool {
	c := n.carried.Load()
	if c == nil || c.filled || c.by != by {
		return false
	}
	if err := by.Write(at); err != nil { // where there are no attributes, all folders stay
		n.carried.CompareAndSwap(c, stays)
		return false
	}
	if !n.carried.CompareAndSwap(c, &carried{by: by, filled: true}) { // used meanwhile
		n.unsay(at)
		return false
	}
	return true
}

// isBy reports whether the caller is the program that made the folder.
func (c *carried) isBy(ctx context.Context) bool {
	caller, ok := fuse.FromContext(ctx)
	if !ok {
		return false
	}
	now := uint64(caller.Pid)<<32 | uint64(uint32(time.Now().UnixNano()/int64(moment)))
	if c.lately.Load() == now {
		return true
	}
	if !writer.IsCarrier(c.by, caller.Pid) {
		return false
	}
	c.lately.Store(now)
	return true
}
