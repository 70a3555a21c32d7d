package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
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
