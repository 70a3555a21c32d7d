package fs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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

// mountPoint is a directory that is fit to be mounted on.
type mountPoint struct {
	dir  string   // absolute, without symbolic links
	made bool     // by us
	open *os.File // the directory itself, which dir no longer leads to once mounted; nil if its mode is not our affair
}

// findMountPoint checks path and makes it a mount point.
func findMountPoint(ctx context.Context, path string, t *tree) (*mountPoint, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := &mountPoint{}
	var err error
	if p.dir, err = resolve(path); err != nil {
		return nil, err
	}
	for _, spool := range []string{t.Inbox, t.Spool} {
		if err := apart(p.dir, spool); spool != "" && err != nil {
			return nil, err
		}
	}
	if err := clearStale(ctx, p.dir, t); err != nil {
		return nil, err
	}
	killpoint.At("start: mount point cleared")
	if err := os.Mkdir(p.dir, 0o755); err == nil {
		p.made = true
	} else if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s does not exist; create it first", filepath.Dir(p.dir))
	} else if !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if err := p.check(); err != nil {
		p.giveUp()
		return nil, err
	}
	return p, nil
}

// check looks at the directory, and opens one that was closed to writers: fusermount3 wants to be allowed to write.
func (p *mountPoint) check() error {
	info, err := os.Lstat(p.dir)
	if err != nil {
		return err
	}
	if err := vacant(p.dir, info); err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	ours := ok && int(st.Uid) == os.Geteuid()
	if !p.made && (!ours || info.Mode().Perm() != closedMode) {
		return nil
	}
	if p.open, err = os.Open(p.dir); err != nil {
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

// seal closes the directory below the mount to writers, if it is one of ours.
func (p *mountPoint) seal() error {
	if p.open == nil {
		return nil
	}
	f := p.open
	p.open = nil
	return errors.Join(f.Chmod(closedMode), f.Close())
}

// giveUp undoes what findMountPoint did. Errors are of no use beside the one that is being reported.
func (p *mountPoint) giveUp() {
	_ = p.seal()
	if p.made {
		_ = syscall.Rmdir(p.dir) // never a file that took its name
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
		if m, err := mountedAt(path); err != nil || m.kind != "" {
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

// apart makes sure that neither directory lies in the other, nor the mount point in another spool: a spool seen through its own
// mount would wait for itself, and one whose path leads through the mount point would be out of reach.
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
	return fmt.Errorf("a filesystem of type %s is mounted on it already; choose another directory or unmount that", kind)
}

// clearStale takes away the mount of an inboxfs that died, and leaves anything else alone.
func clearStale(ctx context.Context, dir string, t *tree) error {
	for {
		m, err := mountedAt(dir)
		if err != nil || m.kind == "" {
			return err
		}
		if m.kind != "fuse."+fsType {
			return errForeign(m.kind)
		}
		// Not stat, which the kernel may answer by itself for a while after the daemon died.
		if err := unix.Statfs(dir, new(unix.Statfs_t)); !errors.Is(err, abandoned) {
			return errors.New("an inboxfs is mounted on it already; use that, or unmount it first")
		}
		if err := detach(ctx, dir, true); err != nil {
			return fmt.Errorf("clearing the mount that a dead inboxfs left: %w", err)
		}
		t.Log.Info("cleared the mount that a dead inboxfs left", "dir", dir)
	}
}
