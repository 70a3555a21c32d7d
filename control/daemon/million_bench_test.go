package daemon

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"inboxfs/queue/journal"
)

// Of a million entries so many are ready, in one folder of the inbox; the others are uploaded, and in folders of 900.
const million, waiting = 1_000_000, 100_000

// BenchmarkMillion mounts the program with a million entries and looks at what that costs; beside it is a mount without
// any.
//
//	TMPDIR=/a/disk go test ./control/daemon -run '^$' -bench Million -benchtime 1x
func BenchmarkMillion(b *testing.B) {
	program, flags := built(b), []string{"--oss-endpoint", "http://127.0.0.1:1", "--inbox-settle", "1h"}
	empty, full := newMounted(b, program, flags...), newMounted(b, program, flags...)
	fill(b, full.spool)
	full.start(b) // what the journal does not know of this machine is written down now
	for full.count(b, "ready") != waiting {
		time.Sleep(100 * time.Millisecond)
	}
	full.stop(b)
	empty.start(b)
	for b.Loop() {
		b.ReportMetric(full.start(b).Seconds(), "start-s")
		time.Sleep(2 * time.Second) // it gives back what the start took
		b.ReportMetric(float64(full.memory(b, "VmRSS:"))/million, "rss-B/entry")
		b.ReportMetric(float64(full.memory(b, "VmHWM:"))/(1<<20), "start-peak-MiB")
		info, err := os.Stat(filepath.Join(full.spool, "journal.db"))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/million, "journal-B/entry")

		began := time.Now()
		rows := bytes.Count(full.read(b, "list"), []byte("\n")) - 1
		if rows != million {
			b.Fatalf("%d rows", rows)
		}
		b.ReportMetric(million/time.Since(began).Seconds(), "list-rows/s")
		b.ReportMetric(full.each(b, 1000, func(i int) { full.read(b, "status/"+uploaded(i*899)) })*1e6, "status-us")
		b.ReportMetric(full.each(b, 3, func(int) { full.names(b, "status", million/900/10*9) })*1e3, "ls-status-ms")
		b.ReportMetric(full.each(b, 3, func(int) { full.names(b, "status/many", waiting) })*1e3, "ls-status/many-ms")
		b.ReportMetric(full.each(b, 3, func(int) { full.names(b, "inbox/many", waiting) })*1e3, "ls-inbox/many-ms")
		verb := func(i int) {
			full.write(b, "control", []string{"cancelFile ", "resumeFile "}[i%2]+"many/"+strconv.Itoa(i/2)+"\n")
		}
		b.ReportMetric(full.each(b, 200, verb)*1e3, "verb-ms")

		var over atomic.Bool
		lists := 0
		listed := make(chan bool)
		go func() {
			defer close(listed)
			for ; !over.Load(); lists++ {
				_, _ = os.ReadFile(full.mnt + "/list") // the verbs are what is measured
			}
		}()
		b.ReportMetric(full.each(b, 200, verb)*1e3, "verb-beside-list-ms")
		over.Store(true)
		<-listed

		var adds [2][]float64
		for round := range 9 {
			for i, m := range []*mount{empty, full} {
				adds[i] = append(adds[i], m.each(b, 1, func(int) {
					for n := range 300 {
						m.write(b, fmt.Sprintf("inbox/new%d/%d", round, n), "content")
					}
				}))
			}
		}
		slices.Sort(adds[0])
		slices.Sort(adds[1])
		b.ReportMetric(adds[1][4]/300*1e6, "add-us")
		b.ReportMetric(adds[1][4]/adds[0][4], "add/add-to-empty")
		b.ReportMetric(float64(full.memory(b, "VmHWM:"))/(1<<20), "peak-rss-MiB")
		full.stop(b)
	}
	b.ReportMetric(0, "ns/op")
	empty.stop(b)
}

func uploaded(i int) string { return fmt.Sprintf("folder%d/film%d.mp4", i/900, i) }

// fill makes a spool and a journal as a long life leaves them.
func fill(b *testing.B, spool string) {
	b.Helper()
	inbox, err := makeSpool(spool)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(inbox, "many"), 0o755); err != nil {
		b.Fatal(err)
	}
	j, err := journal.Open(filepath.Join(spool, "journal.db"))
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	batch := &journal.Batch{}
	for i := range million {
		r := journal.Record{ID: uint64(i + 1), Order: uint64(i + 1), State: "success", Name: uploaded(i), Size: 4096 +
			int64(i), ModTime: now.UnixNano(), Gen: 1,
			Added: now.UnixMilli(), Started: now.UnixMilli(), Finished: now.UnixMilli(), Bucket: "bucket",
			ETag:      "D41D8CD98F00B204E9800998ECF8427E",
			RequestID: "5C3D9175B6FC201293AD4890", CRC64: uint64(i) * 0x9e3779b97f4a7c15, HasCRC: true}
		r.Key = r.Name
		if n := i - (million - waiting); n >= 0 {
			r = journal.Record{ID: r.ID, Order: r.Order, State: "ready", Name: "many/" + strconv.Itoa(n),
				ModTime: now.UnixNano(), Gen: 1, Added: r.Added}
			path := filepath.Join(inbox, r.Name)
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				b.Fatal(err)
			}
			if err := os.Chtimes(path, now, now); err != nil {
				b.Fatal(err)
			}
		}
		if batch.Put = append(batch.Put, r); len(batch.Put) == 50_000 {
			batch.NextID, batch.NextOrder = r.ID+1, r.Order+1
			if err := j.Commit(batch); err != nil {
				b.Fatal(err)
			}
			batch = &journal.Batch{}
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
}
