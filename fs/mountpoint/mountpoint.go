package mountpoint

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"inboxfs/fs/nesting"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/mounttable"
)

// closedMode is that of a mount point of ours while nothing is mounted: what is written there meets an error, and does
// not lie below the next mount unseen. It does not bind root.
const closedMode = 0o555

// Point is a directory that is fit to be mounted on.
type Point struct {
	Dir  string   // absolute, without symbolic links
	made bool     // by us
	open *os.File // the directory itself, which dir no longer leads to once mounted; nil if its mode is not our affair
}

// Find checks path and makes it a mount point. It neither holds one of the spools nor lies in one.
func Find(ctx context.Context, path string, spools []string, log *slog.Logger) (*Point, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := &Point{}
	var err error
	if p.Dir, err = resolve(path); err != nil {
		return nil, err
	}
	for _, spool := range spools {
		if err := apart(p.Dir, spool); spool != "" && err != nil {
			return nil, err
		}
	}
	if err := clearStale(ctx, p.Dir, log); err != nil {
		return nil, err
	}
	killpoint.At("start: mount point cleared")
	if err := os.Mkdir(p.Dir, 0o755); err == nil {
		p.made = true
	} else if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s does not exist; create it first", filepath.Dir(p.Dir))
	} else if !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if err := p.check(); err != nil {
		p.GiveUp()
		return nil, err
	}
	return p, nil
}

// check looks at the directory, and opens one that was closed to writers: fusermount3 wants to be allowed to write.
func (p *Point) check() error {
	info, err := os.Lstat(p.Dir)
	if err != nil {
		return err
	}
	if err := vacant(p.Dir, info); err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	ours := ok && int(st.Uid) == os.Geteuid()
	if !p.made && (!ours || info.Mode().Perm() != closedMode) {
		return nil
	}
	if p.open, err = os.Open(p.Dir); err != nil {
		return err
	}
	return p.open.Chmod(0o755)
}

// vacant makes sure that dir is a directory, and that nobody misses what is in it.
func vacant(dir string, info fs.FileInfo) error {
	if !info.IsDir() {
		return errors.New("it is not a directory; choose an empty directory")
	}
	names, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, n := range names {
		switch n.Name() {
		case ".DS_Store", ".directory", ".gitkeep", ".keep": // left by desktops and repositories
		default:
			return fmt.Errorf("it is not empty, and the mount would hide what is in it, such as %q; "+
				"move that away or choose an empty directory", n.Name())
		}
	}
	return nil
}

// Seal closes the directory below the mount to writers, if it is one of ours.
func (p *Point) Seal() error {
	if p.open == nil {
		return nil
	}
	f := p.open
	p.open = nil
	return errors.Join(f.Chmod(closedMode), f.Close())
}

// GiveUp undoes what Find did.
func (p *Point) GiveUp() {
	_ = p.Seal() // of no use beside the error that is being reported
	if p.made {
		_ = syscall.Rmdir(p.Dir) // never a file that took its name
	}
}

// resolve follows symbolic links, but touches nothing on which something is mounted: a dead mount answers with errors
// and a foreign one perhaps never. The last name need not exist.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for range 40 { // as many links as the kernel follows
		parent, err := filepath.EvalSymlinks(filepath.Dir(path))
		if errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("%s does not exist; create it first", filepath.Dir(path))
		}
		if err != nil {
			return "", err
		}
		path = filepath.Join(parent, filepath.Base(path))
		if m, err := At(path); err != nil || m.Kind != "" {
			return path, err
		}
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode()&fs.ModeSymlink == 0 {
			return path, nil
		}
		if err != nil {
			return "", err
		}
		target, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(parent, target)
		}
		path = target
	}
	return "", syscall.ELOOP
}

// apart makes sure that neither directory lies in the other, nor the mount point in another spool: a spool seen through
// its own mount would wait for itself, and one whose path leads through the mount point would be out of reach.
func apart(dir, spool string) error {
	spool, err := filepath.Abs(spool)
	if err != nil {
		return err
	}
	if mounttable.Within(dir, spool) {
		return fmt.Errorf("the spool %s is inside the mount point; choose another mount point or spool", spool)
	}
	return nesting.MountPoint(dir, spool)
}

func errForeign(kind string) error {
	return fmt.Errorf("a filesystem of type %s is mounted on it already; choose another directory or unmount that",
		kind)
}

// clearStale takes away the mount of an inboxfs that died, and leaves anything else alone.
func clearStale(ctx context.Context, dir string, log *slog.Logger) error {
	for {
		m, err := At(dir)
		if err != nil || m.Kind == "" {
			return err
		}
		if m.Kind != "fuse."+Type {
			return errForeign(m.Kind)
		}
		// Not stat, which the kernel may answer by itself for a while after the daemon died.
		if err := unix.Statfs(dir, new(unix.Statfs_t)); !errors.Is(err, abandoned) {
			return errors.New("an inboxfs is mounted on it already; use that, or unmount it first")
		}
		if err := Detach(ctx, dir, true); err != nil {
			return fmt.Errorf("clearing the mount that a dead inboxfs left: %w", err)
		}
		log.Info("cleared the mount that a dead inboxfs left", "dir", dir)
	}
}
