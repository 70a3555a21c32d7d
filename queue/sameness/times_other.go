//go:build !linux

package sameness

import "golang.org/x/sys/unix"

// timesTell is TimesTellFd for a file of the file system st.
func timesTell(_ int, st *unix.Statfs_t, p Print) bool {
	switch unix.ByteSliceToString(st.Fstypename[:]) {
	case "apfs", "hfs":
		return true
	case "msdos", "exfat":
		return false
	}
	return p.ChangeTime != p.ModTime
}
