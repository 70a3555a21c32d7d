package queue

import (
	"os"
	"syscall"
	"testing"
)

// TestWrittenUnderAnotherName settles a file that somebody writes by a name which nobody has told of.
func TestWrittenUnderAnotherName(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.Open("a", true)
	info := r.write("a", "half")
	if err := os.Link(r.path("a"), r.path(".twin")); err != nil {
		t.Fatal(err)
	}
	st := info.Sys().(*syscall.Stat_t)
	file := FileID{uint64(st.Dev), st.Ino}
	r.Writing(file)
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	for range 6 {
		r.up.none(t)
	}
	r.write("a", "half and whole")
	r.Written(file)
	if u := r.up.next(t); u.job.Size != 14 {
		t.Errorf("%d bytes are uploaded", u.job.Size)
	}
}
