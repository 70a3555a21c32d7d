// Package inbox is the folder that drops are written to: the drops' tree of the spool, as the kernel sees it. It tells
// the queue (Drops) what users do, in the order in which they do it.
//
//	inbox      one mount's: the folder in the spool, and what its nodes share
//	inboxNode  a file or folder; nothing is kept open for it (inbox.go)
//	inboxFile  a handle; the kernel may read and write past it (passthrough)
//	inboxDir   an open folder
//
//	CREATE, OPEN ──> Drops.Open       WRITE, mmap ──> the spool's file       FLUSH ──> who closes (fs/writer)
//	RELEASE ──> Drops.Close, with why the content cannot be trusted, if so (verdict.go)
//	RENAME, LINK, UNLINK ──> the spool, then Drops.Renamed, Linked, Removed, under one lock (inbox.tree)
//
// What is known besides: which handles are open, over a kill of the daemon (memory.go); which files go on with one that
// is gone (piece.go); which folders came with their files and go with them (folder.go, emptied.go); whose a file is
// where the daemon cannot give files away (owner.go).
//
// Limits: of changes that the queue makes inotify tells nobody. The kernel could be told (NOTIFY_DELETE), but waits
// there for the lock of the folder; when the daemon is killed meanwhile, and a program waits for it with that lock, the
// connection never ends, and the mount hangs.
package inbox
