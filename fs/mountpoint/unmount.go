package mountpoint

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

// Unmount takes away an inboxfs mount of another process; its daemon then ends as it does on a signal. Before, where it
// is not nil, is called with the mount's path once it is sure that an inboxfs is mounted there; its error leaves the
// mount.
func Unmount(ctx context.Context, path string, before func(dir string) error) error {
	dir, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(filepath.Dir(dir)); err == nil { // the mount itself may be dead: not asked
		dir = filepath.Join(real, filepath.Base(dir))
	}
	m, err := At(dir)
	if err != nil {
		return fmt.Errorf("unmounting %s: %w", path, err)
	}
	if m.Kind != "fuse."+Type {
		return fmt.Errorf("unmounting %s: no inboxfs is mounted there; inboxfs status shows what is mounted", path)
	}
	if before != nil {
		if err := before(dir); err != nil {
			return fmt.Errorf("unmounting %s: %w", path, err)
		}
	}
	if err := Detach(ctx, dir, false); err != nil {
		if in := users(dir); len(in) > 0 {
			return fmt.Errorf("unmounting %s: it is in use by %s; end that, "+
				"or Ctrl-C or SIGTERM to inboxfs itself unmounts it after 10 s all the same",
				path, strings.Join(in, ", "))
		}
		return fmt.Errorf("%w; close its files, and leave its folders in every shell, then try again", err)
	}
	return nil
}
