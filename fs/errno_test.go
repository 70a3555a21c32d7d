package fs

import (
	"context"
	"errors"
	"fmt"
	"io"
	iofs "io/fs"
	"net/url"
	"os"
	"syscall"
	"testing"

	"inboxfs/queue"
)

func TestErrno(t *testing.T) {
	t.Parallel()
	_, missing := os.Open(t.TempDir() + "/missing")
	for _, c := range []struct {
		err  error
		want syscall.Errno
	}{
		{nil, 0},
		{queue.ErrInvalid, syscall.EINVAL},
		{fmt.Errorf("pausing: %w", fmt.Errorf("%w: #5", queue.ErrNoEntry)), syscall.ENOENT},
		{queue.ErrBusy, syscall.EBUSY},
		{queue.ErrTooLong, syscall.E2BIG},
		{queue.ErrNoKey, noKey},
		{queue.ErrKeyExpired, keyExpired},
		{queue.ErrEnded, syscall.EIO},
		{queue.ErrClosed, syscall.ESHUTDOWN},
		{fmt.Errorf("waiting: %w", context.Canceled), syscall.EINTR},
		{context.DeadlineExceeded, syscall.ETIMEDOUT},
		{missing, syscall.ENOENT},
		{fmt.Errorf("%w: %w", queue.ErrInvalid, missing), syscall.EINVAL},
		{&os.PathError{Op: "write", Err: syscall.ENOSPC}, syscall.ENOSPC},
		{os.NewSyscallError("link", syscall.EXDEV), syscall.EXDEV},
		{iofs.ErrNotExist, syscall.ENOENT},
		{iofs.ErrExist, syscall.EEXIST},
		{&url.Error{Err: iofs.ErrPermission}, syscall.EACCES},
		{iofs.ErrClosed, syscall.EBADF},
		{fmt.Errorf("reading: %w", syscall.ENOSYS), syscall.ENOTSUP},
		{fmt.Errorf("reading: %w", syscall.Errno(0)), syscall.EIO},
		{errors.New("surprise"), syscall.EIO},
		{io.ErrUnexpectedEOF, syscall.EIO},
	} {
		if got := errno(c.err); got != c.want {
			t.Errorf("errno(%v) = %d (%v), want %d", c.err, got, got, c.want)
		}
	}
}
