package oss

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"inboxfs/queue/ossdev/sink"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
	"inboxfs/queue/upload/ecma"
	"inboxfs/queue/upload/level"
)

func newSink(tb testing.TB, address string) *sink.Sink {
	tb.Helper()
	s, err := sink.Start(address)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// remote is the bucket at url.
func remote(tb testing.TB, url string) *Remote {
	tb.Helper()
	r, err := New(Options{Endpoint: url, Region: "cn-hangzhou", Bucket: bucket, Credentials: fixed(keyID, secret, ""),
		Parallelism: 80})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(r.Close)
	return r
}

// sparse makes a file of size zeros that takes no room, and tells its CRC64.
func sparse(tb testing.TB, size int64) (transfer.Job, uint64) {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "sparse")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.Truncate(path, size); err != nil {
		tb.Fatal(err)
	}
	crc, n := ecma.Update(0, []byte{0}), int64(1)
	for ; n < size; n *= 2 { // size is a power of two
		crc = ecma.Combine(crc, crc, n)
	}
	return transfer.Job{ID: 1, Name: "sparse", Path: path, Size: size}, crc
}

// Parts in flight, five of 64 MiB or as many as there ever are, take no memory of that order. Not parallel: it measures
// the process.
func TestMemoryWhileUploading(t *testing.T) {
	if testing.Short() {
		t.Skip("sends 2 GiB")
	}
	s := newSink(t, "127.0.0.1:0")
	job, crc := sparse(t, 1<<30)
	s.Answer(crc)
	for _, o := range []upload.Options{{PartSize: 64 << 20, Parts: 5}, {PartSize: 16 << 20, Parts: level.Most}} {
		u := upload.New(remote(t, s.URL), o)
		var before, now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		done := make(chan error, 1)
		go func() { _, err := u.Upload(t.Context(), job, &watcher{}); done <- err }()
		var heap, sys uint64
		for tick, busy := time.NewTicker(20*time.Millisecond), true; busy; {
			select {
			case err := <-done:
				tick.Stop()
				if err != nil {
					t.Fatal(err)
				}
				busy = false
			case <-tick.C:
				runtime.ReadMemStats(&now)
				heap, sys = max(heap, now.HeapAlloc, before.HeapAlloc), max(sys, now.Sys, before.Sys)
			}
		}
		t.Logf("heap grew by up to %d KiB, memory from the system by %d KiB", (heap-before.HeapAlloc)>>10,
			(sys-before.Sys)>>10)
		// Half of what 64 parts take are the buffers of the sink, which is in this process, too.
		if heap > before.HeapAlloc+44<<20 || sys > before.Sys+60<<20 {
			t.Errorf("that is more than 44 MiB, or 60 MiB")
		}
	}
}
