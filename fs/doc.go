// Package fs mounts the tree, serves it and takes it away. The tree translates what the kernel asks into calls on a
// queue and a control, and what they answer into bytes and errnos; it decides nothing about uploads.
//
//	MOUNT/           root             0755
//	├── inbox/       fs/inbox               the drops' tree of the spool, read and write
//	├── status/      fs/virtual       0555  the drops' names again, one text per newest entry
//	├── list         fs/virtual       0444
//	├── list.json    fs/virtual       0444
//	├── queue        fs/virtual       0444
//	├── aside        fs/virtual       0444  what stays in inbox, by a walk through the spool at each open
//	├── control      fs/virtual       0600  lines written are verbs; read: the last result, then the help
//	├── events       fs/virtual       0444  the event log, for tail -f
//	├── metrics      fs/metrics       0444  for Prometheus
//	├── status.html  fs/webpage       0444  the list as a page
//	├── status.json  fs/text          0444  what the page shows, for programs
//	└── README       fs/text          0444
//
//	fs/mountpoint    the folder that is mounted on     fs/writer   who writes files here, and how such programs end
//	fs/errno         errors as the kernel's numbers    fs/nesting  spools and mounts that must not contain each other
//
// All nodes but those of inbox belong to who mounted. Rules for all handlers:
//
//   - What is not allowed is refused by an explicit method: go-fuse lets an undefined Unlink or Rmdir succeed, answers
//     an undefined Setxattr with ENODATA, which fails cp -p, and an undefined Fsync with ENOTSUP.
//   - Errors become numbers in fs/errno and nowhere else. go-fuse's ToErrno is not used: its ENOSYS or ENOTSUP for a
//     wrapped error can stop the kernel from ever asking again.
//   - No lock is held while a queue, a control or a log is called.
//   - A handler that waits (a wait verb) watches its context, which ends when the writer is interrupted and when the
//     mount goes.
package fs
