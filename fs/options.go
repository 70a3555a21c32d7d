package fs

import (
	"log/slog"

	"inboxfs/fs/inbox"
	"inboxfs/fs/virtual"
	"inboxfs/fs/writer"
	"inboxfs/queue"
	"inboxfs/queue/opened"
)

// Options is what the mounted tree is made of. Inbox, Queue, Control and Events are required.
type Options struct {
	Inbox       string          // the drops' tree in the spool; an existing directory
	Spool       string          // what may neither hold the mount point nor lie in it; "" means Inbox
	Queue       Queue           // what list, status and queue show, and whom the inbox tells about drops
	Control     virtual.Control // what runs the lines written to control
	Events      virtual.Events  // the bytes of events
	AllowOther  bool            // users other than the mounting one get in, as far as modes and owners let them
	InboxAccess Access          // who may use inbox itself, where that is not left as it is
	Access      Access          // who may use control; 0600 by default
	// programs, by the beginning of their names, that write for others beside those that are known
	Relays      []string
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
	virtual.View
	inbox.Drops
}

var _ Queue = (*queue.Queue)(nil)

// inbox is what of the options the inbox is made of.
func (o *Options) inbox() inbox.Options {
	return inbox.Options{Dir: o.Inbox, Drops: o.Queue, Say: o.Control.Say, Mode: o.InboxAccess.Mode,
		TakenIno:   virtual.LowestIno,
		Group:      o.InboxAccess.Group,
		AllowOther: o.AllowOther, Relays: o.Relays, Excused: o.Excused, Passthrough: o.Passthrough, Opened: o.Opened,
		Reserve: o.Reserve, Log: o.Log}
}

// virtual is what of the options the virtual files show.
func (o *Options) virtual() virtual.Options {
	return virtual.Options{Inbox: o.Inbox, Spool: o.Spool, Queue: o.Queue, Control: o.Control, Events: o.Events,
		Mode: o.Access.Mode, Group: o.Access.Group, Log: o.Log}
}
