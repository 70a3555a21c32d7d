package queue

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"inboxfs/queue/spool"
)

// swapped is a name under which there is a regular file, a fifo, a link to that and a folder by turns, until the test
// ends.
func swapped(t *testing.T) (path string) {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "inboxfs") // where a sync takes no time, so that the name is opened more often
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // of the other it is removed twice
	at := func(name string) string { return filepath.Join(dir, name) }
	err = errors.Join(os.WriteFile(at("file"), []byte("content"), 0o644), unix.Mkfifo(at("fifo"), 0o644),
		os.Symlink("fifo", at("link")), os.Mkdir(at("folder"), 0o755))
	if err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan error, 1)
	t.Cleanup(func() {
		close(stop)
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		// Whoever waits for a writer of the fifo may go on.
		if f, err := os.OpenFile(at("fifo"), os.O_RDWR, 0); err == nil {
			defer f.Close()
			time.Sleep(time.Millisecond)
		}
	})
	turn := func(kind string) error {
		switch kind {
		case "folder": // nothing takes its place but when it is gone
			return errors.Join(os.Remove(at("name")), os.Rename(at("folder"), at("name")),
				os.Rename(at("name"), at("folder")), os.WriteFile(at("name"), nil, 0o644))
		case "link":
			return errors.Join(os.Symlink("fifo", at("new")), os.Rename(at("new"), at("name")))
		}
		return errors.Join(os.Link(at(kind), at("new")), os.Rename(at("new"), at("name")), os.RemoveAll(at("new")))
	}
	go func() {
		for {
			for _, kind := range []string{"file", "fifo", "file", "link", "folder"} {
				select {
				case <-stop:
					stopped <- nil
					return
				default:
				}
				if err := turn(kind); err != nil {
					stopped <- err
					return
				}
			}
		}
	}()
	return at("name")
}

// TestNothingWaitsForAFifo puts fifos in the way of what is about to be opened: an open that waited for a writer would
// never end.
func TestNothingWaitsForAFifo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for what, open := range map[string]func(path string){
		"sealed":      func(path string) { _, _ = spool.Sync(path, func(io.ReaderAt, fs.FileInfo) {}) },
		"written out": spool.StartSync,
		"synced":      func(path string) { _ = spool.SyncFolder(path) },
		"listed":      func(path string) { _ = eachBatch(path, func([]fs.DirEntry) bool { return true }) },
		"searched":    func(path string) { _, _, _, _ = r.scan(path) },
		"removed": func(path string) {
			free, _ := spool.RemoveFile(filepath.Dir(path), filepath.Base(path)+
				"/x")
			free()
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			path := swapped(t)
			for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
				done := make(chan struct{})
				go func() {
					defer close(done)
					for range 100 {
						open(path)
					}
				}()
				select {
				case <-done:
				case <-time.After(10 * time.Second):
					t.Fatal("it waits")
				}
			}
		})
	}
}
