package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// lockPatience is how long to wait for another daemon that may just be ending, after unmount for instance.
const lockPatience = 15 * time.Second

// lock makes sure that this is the only daemon on a spool, until it is closed.
func lock(ctx context.Context, spool string, waiting func(Holder)) (*flock.Flock, error) {
	path := lockPath(spool)
	l := flock.New(path, flock.SetFlag(os.O_RDWR|os.O_CREATE), flock.SetPermissions(0o600))
	locked, err := l.TryLock()
	if err == nil && !locked {
		waiting(holder(path))
		patient, cancel := context.WithTimeout(ctx, lockPatience)
		defer cancel()
		if locked, err = l.TryLockContext(patient, 100*time.Millisecond); !locked && patient.Err() != nil {
			err = fmt.Errorf("another inboxfs (%v) uses the spool %s: unmount that one first, "+
				"or choose another spool with --spool DIR",
				holder(path), spool)
		}
	}
	if err == nil {
		err = hold(spool, "")
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func lockPath(spool string) string { return filepath.Join(spool, "lock") }

// Holder is a daemon that uses a spool, as it wrote itself into the lock: its pid, and on the next line where it is
// mounted.
type Holder struct {
	PID   string
	Mount string // "" while it is not mounted
}

func (h Holder) String() string {
	if h.Mount == "" {
		return "process " + h.PID
	}
	return "process " + h.PID + ", mounted at " + h.Mount
}

// HolderOf is the daemon that uses a spool; false: there is none. It looks at the lock for a moment; a daemon that
// starts just then tries again.
func HolderOf(spool string) (h Holder, held bool, err error) {
	l := flock.New(lockPath(spool), flock.SetFlag(os.O_RDONLY))
	free, err := l.TryRLock()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return h, false, nil
	case err != nil:
		return h, false, err
	case free:
		return h, false, l.Close()
	}
	return holder(l.Path()), true, nil
}

// holder is what the daemon that has the lock wrote into it.
func holder(path string) Holder {
	text, err := os.ReadFile(path)
	pid, mount, _ := strings.Cut(strings.TrimSuffix(string(text), "\n"), "\n")
	if err != nil || pid == "" {
		return Holder{PID: "unknown"}
	}
	return Holder{pid, mount}
}

// hold writes into the lock who has it, over what stands there, and cuts the rest off, not the other way round: a block
// that was given back may be another's before it is asked for again, on a full disk.
func hold(spool, mount string) (err error) {
	text := fmt.Appendf(nil, "%d\n", os.Getpid())
	if mount != "" {
		text = fmt.Appendf(text, "%s\n", mount)
	}
	f, err := os.OpenFile(lockPath(spool), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.WriteAt(text, 0); err != nil {
		return err
	}
	return f.Truncate(int64(len(text)))
}
