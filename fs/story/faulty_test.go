package story

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// faultyDisk shows a folder as a filesystem of its own, which answers errors when it is told to.
type faultyDisk struct {
	fuse.RawFileSystem

	mu    sync.Mutex        // guards what follows
	names map[uint64]string // last name of each node that the kernel knows
	rule  diskFault
	seen  int // operations that the rule is about
}

// diskFault makes operations of a kind fail, on the file or folder of that name.
type diskFault struct {
	op, name string
	skip     int // that many are let pass first
	count    int // that many fail; 0: all from then on
	errno    syscall.Errno
}

// faultyStory is begin with a spool on a faulty disk.
func faultyStory(t *testing.T, env ...string) (*story, *faultyDisk) {
	t.Helper()
	needFUSE(t)
	dir := t.TempDir()
	below, disk := filepath.Join(dir, "below"), filepath.Join(dir, "disk")
	for _, d := range []string{below, disk} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	root, err := fusefs.NewLoopbackRoot(below)
	if err != nil {
		t.Fatal(err)
	}
	d := &faultyDisk{RawFileSystem: fusefs.NewNodeFS(root, &fusefs.Options{}), names: make(map[uint64]string)}
	server, err := fuse.NewServer(d, disk, &fuse.MountOptions{DirectMount: os.Geteuid() == 0, Name: "faulty",
		FsName:               "faulty",
		DisabledCapabilities: fuse.CAP_PASSTHROUGH})
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve()
	if err := server.WaitMount(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.heal()
		if err := server.Unmount(); err != nil {
			t.Errorf("unmounting the faulty disk: %v", err)
		}
	})
	// What the test itself looks at it sees without the disk: a process should not wait for itself.
	if err := os.Mkdir(filepath.Join(below, "spool"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := begin(t, append([]string{"INBOXFS_SPOOL=" + filepath.Join(disk, "spool")}, env...)...)
	if err := os.Symlink(filepath.Join(below, "spool"), filepath.Join(s.dir, "spool")); err != nil {
		t.Fatal(err)
	}
	return s, d
}

// fail puts a rule in force, in place of the one before.
func (d *faultyDisk) fail(rule diskFault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rule, d.seen = rule, 0
}

// heal ends it, and says how often it struck.
func (d *faultyDisk) heal() (hits int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	hits = max(0, d.seen-d.rule.skip)
	if d.rule.count > 0 {
		hits = min(hits, d.rule.count)
	}
	d.rule = diskFault{}
	return hits
}

// struck says what an operation on one of these names is answered: OK if it is to be done.
func (d *faultyDisk) struck(op string, names ...string) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.rule
	if r.op != op || !slices.Contains(names, r.name) {
		return fuse.OK
	}
	d.seen++
	if d.seen <= r.skip || r.count > 0 && d.seen > r.skip+r.count {
		return fuse.OK
	}
	return fuse.Status(r.errno)
}

func (d *faultyDisk) node(id uint64) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.names[id]
}

// learn notes what a node is called.
func (d *faultyDisk) learn(status fuse.Status, id uint64, name string) fuse.Status {
	if status == fuse.OK && id != 0 {
		d.mu.Lock()
		d.names[id] = name
		d.mu.Unlock()
	}
	return status
}

func (d *faultyDisk) Lookup(cancel <-chan struct{}, h *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	if s := d.struck("lookup", name); s != fuse.OK {
		return s
	}
	s := d.RawFileSystem.Lookup(cancel, h, name, out)
	return d.learn(s, out.NodeId, name)
}

func (d *faultyDisk) Create(cancel <-chan struct{}, in *fuse.CreateIn, name string, out *fuse.CreateOut) fuse.Status {
	if s := d.struck("create", name); s != fuse.OK {
		return s
	}
	s := d.RawFileSystem.Create(cancel, in, name, out)
	return d.learn(s, out.NodeId, name)
}

func (d *faultyDisk) Mkdir(cancel <-chan struct{}, in *fuse.MkdirIn, name string, out *fuse.EntryOut) fuse.Status {
	if s := d.struck("mkdir", name); s != fuse.OK {
		return s
	}
	s := d.RawFileSystem.Mkdir(cancel, in, name, out)
	return d.learn(s, out.NodeId, name)
}

func (d *faultyDisk) Rename(cancel <-chan struct{}, in *fuse.RenameIn, from, to string) fuse.Status {
	if s := d.struck("rename", from, to); s != fuse.OK {
		return s
	}
	s := d.RawFileSystem.Rename(cancel, in, from, to)
	if s == fuse.OK {
		d.mu.Lock()
		for id := range maps.Clone(d.names) {
			if d.names[id] == from {
				d.names[id] = to
			}
		}
		d.mu.Unlock()
	}
	return s
}

func (d *faultyDisk) Unlink(cancel <-chan struct{}, h *fuse.InHeader, name string) fuse.Status {
	if s := d.struck("unlink", name); s != fuse.OK {
		return s
	}
	return d.RawFileSystem.Unlink(cancel, h, name)
}

func (d *faultyDisk) GetAttr(cancel <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	if s := d.struck("getattr", d.node(in.NodeId)); s != fuse.OK {
		return s
	}
	return d.RawFileSystem.GetAttr(cancel, in, out)
}

func (d *faultyDisk) Statx(cancel <-chan struct{}, in *fuse.StatxIn, out *fuse.StatxOut) fuse.Status {
	if s := d.struck("getattr", d.node(in.NodeId)); s != fuse.OK {
		return s
	}
	return d.RawFileSystem.Statx(cancel, in, out)
}

func (d *faultyDisk) SetAttr(cancel <-chan struct{}, in *fuse.SetAttrIn, out *fuse.AttrOut) fuse.Status {
	if s := d.struck("setattr", d.node(in.NodeId)); s != fuse.OK {
		return s
	}
	return d.RawFileSystem.SetAttr(cancel, in, out)
}

func (d *faultyDisk) Open(cancel <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	if s := d.struck("open", d.node(in.NodeId)); s != fuse.OK {
		return s
	}
	return d.RawFileSystem.Open(cancel, in, out)
}

func (d *faultyDisk) OpenDir(cancel <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	if s := d.struck("opendir", d.node(in.NodeId)); s != fuse.OK {
		return s
	}
	return d.RawFileSystem.OpenDir(cancel, in, out)
}

func (d *faultyDisk) Read(cancel <-chan struct{}, in *fuse.ReadIn, buf []byte) (fuse.ReadResult, fuse.Status) {
	if s := d.struck("read", d.node(in.NodeId)); s != fuse.OK {
		return nil, s
	}
	return d.RawFileSystem.Read(cancel, in, buf)
}

func (d *faultyDisk) Write(cancel <-chan struct{}, in *fuse.WriteIn, data []byte) (uint32, fuse.Status) {
	if s := d.struck("write", d.node(in.NodeId)); s != fuse.OK {
		return 0, s
	}
	return d.RawFileSystem.Write(cancel, in, data)
}

func (d *faultyDisk) Writev(cancel <-chan struct{}, in *fuse.WriteIn, data [][]byte) (uint32, fuse.Status) {
	if s := d.struck("write", d.node(in.NodeId)); s != fuse.OK {
		return 0, s
	}
	return d.RawFileSystem.Writev(cancel, in, data)
}

func (d *faultyDisk) Fallocate(cancel <-chan struct{}, in *fuse.FallocateIn) fuse.Status {
	if s := d.struck("fallocate", d.node(in.NodeId)); s != fuse.OK {
		return s
	}
	return d.RawFileSystem.Fallocate(cancel, in)
}

func (d *faultyDisk) Flush(cancel <-chan struct{}, in *fuse.FlushIn) fuse.Status {
	if s := d.struck("flush", d.node(in.NodeId)); s != fuse.OK {
		return s
	}
	return d.RawFileSystem.Flush(cancel, in)
}

func (d *faultyDisk) Fsync(cancel <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	if s := d.struck("fsync", d.node(in.NodeId)); s != fuse.OK {
		return s
	}
	return d.RawFileSystem.Fsync(cancel, in)
}

// FsyncDir does nothing by itself: what is below loses nothing while this machine runs.
func (d *faultyDisk) FsyncDir(_ <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	return d.struck("fsyncdir", d.node(in.NodeId))
}
