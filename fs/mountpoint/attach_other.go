//go:build !linux

package mountpoint

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// Attach leaves the mounting to go-fuse, which runs the helper of macFUSE. Finder shows the volume under the mount
// point's name.
func Attach(_ context.Context, dir string, o *fuse.MountOptions) (string, error) {
	o.Options = append(o.Options, "volname="+filepath.Base(dir))
	return dir, nil
}

// Detach unmounts dir; lazy also when it is in use.
func Detach(_ context.Context, dir string, lazy bool) error {
	flags := 0
	if lazy {
		flags = unix.MNT_FORCE
	}
	if err := unix.Unmount(dir, flags); err != nil {
		return fmt.Errorf("unmounting %s: %w", dir, err)
	}
	return nil
}

// users are not known here.
func users(string) []string { return nil }

// Abort has no counterpart here; a forced unmount ends the connection.
func Abort(Mounted) error { return errors.New("ending a connection is not possible on this system") }
