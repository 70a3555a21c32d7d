// Package virtual is the files and folders of the mount that show the queue, and control, to which its verbs are
// written.
//
//	Tree ──> File       a text, rendered when it is opened      list, queue, aside, metrics, status.html, README ...
//	     ──> Status     status/: the names of the drops, one text per newest entry; also #ID
//	     ──> Control    a new inode per lookup, so that a blocked wait holds up nobody else
//	     ──> Events     the log, from where it began when somebody looked it up
//
//	open ──> rendering ──> snapshot, shared by all who open it at that time ──> a file without a name if memory is full
//
// A read is of the snapshot its open made; a size is the true one. Everything is direct I/O with no cache timeouts, so
// that tail, wc and a second cat see what is so now.
//
// A control line is run inside the WRITE that brings its newline (or the FLUSH of the last close, where it has none),
// so that the writer gets its errno. Since a WRITE locks its inode in the kernel, even against the open of another
// `echo start > control`, each lookup of control makes a new inode.
package virtual
