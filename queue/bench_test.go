package queue

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/transfer"
)

// nowhere is a journal and an event log that cost nothing, so that the queue's own cost is what is measured.
type nowhere struct{}

func (nowhere) Commit(*journal.Batch) error    { return nil }
func (nowhere) Append(...eventlog.Event) error { return nil }
func (nowhere) Sync() error                    { return nil }
func (nowhere) Tail(int64) ([]byte, error)     { return nil, io.EOF }
func (nowhere) LastSeq() uint64                { return 0 }
func (nowhere) GoOn(uint64, int)               {}

// crowded is a stopped queue of n ready entries, a hundred to a folder.
func crowded(b *testing.B, n int) *Queue {
	b.Helper()
	rules, err := names.Compile(names.DefaultIgnore, names.DefaultWait)
	if err != nil {
		b.Fatal(err)
	}
	q, err := New(Options{Inbox: b.TempDir(), Journal: nowhere{}, Events: nowhere{}, Uploader: &fakeUploader{},
		Names: rules, Files: 1,
		Settle: time.Hour, RelaySettle: time.Hour, Log: slog.New(slog.DiscardHandler)}, &Recovered{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := q.Shutdown(b.Context()); err != nil {
			b.Error(err)
		}
	})
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range n {
		e := q.newLocked(fmt.Sprintf("folder%d/file%d.mp4", i/100, i))
		q.resizeLocked(e, 1<<20)
		q.list.Rank(e)
		e.sealed, e.dirty = true, false
		q.setLocked(e, list.Ready)
	}
	return q
}

// BenchmarkAdd creates and closes one more drop.
func BenchmarkAdd(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			q, at := crowded(b, n), time.Now()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				id := q.Open(fmt.Sprintf("new%d/file%d.mp4", i/100, i), true)
				q.Close(id, Closed{Changed: true, Size: 1 << 20, ModTime: at})
			}
		})
	}
}

// BenchmarkVerb cancels an entry and takes that back.
func BenchmarkVerb(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			q := crowded(b, n)
			for i := 0; b.Loop(); i++ {
				id := transfer.ID(i%n + 1)
				for _, v := range []Verb{Cancel, Restore} {
					if err := q.DoFile(b.Context(), v, id); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkKnown asks what each abort and each look for orphans asks.
func BenchmarkKnown(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			q := crowded(b, n)
			for b.Loop() {
				if q.hasVideo("a video") || q.hasUpload("a key", "an upload") {
					b.Fatal("nobody has them")
				}
			}
		})
	}
}

// BenchmarkRenameFolder gives a folder of 100,000 entries another name, and says how long another program had to wait
// at most to drop a file meanwhile, until all entries have followed; alone is what it waits when nothing else is done,
// for the machine and other programs.
func BenchmarkRenameFolder(b *testing.B) {
	const n = 100_000
	q := crowded(b, n)
	name := func(i int) string { return fmt.Sprintf("top%d", i) }
	q.mu.Lock()
	for i := range n {
		e := q.newLocked(fmt.Sprintf("%s/sub%d/file%d", name(0), i/100, i))
		q.list.Rank(e)
		e.sealed, e.dirty = true, false
		q.setLocked(e, list.Ready)
	}
	q.mu.Unlock()
	if err := os.Mkdir(q.spoolPath(name(0)), 0o755); err != nil {
		b.Fatal(err)
	}
	moves := 0
	longest := others(b, q, func() {
		for b.Loop() {
			free := q.GuardAll()
			if err := os.Rename(q.spoolPath(name(moves)), q.spoolPath(name(moves+1))); err != nil {
				b.Fatal(err)
			}
			q.Renamed(name(moves), name(moves+1), 0, Owner)
			free()
			moves++
			for last := fmt.Sprintf("%s/sub%d/file%d", name(moves), n/100-1, n-1); ; time.Sleep(time.Millisecond) {
				q.mu.Lock()
				e, followed := q.tree.get(last), len(q.moving) == 0
				q.mu.Unlock()
				if e == nil {
					b.Fatal("it has not its new name")
				}
				if followed {
					break
				}
			}
		}
	})
	alone := others(b, q, func() { time.Sleep(b.Elapsed()) })
	b.ReportMetric(float64(longest.Microseconds())/1000, "ms-longest-wait")
	b.ReportMetric(float64(alone.Microseconds())/1000, "ms-alone")
}

// BenchmarkClearFinished says how long another program had to wait at most while 100,000 uploaded entries go at once.
func BenchmarkClearFinished(b *testing.B) {
	const n = 100_000
	q := crowded(b, n)
	q.mu.Lock()
	for e := range q.list.All() {
		q.list.OutOfLine(e)
		q.setLocked(e, list.Uploading)
		e.bare, e.arrived = true, false
		q.setLocked(e, list.Success)
	}
	q.mu.Unlock()
	var took time.Duration
	longest := others(b, q, func() {
		for b.Loop() {
			began := time.Now()
			if _, err := q.ClearFinished(b.Context()); err != nil {
				b.Fatal(err)
			}
			took = max(took, time.Since(began))
		}
	})
	alone := others(b, q, func() { time.Sleep(time.Second) })
	b.ReportMetric(float64(took.Microseconds())/1000, "ms-clear")
	b.ReportMetric(float64(longest.Microseconds())/1000, "ms-longest-wait")
	b.ReportMetric(float64(alone.Microseconds())/1000, "ms-alone")
}

// others drops files one after another while something else is done, and returns the longest time that one took.
func others(b *testing.B, q *Queue, meanwhile func()) (longest time.Duration) {
	b.Helper()
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			began := time.Now()
			name := fmt.Sprintf("other%d", i%100)
			free := q.Guard(name)
			id := q.Open(name, true)
			q.Close(id, Closed{Changed: true, Size: 1, ModTime: began})
			q.Removed(name)
			free()
			longest = max(longest, time.Since(began))
			time.Sleep(100 * time.Microsecond)
		}
	}()
	meanwhile()
	close(stop)
	<-ended
	return longest
}

// BenchmarkList renders nothing: it is what list waits for, and for how long nobody else gets the lock.
func BenchmarkList(b *testing.B) {
	q := crowded(b, 100_000)
	for b.Loop() {
		if n := len(q.List()); n != 100_000 {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.N)*100_000/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkStart brings a queue back whose spool holds files that the journal does not know.
func BenchmarkStart(b *testing.B) {
	const n = 10_000
	dir := b.TempDir()
	for i := range n {
		writeFile(b, filepath.Join(dir, fmt.Sprintf("folder%d", i/100), fmt.Sprintf("file%d.mp4", i)))
	}
	rules, err := names.Compile(names.DefaultIgnore, names.DefaultWait)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		q, err := New(Options{Inbox: dir, Journal: nowhere{}, Events: nowhere{}, Uploader: &fakeUploader{},
			Names: rules, Files: 1,
			Settle: time.Hour, RelaySettle: time.Hour, Log: slog.New(slog.DiscardHandler)}, &Recovered{})
		if err != nil {
			b.Fatal(err)
		}
		if got := q.Summary().Counts[list.Receiving].Entries; got != n {
			b.Fatal(got)
		}
		if err := q.Shutdown(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "files/s")
}

func writeFile(b *testing.B, path string) {
	b.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkOverview costs the same however long the list is.
func BenchmarkOverview(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			q := crowded(b, n)
			b.ReportAllocs()
			for b.Loop() {
				if o := q.Overview(50); len(o.Entries[list.Ready]) != 50 {
					b.Fatal("not all that were asked for")
				}
			}
		})
	}
}
