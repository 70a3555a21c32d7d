package oss_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"inboxfs/queue"
	"inboxfs/queue/eventlog"
	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/oss"
	"inboxfs/queue/ossdev"
	"inboxfs/queue/upload"
)

// BenchmarkFaulty uploads a file of 256 MiB in parts of 1 MiB and 500 files of 16 KiB to an endpoint of which so many
// of a hundred requests meet each of a 503, a body that is cut, and an answer that is lost. Files that wait for their
// next try take no place of others, so 4 files at once are as good as 32.
//
//	go test ./queue/oss -run '^$' -bench Faulty -benchtime 3x
func BenchmarkFaulty(b *testing.B) {
	for _, percent := range []float64{0, 1, 5, 20} {
		for _, files := range []int{4, 32} {
			b.Run(fmt.Sprintf("faults=%v%%/files=%d", percent, files), func(b *testing.B) {
				var all time.Duration
				for b.Loop() {
					l := newLoad(b, files)
					l.write("large", 256<<20)
					for i := range 500 {
						l.write(fmt.Sprintf("small%d", i), 16<<10)
					}
					l.open()
					for _, f := range []ossdev.Fault{{Code: "ServiceUnavailable"}, {CutBody: 8 << 10},
						{ResetAfter: true}} {
						if f.Chance = percent / 100; f.Chance > 0 {
							l.server.AddFault(f)
						}
					}
					all += l.upload(501)
					l.close()
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(all.Seconds()/float64(b.N), "s")
			})
		}
	}
}

// BenchmarkFailing uploads 100 files of 1 MiB, four at once, that were added when so many others had failed for a while
// and go on to, and says how long that takes in relation to none that fails.
//
//	go test ./queue/oss -run '^$' -bench Failing -benchtime 5x
func BenchmarkFailing(b *testing.B) {
	const good = 100
	counts := []int{0, 4, 20, 80}
	all := make([]time.Duration, len(counts))
	for b.Loop() {
		for i, bad := range counts {
			l := newLoad(b, 4)
			l.open()
			l.server.AddFault(ossdev.Fault{Key: "bad*", Code: "InternalError"})
			for n := range bad {
				l.drop(fmt.Sprintf("bad%d", n), 1<<20)
			}
			l.upload(0)
			time.Sleep(3 * time.Second) // all have failed, more than once
			began := time.Now()
			for n := range good {
				l.drop(fmt.Sprintf("good%d", n), 1<<20)
			}
			l.upload(good)
			all[i] += time.Since(began)
			l.close()
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, bad := range counts {
		b.ReportMetric(all[i].Seconds()/float64(b.N), fmt.Sprintf("s-with-%d", bad))
	}
}

// load is a queue without a mount, and an endpoint beside it.
type load struct {
	b       *testing.B
	dir     string
	files   int
	server  *ossdev.Running
	queue   *queue.Queue
	closing []func() error
}

func newLoad(b *testing.B, files int) *load {
	l := &load{b: b, dir: b.TempDir(), files: files}
	l.check(os.Mkdir(filepath.Join(l.dir, "inbox"), 0o700))
	return l
}

func (l *load) check(err error) {
	l.b.Helper()
	if err != nil {
		l.b.Fatal(err)
	}
}

func (l *load) path(name string) string { return filepath.Join(l.dir, "inbox", name) }

func (l *load) write(name string, size int) {
	l.b.Helper()
	l.check(os.WriteFile(l.path(name), make([]byte, size), 0o600))
}

// drop writes a file as the mount does.
func (l *load) drop(name string, size int) {
	l.b.Helper()
	id := l.queue.Open(name, true)
	l.write(name, size)
	info, err := os.Stat(l.path(name))
	l.check(err)
	l.queue.Close(id, queue.Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
}

// open begins it, stopped, and waits until all files that are there are ready.
func (l *load) open() {
	l.b.Helper()
	var err error
	l.server, err = ossdev.Start("", ossdev.Options{Dir: filepath.Join(l.dir, "objects")})
	l.check(err)
	l.server.AddKey(keyID, secret, "", time.Time{})
	l.check(l.server.CreateBucket(bucket))
	remote, err := oss.New(oss.Options{Endpoint: l.server.URL, Region: "cn-hangzhou", Bucket: bucket,
		Credentials: func(context.Context) (oss.Credentials, error) {
			return oss.Credentials{AccessKeyID: keyID, AccessKeySecret: secret}, nil
		},
		Proxy: func(*http.Request) (*url.URL, error) { return nil, nil }})
	l.check(err)
	log := slog.New(slog.DiscardHandler)
	journal, recovered, err := queue.Recover(filepath.Join(l.dir, "journal.db"), log)
	l.check(err)
	events, err := eventlog.Open(filepath.Join(l.dir, "events.log"), eventlog.Options{})
	l.check(err)
	rules, err := names.Compile(names.DefaultIgnore, names.DefaultWait)
	l.check(err)
	l.queue, err = queue.New(queue.Options{Inbox: filepath.Join(l.dir, "inbox"), Journal: journal, Events: events,
		Names:    rules,
		Uploader: upload.New(remote, upload.Options{PartSize: 1 << 20, Auto: true}), Files: l.files,
		Settle: time.Millisecond, Log: log}, recovered)
	l.check(err)
	l.closing = []func() error{func() error { return l.queue.Shutdown(context.Background()) }, events.Close,
		journal.Close, l.server.Close}
	for l.queue.Summary().Counts[list.Receiving].Entries > 0 {
		time.Sleep(time.Millisecond)
	}
}

// upload starts the queue, and returns how long it takes until so many files are uploaded.
func (l *load) upload(n int64) time.Duration {
	l.b.Helper()
	began := time.Now()
	l.check(l.queue.Do(l.b.Context(), queue.Start))
	for l.queue.Summary().Counts[list.Success].Entries < n {
		time.Sleep(time.Millisecond)
	}
	return time.Since(began)
}

func (l *load) close() {
	l.b.Helper()
	for _, end := range l.closing {
		l.check(end())
	}
}
