package sameness

import (
	"os"

	"golang.org/x/sys/unix"
)

// TimesTell reports whether a change of a file that looks like p must show in its change time.
func TimesTell(f *os.File, p Print) (tell bool) {
	on(f, func(fd int) { tell = TimesTellFd(fd, p) })
	return tell
}

// TimesTellFd is TimesTell for a descriptor.
func TimesTellFd(fd int, p Print) bool {
	var st unix.Statfs_t
	return unix.Fstatfs(fd, &st) == nil && timesTell(fd, &st, p)
}
