package queue

import (
	"context"
	"time"
)

// straggle is a server that is slow to do what it was asked for. When the run is called off meanwhile, or the daemon
// killed, or the line cut, the server does it all the same, some time later, and who asked hears of that or does not.
// nil: it is not slow this time, or nobody minded.
func (b *bucket) straggle(ctx context.Context, job Job, w Watch, key, id, content string) error {
	if b.roll(4) > 0 {
		return nil
	}
	late := time.Duration(b.roll(int(stragglerMost/time.Millisecond)-1)) * time.Millisecond
	if b.roll(8) == 0 {
		w.Unheard()
		go b.carryOut(late, job, key, id, content)
		return &Error{Kind: Resumable, Code: "NetworkError"}
	}
	select {
	case <-time.After(time.Duration(b.roll(2000)) * time.Millisecond):
		return nil
	case <-ctx.Done():
	}
	if b.roll(3) == 0 {
		w.Unheard()
		go b.carryOut(late, job, key, id, content)
		return ctx.Err()
	}
	over, heard := w.Outlived()
	soon := time.Duration(b.roll(5000)) * time.Millisecond
	go func() {
		select {
		case <-time.After(soon):
			b.carryOut(0, job, key, id, content)
			heard(true)
		case <-over.Done():
			heard(false)
			b.carryOut(late, job, key, id, content)
		}
	}()
	return ctx.Err()
}

// carryOut makes the object, for a run that is over.
func (b *bucket) carryOut(after time.Duration, job Job, key, id, content string) {
	time.Sleep(after)
	b.mu.Lock()
	defer b.mu.Unlock()
	is := ""
	for n := range len(b.uploads[id]) {
		is += b.uploads[id][n+1]
	}
	if id != "" && is != content { // it names other parts than those that are there by now, or it was aborted
		return
	}
	_, _ = b.complete(job, key, id, content)
}
