package oss

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"inboxfs/queue/ossdev/farline"
	"inboxfs/queue/ossdev/sink"
	"inboxfs/queue/upload"
	"inboxfs/queue/upload/ecma"
)

// farRate is how many bytes per second of packets a line takes, in the benchmarks below.
const farRate = 12 << 20

// far is a sink behind a line of 100 ms, 12 MiB/s, and some losses.
func far(b *testing.B, control string, loss float64) (*sink.Sink, *Remote) {
	b.Helper()
	l, err := farline.Start(farline.Options{RoundTrip: 100 * time.Millisecond, Loss: loss, Rate: farRate,
		Queue: 100 * time.Millisecond, Control: control})
	if err != nil {
		b.Skipf("SKIPPED, NOTHING MEASURED: %v", err)
	}
	b.Cleanup(func() {
		if err := l.Close(); err != nil {
			b.Error(err)
		}
	})
	s := newSink(b, l.Near+":0")
	u, err := url.Parse(s.URL)
	if err != nil {
		b.Fatal(err)
	}
	return s, remote(b, "http://"+net.JoinHostPort(l.Far, u.Port()))
}

// BenchmarkFar uploads one file for 40 s over a line of 100 ms, with and without losses of 1 % of the packets, and says
// what part of the line's rate it used (%-of-line), of which the headers of packets take 3.5, and in the last 10 s
// (%-at-end). The kernel's congestion control makes a great difference, so it is done with two.
//
//	go test ./queue/oss -run '^$' -bench Far$ -benchtime 1x
func BenchmarkFar(b *testing.B) {
	const during, end = 40 * time.Second, 10 * time.Second
	for _, line := range []struct {
		control string
		loss    float64
	}{{"cubic", 0}, {"cubic", 0.01}, {"bbr", 0.01}} {
		for _, way := range []struct {
			name string
			o    upload.Options
		}{{"parts=5", upload.Options{Parts: 5}}, {"parts=auto", upload.Options{Auto: true}}} {
			b.Run(fmt.Sprintf("%s/loss=%v/%s", line.control, line.loss, way.name), func(b *testing.B) {
				var all, last float64
				for b.Loop() {
					s, remote := far(b, line.control, line.loss)
					job, _ := sparse(b, 1<<40)
					u := upload.New(remote, way.o)
					ctx, cancel := context.WithTimeout(b.Context(), during)
					var ending sync.WaitGroup
					ending.Go(func() {
						_, _ = u.Upload(ctx, job, &watcher{}) // it is cut off
					})
					time.Sleep(during - end)
					before := s.Body()
					time.Sleep(end)
					all, last = float64(s.Body())/during.Seconds(), float64(s.Body()-before)/end.Seconds()
					cancel()
					ending.Wait()
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(100*all/farRate, "%-of-line")
				b.ReportMetric(100*last/farRate, "%-at-end")
				b.ReportMetric(all/(1<<20), "MiB/s")
			})
		}
	}
}

// BenchmarkFarSmall sends files of 16 KiB over the same line for 8 s, so many at once, and says how near that is to the
// one round trip that each of them takes at least (%-of-trips). bare is net/http and a CRC-64 with the same files.
//
//	go test ./queue/oss -run '^$' -bench FarSmall -benchtime 1x
func BenchmarkFarSmall(b *testing.B) {
	const during = 8 * time.Second
	for _, atOnce := range []int{4, 32} {
		for _, name := range []string{"ours", "bare"} {
			b.Run(fmt.Sprintf("files=%d/%s", atOnce, name), func(b *testing.B) {
				var rate float64
				for b.Loop() {
					s, remote := far(b, "cubic", 0)
					job, crc := sparse(b, 16<<10)
					s.Answer(crc)
					u, plain := upload.New(remote, upload.Options{}), newPlain(b, remote.at.URL, job)
					once := func() error { _, err := u.Upload(b.Context(), job, &watcher{}); return err }
					if name == "bare" {
						once = func() error { return plain.put(0, job.Size, ecma.Update) }
					}
					var sent atomic.Int64
					over := time.Now().Add(during)
					if err := crowd(atOnce, atOnce, func() error {
						for time.Now().Before(over) {
							if err := once(); err != nil {
								return err
							}
							sent.Add(1)
						}
						return nil
					}); err != nil {
						b.Fatal(err)
					}
					rate = float64(sent.Load()) / during.Seconds()
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(rate, "files/s")
				b.ReportMetric(100*rate/float64(atOnce)*0.1, "%-of-trips")
			})
		}
	}
}
