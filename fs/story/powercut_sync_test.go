package story

// oneSync is a place in the code that asks for something to be on stable storage.
type oneSync struct {
	name          string
	module, file  string
	code          string // stands in the file once; the sync is in it
	call, instead string // the sync, and what leaves it out if it is told so
	// why a disk with ext4 keeps every promise without it, or "". It has one journal for all names and sizes, so
	// whatever syncs one of them syncs those before; POSIX does not promise that, and another file system may not do
	// it.
	spare string
}

const bolt = "go.etcd.io/bbolt"

// syncs is all of them. TestEverySyncIsCut holds it against the code.
var syncs = []oneSync{
	{name: "drop", file: "queue/spool/sync.go", code: "err = f.Sync()", call: "f.Sync()", instead: `unless("drop", f.Sync)`},
	{name: "folder", file: "queue/spool/sync.go", code: "errors.Join(d.Sync(), d.Close())",
		call: "d.Sync()", instead: `unless("folder", d.Sync)`},
	{name: "hint", file: "queue/spool/sync_linux.go",
		code:    "_ = unix.SyncFileRange(int(f.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE)",
		call:    "unix.SyncFileRange(int(f.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE)",
		instead: `unless("hint", func() error { return unix.SyncFileRange(int(f.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE) })`,
		spare:   "it only has the kernel begin earlier what the sync of the drop waits for"},
	{name: "end", file: "queue/queue.go", code: "q.syncReceived(syncing)", call: "q.syncReceived(syncing)",
		instead: `unless("end", func() error { q.syncReceived(syncing); return nil })`},
	{name: "reference", file: "queue/foreign.go", code: "s.Err = f.Sync()", call: "f.Sync()",
		instead: `unless("reference", f.Sync)`},

	{name: "inbox fsync", file: "fs/inbox/file.go", code: "no := h.LoopbackFile.Fsync(ctx, flags)",
		call:    "h.LoopbackFile.Fsync(ctx, flags)",
		instead: `unless("inbox fsync", func() syscall.Errno { return h.LoopbackFile.Fsync(ctx, flags) })`},
	{name: "inbox fsyncdir", file: "fs/inbox/dir.go", code: "var _ = (fusefs.FileLookuper)((*inboxDir)(nil))",
		call: "(nil))",
		instead: `(nil))

func (d *inboxDir) Fsyncdir(ctx context.Context, flags uint32) syscall.Errno {
	return unless("inbox fsyncdir", func() syscall.Errno { return d.dirReader.Fsyncdir(ctx, flags) })
}`},

	{name: "journal folder", file: "queue/journal/journal.go", code: "err := syncDir(filepath.Dir(path))",
		call:    "syncDir(filepath.Dir(path))",
		instead: `unless("journal folder", func() error { return syncDir(filepath.Dir(path)) })`,
		spare:   "the sync of the new file, before it, commits its name with it"},
	{name: "journal new", module: bolt, file: "db.go", code: "if err := fdatasync(db); err != nil {\n\t\tdb.Logger()",
		call:    "fdatasync(db)",
		instead: `unless("journal new", func() error { return fdatasync(db) })`,
		spare:   "what is in the journal until the first commit is nothing"},
	{name: "journal grown", module: bolt, file: "db.go", code: "err := db.file.Sync()",
		call: "db.file.Sync()", instead: `unless("journal grown", db.file.Sync)`,
		spare: "the sync of the pages, after it, commits the new size with them"},
	{name: "journal pages", module: bolt, file: "tx.go",
		code:    "// gofail: var beforeSyncDataPages struct{}\n\t\tif err := fdatasync(tx.db)",
		call:    "fdatasync(tx.db)",
		instead: `unless("journal pages", func() error { return fdatasync(tx.db) })`},
	{name: "journal meta", module: bolt, file: "tx.go",
		code:    "// gofail: var beforeSyncMetaPage struct{}\n\t\tif err := fdatasync(tx.db)",
		call:    "fdatasync(tx.db)",
		instead: `unless("journal meta", func() error { return fdatasync(tx.db) })`},

	{name: "known", file: "queue/spool/known.go", code: "err = f.Sync()", call: "f.Sync()",
		instead: `unless("known", f.Sync)`,
		spare:   "it counts where the journal is lost as well, which no power cut here brings"},
	{name: "shared", file: "control/daemon/shared.go", code: "err = errors.Join(f.Sync(), f.Close())", call: "f.Sync()",
		instead: `unless("shared", f.Sync)`,
		spare:   "nobody else is let into the mount here"},

	{name: "events", file: "queue/eventlog/log.go", code: "err := f.Sync()", call: "f.Sync()",
		instead: `unless("events", f.Sync)`},
	{name: "events rotated", file: "queue/eventlog/rotate.go", code: "err := l.file.Sync()",
		call: "l.file.Sync()", instead: `unless("events rotated", l.file.Sync)`},
	{name: "events folder", file: "queue/eventlog/log.go",
		code: "l.dirDirty.Swap(false) {\n\t\tif err := syncDir(l.path)", call: "syncDir(l.path)",
		instead: `unless("events folder", func() error { return syncDir(l.path) })`,
		spare:   "the sync of the file, before it, commits its name with it"},
}
