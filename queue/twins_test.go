package queue

import (
	"io"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"inboxfs/queue/spool"
)

// TestWrittenUnderAnotherName settles a file that somebody writes by a name which nobody has told of.
func TestWrittenUnderAnotherName(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	looks := make(chan chan struct{}) // the sealer waits until it may look at the file
	r.sealer.Sync = func(path string, look func(io.ReaderAt, fs.FileInfo)) (fs.FileInfo, error) {
		may := make(chan struct{})
		select {
		case looks <- may:
			<-may
		case <-t.Context().Done():
		}
		return spool.Sync(path, look)
	}
	id := r.Open("a", true)
	info := r.write("a", "half")
	if err := os.Link(r.path("a"), r.path(".twin")); err != nil {
		t.Fatal(err)
	}
	st := info.Sys().(*syscall.Stat_t)
	file := FileID{uint64(st.Dev), st.Ino}
	r.Writing(file)
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	next := func() chan struct{} {
		select {
		case may := <-looks:
			return may
		case u := <-r.up.uploads:
			t.Fatalf("%d bytes are uploaded", u.job.Size)
			return nil
		}
	}
	for range 3 {
		close(next())
	}
	may := next()
	r.write("a", "half and whole")
	r.Written(file)
	close(may)
	if u := r.up.next(t); u.job.Size != 14 {
		t.Errorf("%d bytes are uploaded", u.job.Size)
	}
}
