// Package fs is the mounted tree. It translates what the kernel asks into calls on a queue and a control, and what they
// answer into bytes and errnos; it decides nothing about uploads. It is the only importer of go-fuse.
//
//	MOUNT/           root          0755
//	├── inbox/       newInbox            the drops' tree of the spool, read and write
//	├── status/      statusFolder  0555  the drops' names again, one text per newest entry
//	├── list         textFile      0444
//	├── list.json    textFile      0444
//	├── queue        textFile      0444
//	├── aside        textFile      0444  what stays in inbox, by a walk through the spool at each open
//	├── control      control       0600  lines written are verbs; read: the last result, then the help
//	├── events       events        0444  the event log, for tail -f
//	├── metrics      textFile      0444  for Prometheus (package metrics)
//	├── status.html  textFile      0444  the list as a page (package webpage)
//	├── status.json  textFile      0444  what the page shows, for programs
//	└── README       textFile      0444
//
// All nodes but those of inbox belong to who mounted. The rules that hold for them:
//
//   - A read is of the snapshot its open made, which all who open it at that time share (snapshot.go); a size is the true
//     one. Everything is direct I/O with no cache timeouts, so that tail, wc and a second cat see what is so now.
//   - What is not allowed is refused by an explicit method: go-fuse lets an undefined Unlink or Rmdir succeed, answers
//     an undefined Setxattr with ENODATA, which fails cp -p, and an undefined Fsync with ENOTSUP.
//   - Errors become numbers in errno and nowhere else. go-fuse's ToErrno is not used: its ENOSYS or ENOTSUP for a
//     wrapped error can stop the kernel from ever asking again.
//   - No lock is held while a queue, a control or a log is called.
//   - A handler that waits (a wait verb) watches its context, which ends when the writer is interrupted and when the
//     mount goes.
//
// A control line is run inside the WRITE that brings its newline (or the FLUSH of the last close, where it has none),
// so that the writer gets its errno. Since a WRITE locks its inode in the kernel, even against the open of another
// `echo start > control`, each lookup of control makes a new inode: a blocked wait then stops nobody.
//
// What is known of the programs that write: each FLUSH looks at who closes (inbox_writer.go), which tells those that
// are ending; the others are watched (inbox_programs.go) until the queue has asked how they ended. Each handle that can
// write has a mark in memory that outlives a kill (inbox_memory.go).
//
// What is known of files that may go on with one that is gone: inbox_piece.go.
//
// What is known of where programs that closed files work on: inbox_works.go.
//
// What is known of folders, of which some go when uploads have emptied them: inbox_folder.go.
//
// Limits: of changes that the queue makes inotify tells only who watches a file itself that its copy went (inbox_gone.go).
package fs
