package sameness

import (
	"io/fs"
	"syscall"
)

func changed(info fs.FileInfo) (at int64, inode uint64) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ctimespec.Nano(), st.Ino
	}
	return 0, 0
}
