package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// SetAside renames a damaged journal to path.damaged-TIME (UTC) and returns that name. Open then makes a new one.
// Nothing is deleted: what can be read of the file can still be read. The new name is durable when Open returns; should
// the power go before, the damaged journal is met once more.
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
	return newPath, nil
}
