package queue

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"inboxfs/queue/spool"
)

// copiedLinks is where the files with several names were copied to.
type copiedLinks map[FileID]string

// copy copies a file with its label. Of one with several names, the copies are one file, too.
func (links copiedLinks) copy(from, to string) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	dev, ino := fileOf(info)
	if st := info.Sys().(*syscall.Stat_t); st.Nlink > 1 {
		if first := links[FileID{dev, ino}]; first != "" {
			return os.Link(first, to)
		}
		links[FileID{dev, ino}] = to
	}
	if err := copyFile(from, to); err != nil {
		return err
	}
	const attr = spool.Prefix + "label"
	buf := make([]byte, 4096)
	n, err := unix.Lgetxattr(from, attr, buf)
	if err == spool.NoAttribute || errors.Is(err, unix.ENOENT) { // it may have gone since
		return nil
	}
	if err != nil {
		return err
	}
	return unix.Lsetxattr(to, attr, buf[:n], 0)
}

// copyKnown has the copy of a spool say of itself what the spool says.
func copyKnown(from, to string) error {
	k, err := spool.ReadKnown(filepath.Join(from, "known"))
	if err != nil {
		return err
	}
	return k.Write(filepath.Join(to, "known"))
}

// labeled returns when the spool says that all has the label that it should have: until then what lost its label is
// taken for one that never got it.
func (r *rig) labeled() {
	r.t.Helper()
	r.until(func() bool {
		k, err := spool.ReadKnown(filepath.Join(r.dir, "known"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			r.t.Fatal(err)
		}
		return k.Labeled
	}, func() string { return "the spool does not say that all have labels" })
}
