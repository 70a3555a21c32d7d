package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// codeSpool is the code of a drop that belongs to the spool of an inboxfs, which came to lie in the inbox: to upload
// such a file, and then to remove it, is to take it from under that inboxfs.
const codeSpool = "SpoolInInbox"

const spoolHint = "move that folder out of inbox; if it is no spool, move only its journal.db, and release it"

// HoldsSpool reports whether a folder is the spool of an inboxfs: a journal lies in it beside a lock or an event log.
func HoldsSpool(folder string) (bool, error) {
	is, err := isFile(folder + "/journal.db")
	for _, name := range []string{"/lock", "/events.log"} {
		if !is || err != nil {
			return false, err
		}
		beside, err := isFile(folder + name)
		if beside || err != nil {
			return beside, err
		}
	}
	return false, nil
}

// isFile reports whether there is a regular file at path. It is asked for each folder of each file.
func isFile(path string) (bool, error) {
	for {
		var st unix.Stat_t
		switch err := unix.Lstat(path, &st); err {
		case nil:
			return st.Mode&unix.S_IFMT == unix.S_IFREG, nil
		case unix.ENOENT:
			return false, nil
		case unix.EINTR:
		default:
			return false, &fs.PathError{Op: "lstat", Path: path, Err: err}
		}
	}
}

// apart says, as an *Error, why a path in the inbox is none of ours to upload or to remove: a folder on the way to it
// is a spool.
func (q *Queue) apart(path string) error {
	for folder := filepath.Dir(path); ; folder = filepath.Dir(folder) {
		spool, err := HoldsSpool(folder)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission): // whoever opens the file says so
		case err != nil:
			return err
		case spool:
			return &transfer.Error{Kind: transfer.Final, Code: codeSpool, Message: q.nested(folder), Hint: spoolHint}
		}
		if folder == q.o.Inbox || len(folder) <= len(q.o.Inbox) {
			return nil
		}
	}
}

// nested says that a folder of the inbox is a spool.
func (q *Queue) nested(folder string) string {
	where := "inbox itself"
	if folder != q.o.Inbox {
		where = "the folder " + strconv.Quote(q.nameOf(folder))
	}
	return where + " holds the spool of an inboxfs (journal.db beside lock or events.log), whose files are not uploaded"
}

// remove removes a spool copy of ours, which may be there no more; see spool.RemoveFile.
func (q *Queue) remove(path string) (free func(), err error) {
	return q.removeIf(path, func(spool.Found) error { return nil })
}

// removeIf is remove for what may has nothing against; see spool.RemoveFileIf.
func (q *Queue) removeIf(path string, may func(spool.Found) error) (free func(), err error) {
	if err := q.apart(path); err != nil {
		return func() {}, err
	}
	return spool.RemoveFileIf(q.o.Inbox, q.nameOf(path), may)
}

// spoolsLocked refuses to begin with an inbox that another spool lies in, of which the queue knows nothing: it was put
// there behind its back, by a configuration as a rule. What came through the mount was held, and is.
func (q *Queue) spoolsLocked(found []spooled) error {
	for _, f := range found {
		if filepath.Base(f.name) != "journal.db" || f.link != "" || q.o.Names.Class(f.name) == names.Ignored {
			continue
		}
		folder := filepath.Dir(q.spoolPath(f.name))
		if spool, err := HoldsSpool(folder); err != nil || !spool {
			if err != nil {
				return fmt.Errorf("looking for a spool in the inbox: %w", err)
			}
			continue
		}
		if e := q.fileLocked(f.name); e != nil && e.State != list.Success {
			q.o.Log.Error("a spool lies in the inbox; nothing of it is uploaded", "folder", folder)
			continue
		}
		return fmt.Errorf("%s is the spool of an inboxfs (journal.db beside lock or events.log) and lies in this "+
			"one's inbox, "+
			"which would upload and remove what is in it: move it away, or choose another spool", folder)
	}
	return nil
}
