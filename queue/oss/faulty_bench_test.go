package oss_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"context"

	"inboxfs/queue"
	"inboxfs/queue/eventlog"
	"inboxfs/queue/names"
	"inboxfs/queue/oss"
	"inboxfs/queue/oss/ossdev"
	"inboxfs/queue/upload"
)

// BenchmarkFaulty uploads a file of 256 MiB in parts of 1 MiB and 500 files of 16 KiB to an endpoint of which so many of a hundred
// requests meet each of a 503, a body that is cut, and an answer that is lost. Files that wait for their next try take no place
// of others, so 4 files at once are as good as 32.
//
//	go test ./queue/oss -run '^$' -bench Faulty -benchtime 3x
func BenchmarkFaulty(b *testing.B) {
	for _, percent := range []float64{0, 1, 5, 20} {
		for _, files := range []int{4, 32} {
			b.Run(fmt.Sprintf("faults=%v%%/files=%d", percent, files), func(b *testing.B) {
				var all time.Duration
				for b.Loop() {
					all += faulty(b, files, percent/100)
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(all.Seconds()/float64(b.N), "s")
			})
		}
	}
}

// faulty is how long it takes to upload all.
func faulty(b *testing.B, files int, chance float64) time.Duration {
	b.Helper()
	dir := b.TempDir()
	inbox := filepath.Join(dir, "inbox")
	check := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	check(os.Mkdir(inbox, 0o700))
	check(os.WriteFile(filepath.Join(inbox, "large"), make([]byte, 256<<20), 0o600))
	for i := range 500 {
		check(os.WriteFile(filepath.Join(inbox, fmt.Sprintf("small%d", i)), make([]byte, 16<<10), 0o600))
	}
	server, err := ossdev.Start("", ossdev.Options{Dir: filepath.Join(dir, "objects")})
	check(err)
	defer func() { check(server.Close()) }()
	server.AddKey(keyID, secret, "", time.Time{})
	check(server.CreateBucket(bucket))
	remote, err := oss.New(oss.Options{Endpoint: server.URL, Region: "cn-hangzhou", Bucket: bucket,
		Credentials: func(context.Context) (oss.Credentials, error) {
			return oss.Credentials{AccessKeyID: keyID, AccessKeySecret: secret}, nil
		},
		Proxy: func(*http.Request) (*url.URL, error) { return nil, nil }})
	check(err)
	log := slog.New(slog.DiscardHandler)
	journal, recovered, err := queue.Recover(filepath.Join(dir, "journal.db"), log)
	check(err)
	defer func() { check(journal.Close()) }()
	events, err := eventlog.Open(filepath.Join(dir, "events.log"), eventlog.Options{})
	check(err)
	defer func() { check(events.Close()) }()
	rules, err := names.Compile(names.DefaultIgnore, names.DefaultWait)
	check(err)
	q, err := queue.New(queue.Options{Inbox: inbox, Journal: journal, Events: events, Names: rules,
		Uploader: upload.New(remote, upload.Options{PartSize: 1 << 20, Auto: true}), Files: files, Settle: time.Millisecond, Log: log}, recovered)
	check(err)
	defer func() { check(q.Shutdown(context.Background())) }()
	for q.Summary().Counts[queue.Ready].Entries < 501 {
		time.Sleep(time.Millisecond)
	}
	if chance > 0 {
		for _, f := range []ossdev.Fault{{Code: "ServiceUnavailable"}, {CutBody: 8 << 10}, {ResetAfter: true}} {
			f.Chance = chance
			server.AddFault(f)
		}
	}
	began := time.Now()
	check(q.Do(b.Context(), queue.Start))
	check(q.WaitAll(b.Context()))
	return time.Since(began)
}
