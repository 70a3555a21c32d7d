package inbox

import (
	"errors"
	"path"
	"syscall"

	"golang.org/x/sys/unix"
)

// Gone tells the kernel of a file that the queue removed behind its back, so that who watches the file itself gets
// IN_DELETE_SELF. (Of its folder's watchers the kernel tells nobody; nor does it when a virtual file changes.)
func (in *inbox) Gone(name string) {
	up, child := in.gone(name)
	if child == nil {
		return
	}
	switch no := up.NotifyDelete(path.Base(name), &child.Inode); no {
	case 0, syscall.ENOENT, syscall.ENOTDIR, syscall.ENODEV: // it knew so already, or nothing is mounted any more
	default:
		in.log.Debug("who watches a file is not told that its copy went", "file", name, "err", no)
	}
}

// gone returns the folder and the file of that name to which the kernel refers, if nothing has the name now: a file made
// anew is another, and keeps its life. One with more names lives on, too.
func (in *inbox) gone(name string) (up, child *inboxNode) {
	in.tree.RLock()
	defer in.tree.RUnlock()
	folder, base := path.Split(name)
	if up = in.find(path.Clean("/" + folder)[1:]); up == nil {
		return nil, nil
	}
	if child = up.child(base); child == nil || len(child.places()) > 1 {
		return nil, nil
	}
	dir, _, err := up.enter(base)
	if err != nil {
		return nil, nil
	}
	defer unix.Close(dir)
	if _, err := statAt(dir, base); !errors.Is(err, syscall.ENOENT) {
		return nil, nil
	}
	return up, child
}
