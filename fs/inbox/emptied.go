package inbox

import (
	"strings"
	"time"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"golang.org/x/sys/unix"

	"inboxfs/fs/writer"
	"inboxfs/queue"
	"inboxfs/queue/spool"
)

var _ queue.Folders = (*inbox)(nil)

const (
	renameTold = time.Second            // when the library knows for sure of a rename whose handler returned
	forgetMost = 100 * time.Millisecond // how long the kernel may take to forget what nobody uses
	pruneMost  = 1000                   // nodes that it is asked to forget at once
)

// Remove is queue.Folders.
//
// Where the kernel has a folder in its caches it is asked to drop what nobody uses (Linux 6.18). If it does not,
// somebody has the folder open, works in it, or has mounted it or something on it, and it stays for good.
func (in *inbox) Remove(names []string, rest time.Duration) (removed, later []string) {
	left := make(map[string]*inboxNode)
	for _, name := range names {
		switch fate, node := in.remove(name, rest, nil); fate {
		case goes:
			removed = append(removed, name)
		case goesLater:
			later = append(later, name)
		case referred:
			left[name] = node
		}
	}
	if !in.drop(left) {
		return removed, later // where nobody can tell, it may go when we are started again
	}
	for name, before := range left {
		switch fate, _ := in.remove(name, rest, before); fate {
		case goes:
			removed = append(removed, name)
		case goesLater, referred:
			later = append(later, name)
		}
	}
	return removed, later
}

// fate is what becomes of a folder.
type fate uint8

const (
	remains   fate = iota
	goes           // it is gone
	goesLater      // perhaps
	referred       // perhaps, if the kernel lets go of it
)

// remove removes a folder if that can be. node is that of a folder to which the kernel refers. If it is the same as
// before, the folder is in use.
func (in *inbox) remove(name string, rest time.Duration, before *inboxNode) (fate, *inboxNode) {
	in.tree.Lock() // nobody looks it up meanwhile
	defer in.tree.Unlock()
	dir, err := openBelow(in.dir, name, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return remains, nil
	}
	defer unix.Close(dir)
	by, came := spool.ReadCarrier(itself(dir))
	node := in.find(name)
	switch {
	case !came || !isEmpty(dir):
		return remains, nil
	case !writer.CarrierEnded(by), time.Since(time.Unix(0, in.moved.Load())) < renameTold:
		return goesLater, nil
	case node == nil:
	case node == before:
		node.keep(itself(dir))
		return remains, nil
	case node.carriage(itself(dir)) == stays:
		return remains, nil
	case time.Since(time.Unix(0, node.shown.Load())) < rest: // who saw it may use it without that the kernel asks again
		return goesLater, nil
	default:
		return referred, node
	}
	if err := spool.RemoveFolder(in.dir.Name(), name); err != nil {
		in.log.Warn("an emptied folder cannot be removed", "folder", name, "err", err)
		return remains, nil
	}
	return goes, nil
}

// isEmpty reports whether a folder has nothing in it.
func isEmpty(dir int) bool {
	var buf [512]byte
	for {
		n, err := unix.ReadDirent(dir, buf[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return err == nil
		}
		if _, _, names := unix.ParseDirent(buf[:n], -1, nil); len(names) > 0 {
			return false
		}
	}
}

// find returns the node called name if the kernel refers to it or to something below it, or nil.
func (in *inbox) find(name string) *inboxNode {
	n := in.root
	for rest := name; rest != "" && n != nil; {
		var next string
		next, rest, _ = strings.Cut(rest, "/")
		n = n.child(next)
	}
	return n
}

// drop asks the kernel to forget folders, and waits a moment for that. It reports whether the kernel can be asked.
func (in *inbox) drop(folders map[string]*inboxNode) bool {
	forgotten := make(chan struct{}, len(folders))
	var all []*fusefs.Inode
	for _, node := range folders {
		node.mu.Lock()
		node.dropped = forgotten
		node.mu.Unlock()
		for _, child := range node.Children() { // each refers to its folder
			all = append(all, child)
		}
	}
	for _, node := range folders {
		all = append(all, &node.Inode)
	}
	for len(all) > 0 {
		some := all[:min(pruneMost, len(all))]
		if no := in.root.NotifyPrune(some); no != 0 {
			return false
		}
		all = all[len(some):]
	}
	enough := time.After(forgetMost)
	for range folders {
		select {
		case <-forgotten:
		case <-enough:
			return true
		}
	}
	return true
}
