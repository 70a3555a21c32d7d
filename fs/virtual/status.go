package virtual

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"weak"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"inboxfs/fs/text"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// statusFolder is status/ or a folder in it: the names of the drops as the queue has them now. Where a name is both an
// entry and a folder of other entries, the one that came to be last is shown. Each entry is found by its id, too: #7 in
// status/ itself, which listings leave out.
type statusFolder struct {
	Folder
	dir string // path below inbox; "" is the top

	mu   sync.Mutex            // held while the names are listed, and guards the rest
	last weak.Pointer[listing] // the newest list of names, as long as somebody reads it
	made time.Time
}

// listing is the names in a folder of status.
type listing struct{ names []fuse.DirEntry }

// listed is one reader of a listing.
type listed struct {
	fusefs.DirStream
	of *listing // which lives as long
}

// Seekdir is that of the stream.
func (l *listed) Seekdir(ctx context.Context, off uint64) syscall.Errno {
	if s, ok := l.DirStream.(fusefs.FileSeekdirer); ok {
		return s.Seekdir(ctx, off)
	}
	return syscall.ENOTSUP
}

var (
	_ = (fusefs.NodeLookuper)((*statusFolder)(nil))
	_ = (fusefs.NodeReaddirer)((*statusFolder)(nil))
)

func newStatusFolder(t *Tree, dir string) *statusFolder {
	return &statusFolder{Folder: Folder{node{tree: t}, 0o555}, dir: dir}
}

// Lookup keeps an inode that is known and still of the right kind: a new one would cut off who has its folder as
// working directory.
func (s *statusFolder) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	full := path.Join(s.dir, name)
	known := s.GetChild(name)
	if s.tree.Queue.HasStatusDir(full) {
		if known != nil && known.IsDir() {
			s.tree.attr(&out.Attr, 0o555, 0, s.tree.mounted)
			return known, 0
		}
		child := newStatusFolder(s.tree, full)
		s.tree.attr(&out.Attr, child.mode, 0, s.tree.mounted)
		return s.NewInode(ctx, child, fusefs.StableAttr{Mode: syscall.S_IFDIR}), 0
	}
	var file *textFile
	if known != nil {
		file, _ = known.Operations().(*textFile) // nil for a folder that is gone
	}
	if file == nil {
		info, ok := s.tree.statusOf(full)
		if !ok {
			return nil, syscall.ENOENT
		}
		file = newStatusFile(s.tree, full, info)
		known = s.NewInode(ctx, file, fusefs.StableAttr{Mode: syscall.S_IFREG})
	}
	var a fuse.AttrOut
	if no := file.Getattr(ctx, nil, &a); no != 0 {
		return nil, no
	}
	out.Attr = a.Attr
	return known, 0
}

// Readdir gives a long list of names that is younger than a second to all who come.
func (s *statusFolder) Readdir(context.Context) (fusefs.DirStream, syscall.Errno) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.last.Value()
	if l == nil || time.Since(s.made) >= youngest || len(l.names) < longListing {
		began := time.Now()
		names, no := s.names()
		if no != 0 {
			return nil, no
		}
		l = &listing{names}
		s.last, s.made = weak.Make(l), began
	}
	return &listed{fusefs.NewListDirStream(l.names), l}, 0
}

// longListing is how many names are many.
const longListing = 1000

// names lists the names in the folder as they are now.
func (s *statusFolder) names() ([]fuse.DirEntry, syscall.Errno) {
	names, ok := s.tree.Queue.StatusDir(s.dir)
	if !ok && s.dir != "" {
		return nil, syscall.ENOENT
	}
	kinds := make(map[string]uint32, len(names))
	for _, n := range names {
		if n.Dir {
			kinds[n.Name] = syscall.S_IFDIR
		}
	}
	listed := slices.Grow(s.Dots(), len(names))
	for _, n := range names {
		kind := kinds[n.Name]
		if kind != 0 && !n.Dir {
			continue // the folder of that name stands for both
		}
		if kind == 0 {
			kind = syscall.S_IFREG
		}
		listed = append(listed, fuse.DirEntry{Name: n.Name, Mode: kind})
	}
	return listed, 0
}

// newStatusFile makes the file that tells of the newest entry of name, info being the newest now.
func newStatusFile(t *Tree, name string, info list.Info) *textFile {
	return &textFile{node: node{tree: t}, content: rendering{
		version: t.Queue.Version,
		since:   lastChange(info),
		held:    t.held,
		render: func(b []byte) ([]byte, error) {
			info, ok := t.statusOf(name)
			if !ok {
				return nil, fmt.Errorf("%w: %s", transfer.ErrNoEntry, name)
			}
			return text.AppendStatus(b, info), nil
		},
	}}
}

// statusOf is what is known of the newest entry of a name, or else of the entry that #7 means.
func (t *Tree) statusOf(name string) (list.Info, bool) {
	info, ok := t.Queue.Status(name)
	if ok {
		return info, true
	}
	digits, is := strings.CutPrefix(name, "#")
	id, err := strconv.ParseUint(digits, 10, 64)
	if !is || err != nil {
		return list.Info{}, false
	}
	info, err = t.Queue.Info(transfer.ID(id))
	return info, err == nil
}

// lastChange is the newest time that an entry tells of itself; zero, which means now, while it is under way.
func lastChange(i list.Info) time.Time {
	if i.State == list.Receiving || i.State == list.Uploading {
		return time.Time{}
	}
	last := i.Added
	for _, t := range []time.Time{i.Started, i.Finished} {
		if t.After(last) {
			last = t
		}
	}
	return last
}
