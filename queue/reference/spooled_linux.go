package reference

import (
	"golang.org/x/sys/unix"

	"inboxfs/queue/mounttable"
)

// spooled reports whether an open file, which was found at path, lies in the spool: a folder of it can be mounted
// elsewhere, and then the way to the file does not lead through the spool.
func (r *Resolver) spooled(fd int, path string) (bool, error) {
	mount, err := mountOf(fd, "", unix.AT_EMPTY_PATH)
	if err != nil {
		return false, err
	}
	if spool, err := mountOf(unix.AT_FDCWD, r.path, 0); err != nil {
		return false, err
	} else if mount == spool && mount != 0 {
		return false, nil // on one mount no other way leads there
	}
	table, err := mounttable.Read()
	if err != nil {
		return false, err
	}
	for _, seen := range table.Paths(path) {
		if mounttable.Within(r.path, seen) {
			return true, nil
		}
	}
	return false, nil
}

// mountOf is the number of the mount that a file is on; 0 before Linux 5.8, which does not tell.
func mountOf(dir int, path string, flags int) (uint64, error) {
	for {
		var st unix.Statx_t
		err := unix.Statx(dir, path, flags|unix.AT_STATX_DONT_SYNC, unix.STATX_MNT_ID, &st)
		switch {
		case err == unix.EINTR:
		case err != nil || st.Mask&unix.STATX_MNT_ID == 0:
			return 0, err
		default:
			return st.Mnt_id, nil
		}
	}
}
