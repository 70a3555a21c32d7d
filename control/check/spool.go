package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/dustin/go-humanize"
	"golang.org/x/sys/unix"

	"inboxfs/control/daemon"
	"inboxfs/fs/nesting"
	"inboxfs/queue/journal"
)

// least is the free space below which a spool counts as full, in bytes: the journal and the event log grow by some MiB.
const least = 16 << 20

// spool looks at the folder, or at where it will be made.
func (m *machine) spool(context.Context) []Finding {
	dir := m.config.Spool
	info, err := os.Stat(dir)
	there := err == nil
	for errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
		info, err = os.Stat(dir)
	}
	switch {
	case err != nil:
		return one(Fail, m.config.Spool+": "+err.Error(),
			"set spool to a folder on a local disk that this user can reach")
	case !info.IsDir():
		return one(Fail, dir+" is not a folder", "set spool to a folder on a local disk")
	}
	if st, has := info.Sys().(*syscall.Stat_t); there && has && os.Geteuid() != 0 && int(st.Uid) != os.Geteuid() {
		return one(Fail, fmt.Sprintf("%s belongs to another user (uid %d; this is uid %d)", dir, st.Uid, os.Geteuid()),
			"run inboxfs and its check as that user, or choose another spool")
	}
	if err := nesting.Spool(m.config.Spool); err != nil {
		return one(Fail, err.Error(), "set spool to a folder that no other inboxfs has to do with")
	}
	if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
		return one(Fail, fmt.Sprintf("%s cannot be written: %v", dir, err),
			"make it writable for this user, or set spool to a folder that is")
	}
	return m.disk(dir, there)
}

// disk looks at what the spool lies on.
func (m *machine) disk(dir string, there bool) []Finding {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return one(Fail, fmt.Sprintf("the free space of %s is not known: %v", dir, err), "check the disk")
	}
	free := uint64(st.Bavail) * uint64(st.Bsize)
	size := humanize.IBytes(free)
	name := m.config.Spool
	if !there {
		name += " (will be made)"
	}
	kind, bad := kindOf(st)
	switch {
	case free < least:
		return one(Fail, fmt.Sprintf("the disk of %s is full: %s are free", name, size),
			"make room there, or set spool to a folder on another disk")
	case bad != "":
		return one(Warn, fmt.Sprintf("%s lies on %s: %s", name, kind, bad), "set spool to a folder on a local disk")
	case free < uint64(m.config.Inbox.Reserve):
		return one(Warn, fmt.Sprintf("%s: %s are free, which is less than inbox.reserve (%s)", name, size,
			m.config.Inbox.Reserve),
			"make room there: what is dropped lies there until it is uploaded, and a full disk holds it")
	}
	if m.config.OldSpool() {
		name += " (where earlier versions had it; new ones are in default there)"
	}
	return ok("%s: %s are free for what waits to be uploaded", name, size)
}

// queue looks at what the spool holds, unless a daemon uses it, which is then asked for nothing and not disturbed.
func (m *machine) queue(context.Context) []Finding {
	holder, held, err := daemon.HolderOf(m.config.Spool)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return one(Fail, "the spool cannot be read: "+err.Error(),
			"run inboxfs and its check as the user whose spool it is")
	case err != nil:
		return one(Fail, "the spool cannot be read: "+err.Error(), "check the disk")
	case held:
		return ok("inboxfs is running on this spool (%v); it is not disturbed", holder)
	}
	err = journal.Look(filepath.Join(m.config.Spool, "journal.db"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ok("nothing has been dropped yet; inboxfs is not running")
	case errors.Is(err, journal.ErrDamaged):
		return one(Warn, "the journal is damaged: "+err.Error(),
			"just mount: the damaged journal is kept aside and the queue is made anew from the files in "+
				filepath.Join(m.config.Spool, "inbox"))
	case errors.Is(err, journal.ErrNewer):
		return one(Fail, err.Error(), "run the newer inboxfs, or choose another spool")
	case errors.Is(err, journal.ErrLocked):
		return ok("inboxfs is just starting or ending on this spool; it is not disturbed")
	case err != nil:
		return one(Fail, "the journal cannot be read: "+err.Error(),
			"check the disk, and that the files in the spool belong to this user")
	}
	return ok("the journal can be read; inboxfs is not running")
}
