package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// SetAside renames a damaged journal to path.damaged-TIME (UTC) and returns that name. Open then makes a new one.
// Nothing is deleted: what can be read of the file can still be read.
func SetAside(path string) (newPath string, err error) {
	stem := path + ".damaged-" + time.Now().UTC().Format("20060102T150405.000Z")
	newPath = stem
	for n := 2; ; n++ {
		// Rename replaces silently, and two damaged journals may be met within one millisecond by a test or a script.
		if _, err := os.Lstat(newPath); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil {
			return "", fmt.Errorf("set the damaged journal aside: %w", err)
		}
		newPath = fmt.Sprintf("%s-%d", stem, n)
	}
	if err := os.Rename(path, newPath); err != nil {
		return "", fmt.Errorf("set the damaged journal aside: %w", err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return newPath, fmt.Errorf("set the damaged journal aside: %w", err)
	}
	return newPath, nil
}

// syncDir makes the names in dir survive a power loss.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
