package opened

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// living returns those of the inodes that a process still has open to write in a mount of FUSE. A mount that died with
// its daemon is left in the descriptors of those who had files of it open, though nobody can ask it any more. Only what
// /proc says of a descriptor is read, which waits for no file system. Who cannot be looked at counts as having none.
func living(inodes map[uint64]bool) (map[uint64]bool, error) {
	others := make(map[uint64]bool) // mounts that are no FUSE; those that were taken off are not listed
	mounts, err := mountinfo.GetMounts(nil)
	if err != nil {
		return nil, err
	}
	for _, m := range mounts {
		if fuse, _, _ := bytes.Cut([]byte(m.FSType), []byte(".")); string(fuse) != "fuse" && string(fuse) != "fuseblk" {
			others[uint64(m.ID)] = true
		}
	}
	processes, err := filepath.Glob("/proc/[0-9]*/fdinfo")
	if err != nil {
		return nil, err
	}
	found := make(map[uint64]bool)
	for _, process := range processes {
		list, err := os.ReadDir(process)
		if err != nil { // it ended, or is another user's
			continue
		}
		for _, d := range list {
			info, err := os.ReadFile(filepath.Join(process, d.Name()))
			if err != nil {
				continue // it was closed since
			}
			if n, ok := writes(info, others); ok && inodes[n] {
				found[n] = true
			}
		}
	}
	return found, nil
}

// writes returns to which inode a descriptor leads of which /proc says this, if it can write and is in none of the
// mounts. A kernel before 5.14 does not say.
func writes(info []byte, mounts map[uint64]bool) (inode uint64, ok bool) {
	for line := range bytes.Lines(info) {
		key, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(":"))
		base := 10
		if string(key) == "flags" {
			base = 8
		}
		n, err := strconv.ParseUint(string(bytes.TrimSpace(value)), base, 64)
		switch {
		case err != nil:
		case string(key) == "flags" && n&unix.O_ACCMODE == unix.O_RDONLY, string(key) == "mnt_id" && mounts[n]:
			return 0, false
		case string(key) == "ino":
			return n, true
		}
	}
	return 0, false
}
