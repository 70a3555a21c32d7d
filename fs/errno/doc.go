// Package errno is where errors become the numbers that the kernel is told, and the only place.
//
//	what the queue says of an error  ──> its errno     (ErrBusy: EBUSY, ErrNoKey: ENOKEY, ...)
//	else the errno that caused it    ──> itself, but ENOSYS, which the kernel would take as success for ever
//	else one of io/fs                ──> its errno
//	else                             ──> EIO
package errno
