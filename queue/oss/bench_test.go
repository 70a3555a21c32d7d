package oss

import (
	"fmt"
	"hash/crc64"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"

	"inboxfs/queue"
	"inboxfs/queue/upload"
	"inboxfs/queue/upload/ecma"
)

// sink is a server that takes everything and keeps nothing. It answers crc as that of each finished object.
type sink struct {
	url string
	crc atomic.Uint64
}

func newSink(tb testing.TB) *sink {
	tb.Helper()
	s := &sink{}
	buffers := sync.Pool{New: func() any { return new([256 << 10]byte) }}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := buffers.Get().(*[256 << 10]byte)
		defer buffers.Put(p)
		for {
			if _, err := r.Body.Read(p[:]); err != nil {
				break
			}
		}
		h := w.Header()
		h.Set("x-oss-request-id", "R1")
		h.Set("ETag", `"E"`)
		q := r.URL.RawQuery
		switch {
		case strings.HasPrefix(q, "uploads"):
			_, _ = io.WriteString(w, "<InitiateMultipartUploadResult><Key>k</Key><UploadId>U</UploadId></InitiateMultipartUploadResult>")
		case r.Method == http.MethodPost:
			h.Set("x-oss-hash-crc64ecma", fmt.Sprint(s.crc.Load()))
			_, _ = io.WriteString(w, `<CompleteMultipartUploadResult><ETag>"E"</ETag></CompleteMultipartUploadResult>`)
		case q == "":
			h.Set("x-oss-hash-crc64ecma", fmt.Sprint(s.crc.Load()))
		}
	})}
	go func() { _ = server.Serve(listener) }() // says only that it was closed
	tb.Cleanup(func() { _ = server.Close() })
	s.url = "http://" + listener.Addr().String()
	return s
}

func (s *sink) remote(tb testing.TB) *Remote {
	tb.Helper()
	r, err := New(Options{Endpoint: s.url, Region: "cn-hangzhou", Bucket: bucket, Credentials: fixed(keyID, secret, ""), Parallelism: 32})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(r.Close)
	return r
}

// sparse makes a file of size zeros that takes no room, and tells its CRC64.
func sparse(tb testing.TB, size int64) (queue.Job, uint64) {
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
	return queue.Job{ID: 1, Name: "sparse", Path: path, Size: size}, crc
}

// Five parts of 64 MiB in flight take no memory of that order. Not parallel: it measures the process.
func TestMemoryWhileUploading(t *testing.T) {
	if testing.Short() {
		t.Skip("sends 1 GiB")
	}
	s := newSink(t)
	job, crc := sparse(t, 1<<30)
	s.crc.Store(crc)
	u := upload.New(s.remote(t), upload.Options{PartSize: 64 << 20, Parts: 5})

	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	done := make(chan error, 1)
	go func() { _, err := u.Upload(t.Context(), job, &watcher{}); done <- err }()
	var heap, sys uint64
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case err := <-done:
			tick.Stop()
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("heap grew by up to %d KiB, memory from the system by %d KiB", (heap-before.HeapAlloc)>>10, (sys-before.Sys)>>10)
			if heap > before.HeapAlloc+24<<20 || sys > before.Sys+48<<20 {
				t.Errorf("that is more than 24 MiB, or 48 MiB")
			}
			return
		case <-tick.C:
			runtime.ReadMemStats(&now)
			heap, sys = max(heap, now.HeapAlloc, before.HeapAlloc), max(sys, now.Sys, before.Sys)
		}
	}
}

// content makes a real file, read once so that it is in the page cache.
func content(b *testing.B, size int64) (queue.Job, uint64) {
	b.Helper()
	job, _ := sparse(b, size)
	f, err := os.OpenFile(job.Path, os.O_RDWR, 0)
	if err != nil {
		b.Fatal(err)
	}
	p := make([]byte, 1<<20)
	var crc uint64
	for off := int64(0); off < size; off += int64(len(p)) {
		for i := range p {
			p[i] = byte(int64(i)*7 + off>>20)
		}
		if _, err := f.WriteAt(p, off); err != nil {
			b.Fatal(err)
		}
		crc = ecma.Update(crc, p)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return job, crc
}

// measure reports throughput and the CPU time of this process, server included, per GiB.
func measure(b *testing.B, size int64, once func() error) {
	b.SetBytes(size)
	began := cpu(b)
	for b.Loop() {
		if err := once(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpu(b)-began).Seconds()/float64(b.N)/float64(size)*(1<<30), "cpu-s/GiB")
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const benchPart, benchAtOnce = 16 << 20, 4 // what the fastest SDK run of the comparison used

func BenchmarkUpload1GiB(b *testing.B) {
	s := newSink(b)
	job, crc := content(b, 1<<30)
	s.crc.Store(crc)
	u := upload.New(s.remote(b), upload.Options{PartSize: benchPart, Parts: benchAtOnce})
	measure(b, job.Size, func() error { _, err := u.Upload(b.Context(), job, &watcher{}); return err })
}

// BenchmarkBareHTTP sends the same bytes of the same file with nothing but net/http and a CRC.
func BenchmarkBareHTTP(b *testing.B) {
	table := crc64.MakeTable(crc64.ECMA)
	for name, update := range map[string]func(uint64, []byte) uint64{
		"ours":       ecma.Update,
		"hash-crc64": func(crc uint64, p []byte) uint64 { return crc64.Update(crc, table, p) },
	} {
		b.Run(name, func(b *testing.B) {
			s := newSink(b)
			job, _ := content(b, 1<<30)
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchAtOnce, WriteBufferSize: 256 << 10}}
			defer client.CloseIdleConnections()
			measure(b, job.Size, func() error { return plain(client, s.url, job, update) })
		})
	}
}

func plain(client *http.Client, url string, job queue.Job, update func(uint64, []byte) uint64) error {
	f, err := os.Open(job.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	var next atomic.Int64
	failed := make(chan error, benchAtOnce)
	for range benchAtOnce {
		go func() {
			for {
				off := next.Add(benchPart) - benchPart
				if off >= job.Size {
					failed <- nil
					return
				}
				body := &summed{r: io.NewSectionReader(f, off, benchPart), update: update}
				req, err := http.NewRequest(http.MethodPut, url+"/k?partNumber=1", body)
				if err == nil {
					req.ContentLength = benchPart
					var resp *http.Response
					if resp, err = client.Do(req); err == nil {
						_, err = io.Copy(io.Discard, resp.Body)
						_ = resp.Body.Close() // read to its end
					}
				}
				if err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	for range benchAtOnce {
		if e := <-failed; e != nil {
			err = e
		}
	}
	return err
}

type summed struct {
	r      io.Reader
	crc    uint64
	update func(uint64, []byte) uint64
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.crc = s.update(s.crc, p[:n])
	return n, err
}

// BenchmarkSDK is the SDK's own UploadFile, with the same parts.
func BenchmarkSDK(b *testing.B) {
	s := newSink(b)
	job, crc := content(b, 1<<30)
	s.crc.Store(crc)
	client, err := aliyun.New(s.url, keyID, secret, aliyun.AuthVersion(aliyun.AuthV4), aliyun.Region("cn-hangzhou"))
	if err != nil {
		b.Fatal(err)
	}
	sdk, err := client.Bucket(bucket)
	if err != nil {
		b.Fatal(err)
	}
	measure(b, job.Size, func() error { return sdk.UploadFile("k", job.Path, benchPart, aliyun.Routines(benchAtOnce)) })
}

// BenchmarkSmallFiles sends 2,000 files of 16 KiB, 16 at once.
func BenchmarkSmallFiles(b *testing.B) {
	const files, workers = 2000, 16
	s := newSink(b)
	job, _ := content(b, 1<<20)
	if err := os.Truncate(job.Path, 16<<10); err != nil {
		b.Fatal(err)
	}
	p, err := os.ReadFile(job.Path)
	if err != nil {
		b.Fatal(err)
	}
	job.Size = 16 << 10
	s.crc.Store(ecma.Update(0, p))
	client, err := aliyun.New(s.url, keyID, secret, aliyun.AuthVersion(aliyun.AuthV4), aliyun.Region("cn-hangzhou"))
	if err != nil {
		b.Fatal(err)
	}
	sdk, err := client.Bucket(bucket)
	if err != nil {
		b.Fatal(err)
	}
	u := upload.New(s.remote(b), upload.Options{})
	for name, once := range map[string]func() error{
		"ours": func() error { _, err := u.Upload(b.Context(), job, &watcher{}); return err },
		"sdk":  func() error { return sdk.PutObjectFromFile("k", job.Path) },
	} {
		b.Run(name, func(b *testing.B) {
			measure(b, files*job.Size, func() error {
				var wg sync.WaitGroup
				var left atomic.Int32
				left.Store(files)
				failed := make(chan error, workers)
				for range workers {
					wg.Go(func() {
						for left.Add(-1) >= 0 {
							if err := once(); err != nil {
								failed <- err
								return
							}
						}
					})
				}
				wg.Wait()
				close(failed)
				return <-failed
			})
			b.ReportMetric(float64(files)*float64(b.N)/b.Elapsed().Seconds(), "files/s")
		})
	}
}
