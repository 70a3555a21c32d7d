package errno

import (
	"context"
	"errors"
	iofs "io/fs"
	"syscall"

	"inboxfs/queue/transfer"
)

// errnos says what the kernel is told for errors that carry no errno of their own. The first that matches wins.
var errnos = []struct {
	err error
	no  syscall.Errno
}{
	{transfer.ErrInvalid, syscall.EINVAL},
	{transfer.ErrNoEntry, syscall.ENOENT},
	{transfer.ErrBusy, syscall.EBUSY},
	{transfer.ErrTooLong, syscall.E2BIG},
	{transfer.ErrNoKey, NoKey},
	{transfer.ErrKeyExpired, KeyExpired},
	{transfer.ErrEnded, syscall.EIO},
	{transfer.ErrClosed, syscall.ESHUTDOWN},
	{context.Canceled, syscall.EINTR},
	{context.DeadlineExceeded, syscall.ETIMEDOUT},
}

// plain says the same for the errors of io/fs, which syscall errnos also answer to; so it is asked after those.
var plain = []struct {
	err error
	no  syscall.Errno
}{
	{iofs.ErrNotExist, syscall.ENOENT},
	{iofs.ErrExist, syscall.EEXIST},
	{iofs.ErrPermission, syscall.EACCES},
	{iofs.ErrInvalid, syscall.EINVAL},
	{iofs.ErrClosed, syscall.EBADF},
}

// Of is the only place where errors become numbers. What the queue says about an error goes before the errno that
// caused it; an unknown error is EIO. It never answers ENOSYS: the kernel would take that from FLUSH, FSYNC or OPEN as
// success, and never ask again on this mount.
func Of(err error) syscall.Errno {
	if err == nil {
		return 0
	}
	for _, e := range errnos {
		if errors.Is(err, e.err) {
			return e.no
		}
	}
	if no, ok := errors.AsType[syscall.Errno](err); ok {
		switch no {
		case 0: // an error must not become a success
			return syscall.EIO
		case syscall.ENOSYS:
			return syscall.ENOTSUP
		}
		return no
	}
	for _, e := range plain {
		if errors.Is(err, e.err) {
			return e.no
		}
	}
	return syscall.EIO
}

// Known reports whether err is one of those that users bring about, and are told in words elsewhere.
func Known(err error) bool {
	for _, e := range errnos {
		if errors.Is(err, e.err) {
			return true
		}
	}
	return err == nil
}
