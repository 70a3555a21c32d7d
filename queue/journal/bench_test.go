package journal

import (
	"fmt"
	"strconv"
	"testing"
)

// typical is a record as most are: waiting, or uploaded.
func typical(id uint64) Record {
	name := fmt.Sprintf("clips/2026/03/%08d.mp4", id)
	r := Record{ID: id, Name: name, State: "ready", Order: id, Size: 4096 + int64(id),
		ModTime: 1_772_000_000_123_456_789 + int64(id),
		Gen:     1, Added: 1_772_000_000_000 + int64(id)}
	if id%2 == 0 {
		r.State, r.Bucket, r.Key, r.ETag = "success", "my-bucket", "prefix/"+name,
			"\"D41D8CD98F00B204E9800998ECF8427E\""
		r.Started, r.Finished, r.CRC64, r.HasCRC, r.RequestID = r.Added+10, r.Added+500, id*0x9e3779b97f4a7c15, true,
			"5C3D9175B6FC201293AD4890"
	}
	return r
}

func BenchmarkCommit(b *testing.B) {
	for _, n := range []int{1, 64, 1024} {
		b.Run("records="+strconv.Itoa(n), func(b *testing.B) {
			j := openJournal(b, newPath(b))
			id := uint64(0)
			b.ReportAllocs()
			for b.Loop() {
				batch := &Batch{Put: make([]Record, n)}
				for i := range batch.Put {
					id++
					batch.Put[i] = typical(id)
				}
				batch.NextID = id + 1
				commit(b, j, batch)
			}
			b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkUpdate rewrites single records in a journal that holds many.
func BenchmarkUpdate(b *testing.B) {
	for _, held := range []int{1_000, 1_000_000} {
		b.Run("held="+strconv.Itoa(held), func(b *testing.B) {
			j := openJournal(b, newPath(b))
			fillJournal(b, j, held)
			id := uint64(0)
			for b.Loop() {
				id = (id + 7919) % uint64(held)
				commit(b, j, &Batch{Put: []Record{typical(id + 1)}})
			}
		})
	}
}

func fillJournal(b *testing.B, j *Journal, n int) {
	b.Helper()
	for id := uint64(1); id <= uint64(n); {
		batch := &Batch{}
		for ; len(batch.Put) < 50_000 && id <= uint64(n); id++ {
			batch.Put = append(batch.Put, typical(id))
		}
		commit(b, j, batch)
	}
}

// BenchmarkLoad is what a start with a million entries costs here: open, read all, close.
func BenchmarkLoad(b *testing.B) {
	const n = 1_000_000
	path := newPath(b)
	j := openJournal(b, path)
	fillJournal(b, j, n)
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		j, err := Open(path)
		if err != nil {
			b.Fatal(err)
		}
		loaded := 0
		if err := j.Load(func(Record) error { loaded++; return nil }); err != nil {
			b.Fatal(err)
		}
		if loaded != n {
			b.Fatalf("%d records", loaded)
		}
		if err := j.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "records/s")
}
