package fs

import (
	"fmt"
	"path"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// crowdedQueue is a queue with many entries, of which something changes between any two looks.
type crowdedQueue struct {
	*fakeQueue
	version atomic.Uint64
}

func (q *crowdedQueue) Version() uint64 { return q.version.Add(1) }

func (q *crowdedQueue) StatusDir(dir string) (names []list.Name, ok bool) {
	for _, i := range q.infos {
		if path.Dir(i.Name) == dir {
			names = append(names, list.Name{Name: path.Base(i.Name)})
		}
	}
	return append(names, list.Name{Name: "folder", Dir: true}), true
}

func (q *crowdedQueue) Status(name string) (list.Info, bool) {
	return entry(1, list.Success, name), true
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
	if testing.Short() {
		t.Skip("takes seconds")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // as the daemon does with so many
	const entries, most = 100_000, 128
	for _, name := range []string{"list", "list.json", "status"} {
		t.Run(name, func(t *testing.T) {
			q := &crowdedQueue{fakeQueue: &fakeQueue{}}
			for i := range entries {
				e := entry(transfer.ID(i+1), list.Success, fmt.Sprintf("folder/with a name of some length/%06d.mp4",
					i))
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
