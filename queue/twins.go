package queue

import (
	"io/fs"
	"syscall"
)

// FileID is a file by whatever name.
type FileID struct{ Dev, Ino uint64 }

// Writing says that a handle which can write is open on a file with several names. The filesystem knows only those that
// it was asked for since it began: under the others the file must not be taken for complete either. Written takes that
// back, once the handle is closed.
func (q *Queue) Writing(id FileID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.twins[id]++
}

// Written ends what Writing began.
func (q *Queue) Written(id FileID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.twins[id]--; q.twins[id] <= 0 {
		delete(q.twins, id)
	}
}

// beingWrittenLocked reports whether somebody writes the file under another name.
func (q *Queue) beingWrittenLocked(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Nlink > 1 && q.twins[FileID{uint64(st.Dev), st.Ino}] > 0
}
