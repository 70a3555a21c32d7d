package oss

import (
	"fmt"
	"hash/crc64"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"

	"inboxfs/queue/ossdev/contest"
	"inboxfs/queue/ossdev/sink"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
	"inboxfs/queue/upload/ecma"
)

// content makes a real file that is in the page cache.
func content(b *testing.B, size int64) (transfer.Job, uint64) {
	b.Helper()
	job, _ := sparse(b, size)
	f, err := os.OpenFile(job.Path, os.O_RDWR, 0)
	if err != nil {
		b.Fatal(err)
	}
	p := make([]byte, min(1<<20, size))
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

// metered is a job whose bytes are counted as they go out, as the queue has them.
func metered(job transfer.Job) transfer.Job {
	job.Progress = transfer.NewProgress(time.Now, func() {}, new(transfer.Meter))
	return job
}

// What the fastest run of the SDK's own UploadFile used.
const benchPart, benchAtOnce = 16 << 20, 4

// BenchmarkLarge uploads 1 GiB to an endpoint that costs nothing, beside who sends the same bytes of the same file:
// net/http and a CRC-64, ours (bare) or Go's (bare-go), and the SDK's UploadFile, which is what command-line uploaders
// call.
//
//	go test ./queue/oss -run '^$' -bench Large -benchtime 7x
func BenchmarkLarge(b *testing.B) {
	s := newSink(b, "127.0.0.1:0")
	job, crc := content(b, 1<<30)
	s.Answer(crc)
	ours := func(o upload.Options) func() error {
		o.PartSize = benchPart
		u := upload.New(remote(b, s.URL), o)
		return func() error { _, err := u.Upload(b.Context(), metered(job), &watcher{}); return err }
	}
	sdk, bare := sdkBucket(b, s.URL), newPlain(b, s.URL, job)
	once := ours(upload.Options{Parts: benchAtOnce})
	var wire wired
	contest.Run(b, contest.Amount{Bytes: job.Size, CPU: true},
		contest.Way{Name: "ours", Once: once, Before: func() error { wire.begin(s); return nil },
			After: func() error { wire.end(s); return nil }},
		contest.Way{Name: "auto", Once: ours(upload.Options{Auto: true})},
		contest.Way{Name: "bare", Once: func() error { return bare.large(ecma.Update) }},
		contest.Way{Name: "bare-go", Once: func() error { return bare.large(goCRC) }},
		contest.Way{Name: "sdk", Once: func() error {
			return sdk.UploadFile("k", job.Path, benchPart,
				aliyun.Routines(benchAtOnce))
		}})
	wire.report(b)
}

// BenchmarkSmall uploads 2,000 files of 16 KiB, 16 at once, beside the same two.
//
//	go test ./queue/oss -run '^$' -bench Small -benchtime 7x
func BenchmarkSmall(b *testing.B) {
	const files = 2000
	s := newSink(b, "127.0.0.1:0")
	job, crc := content(b, 16<<10)
	s.Answer(crc)
	sdk, bare := sdkBucket(b, s.URL), newPlain(b, s.URL, job)
	u := upload.New(remote(b, s.URL), upload.Options{})
	all := func(once func() error) func() error { return func() error { return crowd(16, files, once) } }
	var wire wired
	contest.Run(b, contest.Amount{Files: files, CPU: true},
		contest.Way{Name: "ours",
			Once:   all(func() error { _, err := u.Upload(b.Context(), metered(job), &watcher{}); return err }),
			Before: func() error { wire.begin(s); return nil }, After: func() error { wire.end(s); return nil }},
		contest.Way{Name: "bare", Once: all(func() error { return bare.put(0, job.Size, ecma.Update) })},
		contest.Way{Name: "sdk", Once: all(func() error { return sdk.PutObjectFromFile("k", job.Path) })})
	wire.report(b)
}

// wired compares the bytes that came to a sink with those of the files.
type wired struct{ wire, body int64 }

func (w *wired) begin(s *sink.Sink) { w.wire -= s.Wire(); w.body -= s.Body() }
func (w *wired) end(s *sink.Sink)   { w.wire += s.Wire(); w.body += s.Body() }

// report says by how many percent there were more on the wire. Complete's XML counts as more, too.
func (w *wired) report(b *testing.B) {
	b.ReportMetric(100*float64(w.wire-w.body)/float64(w.body), "%-more-on-wire")
}

// crowd does something so many times, some at once.
func crowd(workers, times int, once func() error) error {
	var all sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(times))
	failed := make(chan error, workers)
	for range workers {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := once(); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(failed)
	return <-failed
}

func sdkBucket(b *testing.B, url string) *aliyun.Bucket {
	b.Helper()
	client, err := aliyun.New(url, keyID, secret, aliyun.AuthVersion(aliyun.AuthV4), aliyun.Region("cn-hangzhou"))
	if err != nil {
		b.Fatal(err)
	}
	sdk, err := client.Bucket(bucket)
	if err != nil {
		b.Fatal(err)
	}
	return sdk
}

// plain is nothing but net/http and a CRC-64.
type plain struct {
	client *http.Client
	url    string
	job    transfer.Job
}

func newPlain(b *testing.B, url string, job transfer.Job) *plain {
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32, WriteBufferSize: 256 << 10}}
	b.Cleanup(c.CloseIdleConnections)
	return &plain{c, url, job}
}

func (h *plain) large(update func(uint64, []byte) uint64) error {
	var next atomic.Int64
	return crowd(benchAtOnce, int(h.job.Size/benchPart),
		func() error { return h.put(next.Add(benchPart)-benchPart, benchPart, update) })
}

func (h *plain) put(off, size int64, update func(uint64, []byte) uint64) error {
	f, err := os.Open(h.job.Path)
	if err != nil {
		return err
	}
	defer f.Close() // it was only read
	req, err := http.NewRequest(http.MethodPut, h.url+"/k?partNumber=1", &summed{r: io.NewSectionReader(f, off, size),
		update: update})
	if err != nil {
		return err
	}
	req.ContentLength = size
	resp, err := h.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() // it was read to its end
	if _, err = io.Copy(io.Discard, resp.Body); err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("HTTP %s", resp.Status)
	}
	return err
}

var goTable = crc64.MakeTable(crc64.ECMA)

func goCRC(crc uint64, p []byte) uint64 { return crc64.Update(crc, goTable, p) }

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
