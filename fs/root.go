package fs

import (
	"context"
	"syscall"
	"time"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"inboxfs/fs/inbox"
	"inboxfs/fs/metrics"
	"inboxfs/fs/text"
	"inboxfs/fs/virtual"
	"inboxfs/fs/webpage"
)

// root is the top of the mount. All its entries but control and events are persistent inodes, made in OnAdd. Its mode
// lets the owner ask for changes, so that he is told EPERM like root, and not EACCES.
type root struct {
	virtual.Folder
	options *Options
	tree    *virtual.Tree
	inbox   fusefs.InodeEmbedder
	control *virtual.ControlFile
	dir     string // where it is mounted
	metrics *metrics.Metrics
}

var (
	_ = (fusefs.NodeOnAdder)((*root)(nil))
	_ = (fusefs.NodeGetattrer)((*root)(nil))
	_ = (fusefs.NodeLookuper)((*root)(nil))
	_ = (fusefs.NodeReaddirer)((*root)(nil))
)

// entries are the names in the order in which readdir gives them.
var entries = []struct {
	name string
	mode uint32
}{
	{"inbox", syscall.S_IFDIR}, {"status", syscall.S_IFDIR}, {"list", syscall.S_IFREG}, {"list.json", syscall.S_IFREG},
	{"queue", syscall.S_IFREG}, {"aside", syscall.S_IFREG}, {"control", syscall.S_IFREG}, {"events", syscall.S_IFREG},
	{"metrics", syscall.S_IFREG},
	{"status.html", syscall.S_IFREG}, {"status.json", syscall.S_IFREG}, {"README", syscall.S_IFREG},
}

func newRoot(o *Options, inbox fusefs.InodeEmbedder, m *metrics.Metrics, dir string) *root {
	t := virtual.New(o.virtual())
	return &root{Folder: t.Folder(0o755), options: o, tree: t, inbox: inbox, control: t.ControlFile(), metrics: m,
		dir: dir}
}

// OnAdd builds the tree below the root; go-fuse calls it once, before the first request.
func (r *root) OnAdd(ctx context.Context) {
	q := r.options.Queue
	fallible := func(name string, version func() uint64, render func(b []byte) ([]byte, error)) {
		r.keep(ctx, name, syscall.S_IFREG, r.tree.File(version, render))
	}
	file := func(name string, version func() uint64, render func(b []byte) []byte) {
		fallible(name, version, func(b []byte) ([]byte, error) { return render(b), nil })
	}
	r.keep(ctx, "inbox", syscall.S_IFDIR, r.inbox)
	r.keep(ctx, "status", syscall.S_IFDIR, r.tree.Status())
	file("list", q.Version, func(b []byte) []byte { return text.AppendList(b, q.List()) })
	file("list.json", q.Version, func(b []byte) []byte { return text.AppendJSON(b, q.Infos()) })
	file("status.json", q.Version, func(b []byte) []byte { return text.AppendOverview(b, q.Overview(text.ShownMost)) })
	file("queue", q.Version, func(b []byte) []byte { return text.AppendQueue(b, q.Summary()) })
	fallible("aside", nil, func(b []byte) ([]byte, error) {
		files, more, err := q.Aside()
		return text.AppendAside(b, files, more), err
	})
	fallible("metrics", nil, r.metrics.Append)
	fallible("status.html", virtual.Ticking(q.Version), func(b []byte) ([]byte, error) {
		return webpage.Append(b, q.Overview(text.ShownMost), time.Now(), r.dir)
	})
	file("README", func() uint64 { return 0 }, text.AppendReadme)
}

func (r *root) keep(ctx context.Context, name string, kind uint32, node fusefs.InodeEmbedder) {
	r.AddChild(name, r.NewPersistentInode(ctx, node, fusefs.StableAttr{Mode: kind}), false)
}

// Lookup finds an entry; of control a new inode each time, so that no two opens share one and its lock in the kernel,
// and of events one for each epoch of the log.
func (r *root) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	child := r.GetChild(name)
	switch name {
	case "events":
		child = r.tree.EventsInode(ctx, &r.Inode)
	case "control":
		child = r.control.Inode(ctx, &r.Inode)
	}
	if child == nil {
		return nil, syscall.ENOENT
	}
	var a fuse.AttrOut
	if node, ok := child.Operations().(fusefs.NodeGetattrer); ok {
		if no := node.Getattr(ctx, nil, &a); no != 0 {
			return nil, no
		}
	}
	out.Attr = a.Attr
	out.SetAttrTimeout(a.Timeout())
	if child.IsDir() {
		out.SetEntryTimeout(inbox.Cached)
	}
	return child, 0
}

// Getattr never changes its answer. Every path in the inbox leads through here, so the kernel may keep it for a moment;
// not for long, because a mount whose daemon died must be seen to be dead.
func (r *root) Getattr(ctx context.Context, fh fusefs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.SetTimeout(inbox.Cached)
	return r.Folder.Getattr(ctx, fh, out)
}

func (r *root) Readdir(context.Context) (fusefs.DirStream, syscall.Errno) {
	listed := r.Dots()
	for _, e := range entries {
		entry := fuse.DirEntry{Name: e.name, Mode: e.mode}
		switch child := r.GetChild(e.name); {
		case e.name == "control":
			entry.Ino = virtual.ControlIno
		case e.name == "events":
			entry.Ino = virtual.EventsIno
		case child != nil:
			entry.Ino = child.StableAttr().Ino
		}
		listed = append(listed, entry)
	}
	return fusefs.NewListDirStream(listed), 0
}
