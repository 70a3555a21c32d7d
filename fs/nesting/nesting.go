// Package nesting finds spools and mounts that lie in each other. Of two daemons of which one sees the other's spool in
// its inbox, it takes the other's journal and its pending files for drops, uploads and removes them. Folders are looked
// for under all the paths under which they are mounted.
package nesting

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"inboxfs/queue"
	"inboxfs/queue/mounttable"
)

// kind is how the kernel calls the mounts of inboxfs.
const kind = "fuse.inboxfs"

const choose = "choose another folder with --spool DIR"

// Spool says why a folder, which need not exist, cannot be a spool: it is in another's inbox or in a mount of inboxfs,
// or a part of the one is mounted in the other.
func Spool(spool string) error {
	spool, err := Resolve(spool)
	if err != nil {
		return fmt.Errorf("looking at the spool: %w", err)
	}
	table, err := mounttable.Read()
	if err != nil {
		return fmt.Errorf("looking for the mounts that the spool is in: %w", err)
	}
	if m := table.At(spool); m != nil && m.FSType == kind {
		return fmt.Errorf("the spool %s lies in %s, where an inboxfs is mounted: "+
			"what is kept there would be uploaded, and removed; %s",
			spool, m.Mountpoint, choose)
	}
	inbox := filepath.Join(spool, "inbox")
	for _, lies := range []struct {
		what  string
		paths []string
	}{
		{"the spool", table.Paths(spool)},
		{"the inbox of the spool", table.Paths(inbox)},
		{"a folder of the spool", table.Elsewhere(spool)},
	} {
		for _, path := range lies.paths {
			if outer := around(path, spool, true); outer != "" {
				return fmt.Errorf("%s %s lies in the inbox of another inboxfs, whose spool is %s, "+
					"which would upload and remove what is kept there; %s",
					lies.what, path, outer, choose)
			}
		}
	}
	for _, m := range table.Inside(inbox) {
		if m.FSType == kind {
			return fmt.Errorf("an inboxfs is mounted in the inbox of the spool, at %s: unmount it, or %s", m.Mountpoint,
				choose)
		}
		for _, path := range table.Paths(m.Mountpoint) {
			if outer := around(path, spool, false); outer != "" {
				return fmt.Errorf("%s, in the inbox of the spool, is a part of %s, the spool of another inboxfs: "+
					"unmount it, or %s", m.Mountpoint, outer, choose)
			}
		}
	}
	return nil
}

// MountPoint says why a folder without symbolic links cannot be mounted on by the inboxfs with that spool: one of the
// two lies in the other, or it lies in another's inbox.
func MountPoint(dir, spool string) error {
	spool, err := Resolve(spool)
	if err != nil {
		return fmt.Errorf("looking at the spool: %w", err)
	}
	table, err := mounttable.Read()
	if err != nil {
		return fmt.Errorf("looking for the mounts that the spool is in: %w", err)
	}
	for _, path := range table.Paths(spool) {
		if mounttable.Within(dir, path) {
			return fmt.Errorf("the spool %s is inside the mount point; choose another mount point or spool", path)
		}
	}
	for _, path := range table.Paths(dir) {
		if mounttable.Within(spool, path) {
			return fmt.Errorf("it is inside the spool %s; choose another mount point or spool", spool)
		}
		if outer := around(path, spool, true); outer != "" {
			return fmt.Errorf("it lies in the inbox of another inboxfs, whose spool is %s; choose another mount point",
				outer)
		}
	}
	return nil
}

// around is the spool other than our own that a path lies in, or, with inbox, in whose inbox; "" if there is none.
// Where this user may not look there can be one: of two inboxfs the other finds our journal then, and refuses to begin.
func around(path, own string, inbox bool) string {
	for dir := path; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		outer := filepath.Dir(dir)
		if inbox && filepath.Base(dir) != "inbox" || same(outer, own) {
			continue
		}
		if spool, err := queue.HoldsSpool(outer); err == nil && spool {
			return outer
		}
	}
	return ""
}

func same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// Resolve is the absolute path without symbolic links of a folder, of which the last names need not exist yet.
func Resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) || path == filepath.Dir(path) {
		return real, err
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return "", fmt.Errorf("%s is a link to nothing", path)
	}
	parent, err := Resolve(filepath.Dir(path))
	return filepath.Join(parent, filepath.Base(path)), err
}
