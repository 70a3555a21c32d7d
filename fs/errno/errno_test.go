package errno

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

	"inboxfs/queue/transfer"
)

func TestErrno(t *testing.T) {
	t.Parallel()
	_, missing := os.Open(t.TempDir() + "/missing")
	for _, c := range []struct {
		err  error
		want syscall.Errno
	}{
		{nil, 0},
		{transfer.ErrInvalid, syscall.EINVAL},
		{fmt.Errorf("pausing: %w", fmt.Errorf("%w: #5", transfer.ErrNoEntry)), syscall.ENOENT},
		{transfer.ErrBusy, syscall.EBUSY},
		{transfer.ErrTooLong, syscall.E2BIG},
		{transfer.ErrNoKey, NoKey},
		{transfer.ErrKeyExpired, KeyExpired},
		{transfer.ErrEnded, syscall.EIO},
		{transfer.ErrClosed, syscall.ESHUTDOWN},
		{fmt.Errorf("waiting: %w", context.Canceled), syscall.EINTR},
		{context.DeadlineExceeded, syscall.ETIMEDOUT},
		{missing, syscall.ENOENT},
		{fmt.Errorf("%w: %w", transfer.ErrInvalid, missing), syscall.EINVAL},
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
		if got := Of(c.err); got != c.want {
			t.Errorf("Of(%v) = %d (%v), want %d", c.err, got, got, c.want)
		}
	}
}
