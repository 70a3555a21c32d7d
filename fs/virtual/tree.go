package virtual

import (
	"hash/maphash"
	"log/slog"
	"os"
	"syscall"
	"time"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"inboxfs/fs/errno"
)

// Tree is what the virtual nodes of one mount share. It does not change after New.
type Tree struct {
	Options
	uid, gid uint32
	mounted  time.Time
	held     *held
}

// New makes what the nodes share.
func New(o Options) *Tree {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	dir := o.Spool
	if dir == "" {
		dir = o.Inbox
	}
	return &Tree{Options: o, uid: uint32(os.Geteuid()), gid: uint32(os.Getegid()), mounted: time.Now(),
		held: &held{dir: dir}}
}

// attr fills in everything but the type and the inode number, which go-fuse knows.
func (t *Tree) attr(out *fuse.Attr, mode uint32, size int64, changed time.Time) {
	if changed.Unix() <= 0 {
		changed = t.mounted
	}
	out.Mode = mode
	out.Size = uint64(max(0, size))
	out.Nlink = 1 // also for folders: says "not counted" to find and Samba
	out.Owner = fuse.Owner{Uid: t.uid, Gid: t.gid}
	out.SetTimes(&changed, &changed, &changed)
}

// fail is errno for handlers: it logs what an EIO hides from the user.
func (t *Tree) fail(op, name string, err error) syscall.Errno {
	no := errno.Of(err)
	if no == syscall.EIO {
		t.Log.Error("a file operation failed", "op", op, "name", name, "err", err)
	}
	return no
}

// Folder is a virtual directory with these permission bits.
func (t *Tree) Folder(mode uint32) Folder { return Folder{node{tree: t}, mode} }

// File is a file with what render appends. version differs whenever that may; nil: it may at any time.
func (t *Tree) File(version func() uint64, render func(b []byte) ([]byte, error)) fusefs.InodeEmbedder {
	return &textFile{node: node{tree: t}, content: rendering{version: version, since: t.mounted, held: t.held,
		render: render}}
}

// Status is the folder status.
func (t *Tree) Status() fusefs.InodeEmbedder { return newStatusFolder(t, "") }

// Ticking is the version of what also shows the time, to the second. A browser asks for size and content one after the
// other: both are then of one rendering, but for once a second.
func Ticking(version func() uint64) func() uint64 {
	return func() uint64 { return maphash.Comparable(seed, [2]uint64{version(), uint64(time.Now().Unix())}) }
}
