package queue

import (
	"io/fs"
	"syscall"
	"time"
)

// changed is when a file's content or attributes last changed: unlike the modification time, nobody can set it.
func changed(info fs.FileInfo) time.Time {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(st.Ctim.Unix())
	}
	return info.ModTime()
}
