package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// lockPatience is how long to wait for another daemon that may just be ending, after unmount for instance.
const lockPatience = 15 * time.Second

// lock makes sure that this is the only daemon on a spool, for as long as the file is open.
func lock(ctx context.Context, spool string, waiting func(holder string)) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(spool, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = flock(ctx, f, waiting)
	if err == nil {
		err = writePID(f)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func flock(ctx context.Context, f *os.File, waiting func(holder string)) error {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	for said := false; ; said = true {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return err
		}
		if !said {
			waiting(holder(f))
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("another inboxfs (pid %s) uses the spool %s: unmount that one first, or choose another spool",
				holder(f), filepath.Dir(f.Name()))
		}
	}
}

// Holder is the pid of the daemon that uses a spool, "" when there is none. It looks at the lock for a moment; a daemon
// that starts just then tries again.
func Holder(spool string) (pid string, err error) {
	f, err := os.Open(filepath.Join(spool, "lock"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }() // which also lets go of the lock
	err = unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return holder(f), nil
	}
	return "", err
}

// holder is the pid that the daemon which has the lock wrote into it.
func holder(f *os.File) string {
	pid, err := io.ReadAll(io.NewSectionReader(f, 0, 32))
	if err != nil || len(pid) == 0 {
		return "unknown"
	}
	return strings.TrimSpace(string(pid))
}

// writePID writes over what stands there and cuts the rest off, not the other way round: a block that was given back
// may be another's before it is asked for again, on a full disk.
func writePID(f *os.File) error {
	pid := fmt.Appendf(nil, "%d\n", os.Getpid())
	if _, err := f.WriteAt(pid, 0); err != nil {
		return err
	}
	return f.Truncate(int64(len(pid)))
}
