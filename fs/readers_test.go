package fs

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"inboxfs/queue"
	"inboxfs/queue/transfer"
)

// crowdedQueue is a queue with many entries, of which something changes between any two looks.
type crowdedQueue struct {
	*fakeQueue
	version atomic.Uint64
}

func (q *crowdedQueue) Version() uint64 { return q.version.Add(1) }

func (q *crowdedQueue) StatusDir(dir string) (names []queue.Name, ok bool) {
	for _, i := range q.infos {
		if path.Dir(i.Name) == dir {
			names = append(names, queue.Name{Name: path.Base(i.Name)})
		}
	}
	return append(names, queue.Name{Name: "folder", Dir: true}), true
}

func (q *crowdedQueue) Status(name string) (queue.Info, bool) {
	return entry(1, queue.Success, name), true
}

func (q *crowdedQueue) HasStatusDir(dir string) bool { return !strings.HasSuffix(dir, ".mp4") }

// readerScript opens a file of the mount, or the folder status, so many times, and looks whether what it reads stays as
// it is.
const readerScript = `ulimit -n 4096; exec python3 -c '
import os, sys
path, first = sys.argv[1], []
for i in range(int(sys.argv[2])):
    if path.endswith("status"):
        f = os.scandir(path + "/folder/with a name of some length")
        first.append((f, next(f)))
    else:
        f = os.open(path, os.O_RDONLY)
        first.append((f, os.pread(f, 4096, 100000)))
print(".", flush=True)
sys.stdin.readline()
for f, was in first:
    if type(f) is int and os.pread(f, 4096, 100000) != was:
        print("another content", flush=True)
print(".", flush=True)
sys.stdin.readline()
' "$M/%s" %d`

// manyReaders is how many there are at once.
var manyReaders = []int{200, 1000}

// TestReadersMemory has many readers keep list, list.json and a folder of status open, each of which would have a
// content of its own, and looks at what they hold, and at what they take on top of what one alone takes while it opens.
func TestReadersMemory(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // as the daemon does with so many
	const entries, most = 100_000, 128
	for _, name := range []string{"list", "list.json", "status"} {
		t.Run(name, func(t *testing.T) {
			q := &crowdedQueue{fakeQueue: &fakeQueue{}}
			for i := range entries {
				e := entry(transfer.ID(i+1), queue.Success, fmt.Sprintf("folder/with a name of some length/%06d.mp4", i))
				e.Bucket, e.Key, e.RequestID = "bucket", e.Name, "5948D49ABD3C209BFFD2F4BA"
				q.infos = append(q.infos, e)
			}
			m := mountTest(t, func(o *Options) { o.Queue = q })
			runtime.GC()
			before := inUse()
			alone, _ := m.readers(t, before, name, 1)
			for _, n := range manyReaders {
				peak, held := m.readers(t, before, name, n)
				t.Logf("%d readers: %d MiB at most, where one alone takes %d; %d MiB held", n, peak, alone, held)
				if held > most || peak > max(most, alone+most/2) {
					t.Error("that is too much")
				}
			}
		})
	}
}

// readers is how many MiB above before n readers take at most while they open, and how many they hold then.
func (m *testMount) readers(t *testing.T, before int, name string, n int) (peak, held int) {
	t.Helper()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for !closed(stop) {
			peak = max(peak, inUse()-before)
			time.Sleep(5 * time.Millisecond)
		}
	}()
	d := m.dialog(t, fmt.Sprintf(readerScript, name, n))
	d.read()
	close(stop)
	<-stopped
	runtime.GC()
	held = inUse() - before
	d.next()
	if said := d.read(); strings.Contains(said, "another") {
		t.Error("what an open file shows has changed")
	}
	d.next()
	for deadline := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) { // the kernel releases in its own time
		if runtime.GC(); inUse() <= before+4 {
			return peak, held
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d MiB are held of what is closed", inUse()-before)
		}
	}
}

func closed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// inUse is how many MiB objects take.
func inUse() int {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc >> 20)
}

// TestSnapshotsOnDisk has more held than may be in memory.
func TestSnapshotsOnDisk(t *testing.T) {
	t.Parallel()
	h := &held{dir: t.TempDir()}
	var version uint64
	r := &rendering{held: h, version: func() uint64 { return version }, render: func(b []byte) ([]byte, error) {
		return append(b, bytes.Repeat(fmt.Appendf(nil, "version %07d\n", version), 1<<20)...), nil
	}}
	var all []*snapshot
	for range 6 { // of 16 MiB each
		version++
		r.mu.Lock()
		r.last.began = time.Time{} // that was long ago
		r.mu.Unlock()
		for range 3 {
			s, err := h.take(r)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, s)
		}
	}
	if h.bytes > heldMost || all[0].file != nil || all[17].file == nil || all[15] != all[17] {
		t.Errorf("%d bytes are in memory; the first is in a file: %v, the last: %v", h.bytes, all[0].file != nil, all[17].file != nil)
	}
	if left, err := os.ReadDir(h.dir); err != nil || len(left) > 0 {
		t.Errorf("names are left: %v %v", left, err)
	}
	for i, s := range all {
		want := fmt.Sprintf("version %07d\n", i/3+1)
		got, no := s.Read(t.Context(), make([]byte, len(want)), int64(len(want)*1000))
		if no != 0 {
			t.Fatal(no)
		}
		if text, _ := got.Bytes(nil); string(text) != want {
			t.Errorf("handle %d reads %q, want %q", i, text, want)
		}
	}
	for _, s := range all {
		if no := s.Release(t.Context()); no != 0 {
			t.Error(no)
		}
	}
	if h.bytes != 0 || !all[17].closed.Load() {
		t.Errorf("%d bytes are left", h.bytes)
	}
	version++
	s, err := h.take(r)
	if err != nil || s.file != nil {
		t.Errorf("with nothing held, the next is in a file: %v", err)
	}
}
