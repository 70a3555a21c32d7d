package oss

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dustin/go-humanize"

	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
)

// BenchmarkLimit sends for seven seconds under a limit, and says how far (off-%) any five of them were off it, and how
// much more than its share went in any tenth of a second (burst-%). Two files share the line, of which the slower has
// share-% of what the faster has.
//
//	go test ./queue/oss -run '^$' -bench Limit -benchtime 1x
func BenchmarkLimit(b *testing.B) {
	for _, limit := range []int64{1 << 20, 20 << 20, 200 << 20} {
		b.Run(humanize.IBytes(uint64(limit)), func(b *testing.B) {
			// over steps: 5 s
			const step, from, during, over = 100 * time.Millisecond, 1500 * time.Millisecond, 7 * time.Second, 50
			var off, burst, share float64
			for b.Loop() {
				s := newSink(b, "127.0.0.1:0")
				job, _ := sparse(b, 1<<34)
				u := upload.New(remote(b, s.URL), upload.Options{})
				u.Limit(limit)
				ctx, cancel := context.WithTimeout(b.Context(), during+time.Second)
				var both sync.WaitGroup
				var acked [2]atomic.Int64
				for i := range acked {
					both.Go(func() {
						j := job
						j.Name = fmt.Sprint(i)
						// it is cut off
						_, _ = u.Upload(ctx, j, &watcher{onAck: func(p transfer.Part) { acked[i].Add(p.Size) }})
					})
				}
				time.Sleep(from)
				var sums []int64
				var at []time.Time
				for tick := time.NewTicker(step); len(sums) <= int((during-from)/step); <-tick.C {
					sums, at = append(sums, s.Body()), append(at, time.Now())
				}
				cancel()
				both.Wait()
				for i := range sums {
					if i >= over {
						rate := float64(sums[i]-sums[i-over]) / at[i].Sub(at[i-over]).Seconds()
						off = max(off, 100*(rate/float64(limit)-1), 100*(1-rate/float64(limit)))
					}
					if i > 0 {
						rate := float64(sums[i]-sums[i-1]) / at[i].Sub(at[i-1]).Seconds()
						burst = max(burst, 100*(rate/float64(limit)-1))
					}
				}
				one, other := float64(acked[0].Load()), float64(acked[1].Load())
				share = 100 * min(one, other) / max(one, other)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(off, "off-%")
			b.ReportMetric(burst, "burst-%")
			if limit > 1<<20 { // below, no part ends in the time
				b.ReportMetric(share, "share-%")
			}
		})
	}
}
