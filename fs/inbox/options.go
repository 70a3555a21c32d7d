package inbox

import (
	"log/slog"
	"time"

	"inboxfs/fs/writer"
	"inboxfs/queue"
	"inboxfs/queue/opened"
	"inboxfs/queue/sameness"
	"inboxfs/queue/transfer"
)

// Options is what an inbox is made of. Dir and Drops are required.
type Options struct {
	Dir        string      // the drops' tree in the spool; an existing directory
	Drops      Drops       // who is told what users do
	Say        func(error) // is told why a name was refused; not nil
	Mode       uint32      // permission bits of inbox itself; 0: they stay
	Group      *uint32     // the group of inbox itself; nil: it stays
	TakenIno   uint64      // inode numbers from here on, of 32 bits, are others' in the mount; 0: none is
	AllowOther bool        // users other than the mounting one get in
	// programs, by the beginning of their names, that write for others beside those that are known
	Relays      []string
	Excused     []writer.Excused // programs whose statuses say nothing, beside those that are known
	Passthrough bool             // let the kernel read and write drops without us where it can (Linux 6.9, root)
	Opened      *opened.Table    // what remembers over a kill which drops are open; nil: nothing does
	Reserve     int64            // bytes; with less free space than this in the spool, passthrough is not used
	Log         *slog.Logger     // where what the kernel cannot be told goes; nil discards it
}

// Drops is the part of a queue that the inbox tells what users do.
type Drops interface {
	CheckName(name string) error
	Open(name string, created bool) transfer.ID
	Taken(id transfer.ID) bool
	Close(id transfer.ID, c queue.Closed)
	Failed(id transfer.ID, by queue.Ending, mark opened.Mark)
	Changed(name string, size int64, mtime time.Time)
	Touched(name string, before, now sameness.Print)
	Writing(id queue.FileID) // a handle that can write, of a file that has several names
	Written(id queue.FileID) // it is closed
	Renamed(old, name string, writers int, by queue.Who) transfer.ID
	Exchanged(a, b string, by queue.Who)
	Linked(old, name string, size int64, mtime time.Time)
	Symlinked(name, text, of string, by queue.Who)
	Removed(name string)
	Vacated(folder string)
	Uploads(folder string) bool
	Shown(by queue.Folders)

	// Guard locks names, GuardAll all of them, so that the queue does not remove a file between what we tell it of that
	// file and what we do to it. Taken after the inbox's own locks; the queue holds one while it unlinks a file.
	Guard(names ...string) (unlock func())
	GuardAll() (unlock func())
}
