package fs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Unmount takes away an inboxfs mount of another process; its daemon then ends as it does on a signal. With drain it
// first waits until everything there has been uploaded, and leaves the mount when something was not.
func Unmount(ctx context.Context, mountpoint string, drain bool) error {
	dir, err := filepath.Abs(mountpoint)
	if err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(filepath.Dir(dir)); err == nil { // the mount itself may be dead: not asked
		dir = filepath.Join(real, filepath.Base(dir))
	}
	m, err := mountedAt(dir)
	if err != nil {
		return fmt.Errorf("unmounting %s: %w", mountpoint, err)
	}
	if m.kind != "fuse."+fsType {
		return fmt.Errorf("unmounting %s: no inboxfs is mounted there", mountpoint)
	}
	if drain {
		if err := drained(ctx, dir); err != nil {
			return fmt.Errorf("unmounting %s: not everything was uploaded, so it stays mounted: %w", mountpoint, err)
		}
	}
	if err := detach(ctx, dir, false); err != nil {
		if in := users(dir); len(in) > 0 {
			return fmt.Errorf("unmounting %s: it is in use by %s; end that, or Ctrl-C or SIGTERM to inboxfs itself unmounts it after 10 s all the same",
				mountpoint, strings.Join(in, ", "))
		}
		return fmt.Errorf("%w; close its files, and leave its folders in every shell, then try again", err)
	}
	return nil
}

// drained writes wait to control, which blocks until nothing is left, and repeats what control says if it fails.
func drained(ctx context.Context, dir string) error {
	path := filepath.Join(dir, "control")
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	written := make(chan error, 1)
	go func() {
		_, err := f.WriteString("wait\n")
		written <- err
	}()
	select {
	case err = <-written:
	case <-ctx.Done():
		return ctx.Err() // the process ends, and the write with it
	}
	if err == nil {
		return f.Close()
	}
	said := make([]byte, 4096)
	n, _ := f.ReadAt(said, 0) // only for the words; err says that it failed
	return errors.Join(fmt.Errorf("%w: %s", err, firstLine(said[:n])), f.Close())
}

func firstLine(p []byte) string {
	for i, b := range p {
		if b == '\n' {
			return string(p[:i])
		}
	}
	return string(p)
}
