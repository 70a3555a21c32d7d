//go:build !linux

package mountpoint

import (
	"fmt"
	"os"
)

const macFUSE = "/Library/Filesystems/macfuse.fs" // what go-fuse runs is in it

// Able says why this process could not mount, and what to do; nil where it could. It mounts nothing.
func Able(bool) error {
	if _, err := os.Stat(macFUSE); err != nil {
		return fmt.Errorf("%w; install macFUSE and allow its system extension", err)
	}
	return nil
}
