package virtual

import (
	"context"
	"log/slog"
	"time"

	"inboxfs/queue"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// Options is what the virtual files show. All but Spool, Mode, Group and Log are required.
type Options struct {
	Inbox   string       // the drops' tree in the spool: whose disk is told of
	Spool   string       // where renderings go that memory has no room for; "" means Inbox
	Queue   View         // what list, status and queue show
	Control Control      // what runs the lines written to control
	Events  Events       // the bytes of events
	Mode    uint32       // permission bits of control; 0 means 0600
	Group   *uint32      // of control; nil: that of who mounts
	Log     *slog.Logger // where what the kernel cannot be told goes; nil discards it
}

// View is the part of a queue that the virtual files show.
type View interface {
	Version() uint64
	List() []list.Row
	Infos() []list.Info
	Status(name string) (list.Info, bool)
	Info(id transfer.ID) (list.Info, error)
	StatusDir(dir string) ([]list.Name, bool)
	HasStatusDir(dir string) bool
	Summary() list.Summary
	Overview(most int) queue.Overview
	Totals() queue.Totals
	Aside() (files []queue.Aside, more bool, err error)
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

// Events is the event log as a file, whose documentation gives the meaning of each method. A place is never behind what
// ReadFrom can read, and End ends a line.
type Events interface {
	Window() (epoch uint64, from int64)
	End() int64
	ModTime() time.Time
	ReadFrom(p []byte, at int64) (n int, from int64, err error)
	LastSeq() uint64 // the number of the newest event
}
