package queue

import (
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// TestMaxRetries gives a file up when so many runs in a row came to nothing, and counts anew with each part that
// arrives.
func TestMaxRetries(t *testing.T) {
	t.Parallel()
	for _, progress := range []bool{false, true} {
		r := newRig(t, func(o *Options) { o.MaxRetries = 2 })
		id := r.drop("a", "content that has many parts")
		for run := 1; run <= 5; run++ {
			u := r.up.next(t)
			if run == 1 {
				u.begin(t, "U")
			}
			if progress {
				u.watch.Acked(transfer.Part{Number: run, Size: 4, CRC64: 1, ETag: "E"}, 0)
			}
			u.fail(transfer.Resumable, "RequestTimeout")
			if run == 3 && !progress {
				break
			}
			r.until(func() bool {
				r.mu.Lock()
				defer r.mu.Unlock()
				return r.list.Retrying() == 1
			}, func() string { return "it is not tried again" })
			if err := r.DoFile(t.Context(), Retry, id); err != nil { // now
				t.Fatal(err)
			}
		}
		if !progress {
			r.state("a", list.Failure)
			continue
		}
		r.up.next(t).succeed()
		r.state("a", list.Success)
	}
}
