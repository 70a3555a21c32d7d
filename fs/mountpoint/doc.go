// Package mountpoint finds the folder to mount on, attaches a FUSE connection to it, and takes that away again. It
// touches nothing that is mounted: a dead mount answers with errors, and a foreign one perhaps never.
//
//	path ──Find──> Point: made if it is not there, cleared of what a dead inboxfs left, opened to its owner
//	                 │ Attach: mount(2) as root, else fusermount3, which hands the connection over
//	                 │ Seal: closed below the mount, so that nothing lands there unseen while nothing is mounted
//	                 ▼
//	              mounted ──At──> Mounted, as the kernel lists it ──Detach, Abort──> gone
//
//	Able     why this process could not mount        Fit      what Find would say
//	Mounts   where this user has mounted an inboxfs  Unmount  away with one of another process
package mountpoint

// Type is the kind of file system; the kernel shows it as fuse.inboxfs.
const Type = "inboxfs"
