package fs

import (
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
	"github.com/prometheus/client_golang/prometheus"

	"inboxfs/fs/metrics"
)

// measured is a filesystem that measures how long each kind of request takes: the one place that all of them pass.
// Requests that neither wait nor are many (locks, ioctl, forget) go through unmeasured.
type measured struct {
	fuse.RawFileSystem
	lookup, getattr, setattr, create, open, read, write, flush, fsync, release, mkdir, mknod, unlink, rmdir, rename,
	link, symlink,
	readlink, opendir, readdir, getxattr, setxattr, listxattr, removexattr, fallocate, copyrange,
	statfs prometheus.Observer
}

func measure(raw fuse.RawFileSystem, m *metrics.Metrics) *measured {
	op := m.Operation
	return &measured{RawFileSystem: raw, lookup: op("lookup"), getattr: op("getattr"), setattr: op("setattr"),
		create: op("create"),
		open:   op("open"), read: op("read"), write: op("write"), flush: op("flush"), fsync: op("fsync"),
		release: op("release"), mkdir: op("mkdir"),
		mknod: op("mknod"), unlink: op("unlink"), rmdir: op("rmdir"), rename: op("rename"), link: op("link"),
		symlink:  op("symlink"),
		readlink: op("readlink"), opendir: op("opendir"), readdir: op("readdir"), getxattr: op("getxattr"),
		setxattr:  op("setxattr"),
		listxattr: op("listxattr"), removexattr: op("removexattr"), fallocate: op("fallocate"),
		copyrange: op("copy_file_range"), statfs: op("statfs")}
}

// took is deferred with the time at which a request began.
func took(o prometheus.Observer, began time.Time) { o.Observe(time.Since(began).Seconds()) }

func (m *measured) Lookup(cancel <-chan struct{}, header *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	defer took(m.lookup, time.Now())
	return m.RawFileSystem.Lookup(cancel, header, name, out)
}

func (m *measured) GetAttr(cancel <-chan struct{}, input *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	defer took(m.getattr, time.Now())
	return m.RawFileSystem.GetAttr(cancel, input, out)
}

func (m *measured) SetAttr(cancel <-chan struct{}, input *fuse.SetAttrIn, out *fuse.AttrOut) fuse.Status {
	defer took(m.setattr, time.Now())
	return m.RawFileSystem.SetAttr(cancel, input, out)
}

func (m *measured) Mknod(cancel <-chan struct{}, input *fuse.MknodIn, name string, out *fuse.EntryOut) fuse.Status {
	defer took(m.mknod, time.Now())
	return m.RawFileSystem.Mknod(cancel, input, name, out)
}

func (m *measured) Mkdir(cancel <-chan struct{}, input *fuse.MkdirIn, name string, out *fuse.EntryOut) fuse.Status {
	defer took(m.mkdir, time.Now())
	return m.RawFileSystem.Mkdir(cancel, input, name, out)
}

func (m *measured) Unlink(cancel <-chan struct{}, header *fuse.InHeader, name string) fuse.Status {
	defer took(m.unlink, time.Now())
	return m.RawFileSystem.Unlink(cancel, header, name)
}

func (m *measured) Rmdir(cancel <-chan struct{}, header *fuse.InHeader, name string) fuse.Status {
	defer took(m.rmdir, time.Now())
	return m.RawFileSystem.Rmdir(cancel, header, name)
}

func (m *measured) Rename(cancel <-chan struct{}, input *fuse.RenameIn, oldName, newName string) fuse.Status {
	defer took(m.rename, time.Now())
	return m.RawFileSystem.Rename(cancel, input, oldName, newName)
}

func (m *measured) Link(cancel <-chan struct{}, input *fuse.LinkIn, filename string, out *fuse.EntryOut) fuse.Status {
	defer took(m.link, time.Now())
	return m.RawFileSystem.Link(cancel, input, filename, out)
}

func (m *measured) Symlink(cancel <-chan struct{}, header *fuse.InHeader, pointedTo string, linkName string,
	out *fuse.EntryOut) fuse.Status {
	defer took(m.symlink, time.Now())
	return m.RawFileSystem.Symlink(cancel, header, pointedTo, linkName, out)
}

func (m *measured) Readlink(cancel <-chan struct{}, header *fuse.InHeader) ([]byte, fuse.Status) {
	defer took(m.readlink, time.Now())
	return m.RawFileSystem.Readlink(cancel, header)
}

func (m *measured) GetXAttr(cancel <-chan struct{}, header *fuse.InHeader, attr string, dest []byte) (uint32,
	fuse.Status) {
	defer took(m.getxattr, time.Now())
	return m.RawFileSystem.GetXAttr(cancel, header, attr, dest)
}

func (m *measured) ListXAttr(cancel <-chan struct{}, header *fuse.InHeader, dest []byte) (uint32, fuse.Status) {
	defer took(m.listxattr, time.Now())
	return m.RawFileSystem.ListXAttr(cancel, header, dest)
}

func (m *measured) SetXAttr(cancel <-chan struct{}, input *fuse.SetXAttrIn, attr string, data []byte) fuse.Status {
	defer took(m.setxattr, time.Now())
	return m.RawFileSystem.SetXAttr(cancel, input, attr, data)
}

func (m *measured) RemoveXAttr(cancel <-chan struct{}, header *fuse.InHeader, attr string) fuse.Status {
	defer took(m.removexattr, time.Now())
	return m.RawFileSystem.RemoveXAttr(cancel, header, attr)
}

func (m *measured) Create(cancel <-chan struct{}, input *fuse.CreateIn, name string, out *fuse.CreateOut) fuse.Status {
	defer took(m.create, time.Now())
	return m.RawFileSystem.Create(cancel, input, name, out)
}

func (m *measured) Tmpfile(cancel <-chan struct{}, input *fuse.CreateIn, out *fuse.CreateOut) fuse.Status {
	defer took(m.create, time.Now())
	return m.RawFileSystem.Tmpfile(cancel, input, out)
}

func (m *measured) Open(cancel <-chan struct{}, input *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	defer took(m.open, time.Now())
	return m.RawFileSystem.Open(cancel, input, out)
}

func (m *measured) Read(cancel <-chan struct{}, input *fuse.ReadIn, buf []byte) (fuse.ReadResult, fuse.Status) {
	defer took(m.read, time.Now())
	return m.RawFileSystem.Read(cancel, input, buf)
}

func (m *measured) Release(cancel <-chan struct{}, input *fuse.ReleaseIn) {
	defer took(m.release, time.Now())
	m.RawFileSystem.Release(cancel, input)
}

func (m *measured) Write(cancel <-chan struct{}, input *fuse.WriteIn, data []byte) (uint32, fuse.Status) {
	defer took(m.write, time.Now())
	return m.RawFileSystem.Write(cancel, input, data)
}

func (m *measured) Writev(cancel <-chan struct{}, input *fuse.WriteIn, data [][]byte) (uint32, fuse.Status) {
	defer took(m.write, time.Now())
	return m.RawFileSystem.Writev(cancel, input, data)
}

func (m *measured) CopyFileRange(cancel <-chan struct{}, input *fuse.CopyFileRangeIn) (uint32, fuse.Status) {
	defer took(m.copyrange, time.Now())
	return m.RawFileSystem.CopyFileRange(cancel, input)
}

func (m *measured) Flush(cancel <-chan struct{}, input *fuse.FlushIn) fuse.Status {
	defer took(m.flush, time.Now())
	return m.RawFileSystem.Flush(cancel, input)
}

func (m *measured) Fsync(cancel <-chan struct{}, input *fuse.FsyncIn) fuse.Status {
	defer took(m.fsync, time.Now())
	return m.RawFileSystem.Fsync(cancel, input)
}

func (m *measured) Fallocate(cancel <-chan struct{}, input *fuse.FallocateIn) fuse.Status {
	defer took(m.fallocate, time.Now())
	return m.RawFileSystem.Fallocate(cancel, input)
}

func (m *measured) OpenDir(cancel <-chan struct{}, input *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	defer took(m.opendir, time.Now())
	return m.RawFileSystem.OpenDir(cancel, input, out)
}

func (m *measured) ReadDir(cancel <-chan struct{}, input *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	defer took(m.readdir, time.Now())
	return m.RawFileSystem.ReadDir(cancel, input, out)
}

func (m *measured) ReadDirPlus(cancel <-chan struct{}, input *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	defer took(m.readdir, time.Now())
	return m.RawFileSystem.ReadDirPlus(cancel, input, out)
}

func (m *measured) FsyncDir(cancel <-chan struct{}, input *fuse.FsyncIn) fuse.Status {
	defer took(m.fsync, time.Now())
	return m.RawFileSystem.FsyncDir(cancel, input)
}

func (m *measured) StatFs(cancel <-chan struct{}, input *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	defer took(m.statfs, time.Now())
	return m.RawFileSystem.StatFs(cancel, input, out)
}
