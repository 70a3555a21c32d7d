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

	"inboxfs/fs/mountpoint"
)

const (
	lockPatience = 15 * time.Second // for another daemon that may just be ending, after unmount for instance
	lockLook     = 100 * time.Millisecond
)

// lock makes sure that this is the only daemon on a spool, until it is closed. It waits for one that begins or ends.
// One that is mounted goes on, and who waited for it would mount the spool again when it is unmounted at last.
func lock(ctx context.Context, spool string, waiting func(Holder)) (*flock.Flock, error) {
	path := lockPath(spool)
	l := flock.New(path, flock.SetFlag(os.O_RDWR|os.O_CREATE), flock.SetPermissions(0o600))
	locked, err := l.TryLock()
	if err == nil && !locked {
		if !holder(path).goesOn() {
			waiting(holder(path))
		}
		err = await(ctx, l, spool)
	}
	if err == nil {
		err = hold(spool, "")
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// await takes the lock when its holder lets go of it, within lockPatience.
func await(ctx context.Context, l *flock.Flock, spool string) error {
	patient, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	again := time.NewTicker(lockLook)
	defer again.Stop()
	for !holder(l.Path()).goesOn() {
		if locked, err := l.TryLock(); locked || err != nil {
			return err
		}
		select {
		case <-again.C:
			continue
		case <-patient.Done():
		}
		break
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return fmt.Errorf("another inboxfs (%v) uses the spool %s: unmount that one first, "+
		"or choose another spool with --spool DIR", holder(l.Path()), spool)
}

func lockPath(spool string) string { return filepath.Join(spool, "lock") }

// Holder is a daemon that uses a spool, as it wrote itself into the lock: its pid, and on the next line where it is
// mounted.
type Holder struct {
	PID   string
	Mount string // "" before it is mounted, and when it ends
}

// goesOn reports whether the daemon is mounted, as far as this process sees, and does not end.
func (h Holder) goesOn() bool {
	if h.Mount == "" {
		return false
	}
	m, err := mountpoint.At(h.Mount)
	return err == nil && m.Kind == "fuse."+mountpoint.Type
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
