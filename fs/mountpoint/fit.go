package mountpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Fit says what Mount would find at path: in words where that is well, as an error where it would refuse. It changes
// nothing, and may wait for whatever is mounted there.
func Fit(path, spool string) (string, error) {
	dir, err := resolve(path)
	if err != nil {
		return "", err
	}
	if err := apart(dir, spool); err != nil {
		return "", err
	}
	m, err := At(dir)
	switch {
	case err != nil:
		return "", err
	case m.Kind == "fuse."+Type && errors.Is(unix.Statfs(dir, new(unix.Statfs_t)), abandoned):
		return "a dead inboxfs left its mount there, which the next mount clears", nil
	case m.Kind == "fuse."+Type:
		return "an inboxfs is mounted there", nil
	case m.Kind != "":
		return "", errForeign(m.Kind)
	}
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := unix.Access(filepath.Dir(dir), unix.W_OK); err != nil {
			return "", fmt.Errorf("it cannot be made in %s: %w; create it first", filepath.Dir(dir), err)
		}
		return "it will be made", nil
	case err != nil:
		return "", err
	}
	return "it is empty and free", vacant(dir, info)
}
