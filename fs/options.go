package fs

import (
	"context"
	"log/slog"
	"time"

	"inboxfs/fs/writer"
	"inboxfs/queue"
	"inboxfs/queue/opened"
	"inboxfs/queue/sameness"
	"inboxfs/queue/transfer"
)

// Options is what the mounted tree is made of. Inbox, Queue, Control and Events are required.
type Options struct {
	Inbox       string           // the drops' tree in the spool; an existing directory
	Spool       string           // what may neither hold the mount point nor lie in it; "" means Inbox
	Queue       Queue            // what list, status and queue show, and whom the inbox tells about drops
	Control     Control          // what runs the lines written to control
	Events      Events           // the bytes of events
	AllowOther  bool             // users other than the mounting one get in, as far as modes and owners let them
	InboxAccess Access           // who may use inbox itself, where that is not left as it is
	Access      Access           // who may use control; 0600 by default
	Relays      []string         // programs, by the beginning of their names, that write for others beside those that are known
	Excused     []writer.Excused // programs whose statuses say nothing, beside those that are known
	Passthrough bool             // let the kernel read and write drops without us where it can (Linux 6.9, root)
	Opened      *opened.Table    // what remembers over a kill which drops are open; nil: nothing does
	Reserve     int64            // bytes; with less free space than this in the spool, passthrough is not used
	Log         *slog.Logger     // where what the kernel cannot be told goes; nil discards it
	Version     string           // what `inboxfs version` says, for metrics
	Source      string           // what df and mount show as the device; "" means "inboxfs"
}

// Access is the mode and the group of a file or folder that belongs to who mounts.
type Access struct {
	Mode  uint32  // permission bits; 0: not said
	Group *uint32 // nil: not said
}

// Queue is what the tree needs of *queue.Queue, whose documentation gives the meaning of each method.
type Queue interface {
	View
	Drops
}

var _ Queue = (*queue.Queue)(nil)

// View is the part of a queue that the virtual files show.
type View interface {
	Version() uint64
	List() []queue.Row
	Infos() []queue.Info
	Status(name string) (queue.Info, bool)
	Info(id transfer.ID) (queue.Info, error)
	StatusDir(dir string) ([]queue.Name, bool)
	HasStatusDir(dir string) bool
	Summary() queue.Summary
	Overview(most int) queue.Overview
	Totals() queue.Totals
	Aside() (files []queue.Aside, more bool, err error)
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

// Control runs the verbs. Its methods are called from several handlers at once.
type Control interface {
	// Exec runs one line, without its newline, and returns when the verb's effect holds, or for wait when what it
	// waits for came true. The error wraps one of queue's sentinels, or is ctx's own when the writer was interrupted.
	Exec(ctx context.Context, line string) error
	// Reason is the result of the last line in words; one line, no secrets.
	Reason() string
	// Help says what may be written, one verb per line.
	Help() string
	// Say makes err the last result: a refusal that came from elsewhere than a line, such as a name the inbox refused.
	Say(err error)
}

// Events is the event log as a file, whose documentation gives the meaning of each method. A place is never behind what ReadFrom
// can read, and End ends a line.
type Events interface {
	Window() (epoch uint64, from int64)
	End() int64
	ModTime() time.Time
	ReadFrom(p []byte, at int64) (n int, from int64, err error)
	LastSeq() uint64 // the number of the newest event
}
