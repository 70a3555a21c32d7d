//go:build !linux

package check

import "golang.org/x/sys/unix"

// kindOf names a file system on which a spool should not be, and says why. Only Linux's are known.
func kindOf(unix.Statfs_t) (kind, bad string) { return "", "" }
