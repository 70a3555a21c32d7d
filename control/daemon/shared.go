package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"inboxfs/control/config"
)

// sharedName is a file in the spool of an ordinary user who once let others into its mount: links of which nobody saw
// who made them may be theirs.
const sharedName = "shared"

// owned is queue.Options.Owned, for root or another user. That others are let in is remembered before they are.
func owned(c config.Config, root bool) (bool, error) {
	path := filepath.Join(c.Spool, sharedName)
	switch _, err := os.Lstat(path); {
	case root:
		return true, nil // what is others' belongs to them
	case err == nil || !errors.Is(err, fs.ErrNotExist):
		return false, err
	case !c.AllowOther:
		return true, nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err == nil {
		err = syncFolder(c.Spool)
	}
	if err != nil {
		return false, fmt.Errorf("remembering that others are let in: %w", err)
	}
	return false, nil
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
