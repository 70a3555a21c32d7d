package upload

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/transfer"
	"inboxfs/queue/upload/level"
)

// A server that refuses more than five parts at once, of two files: both arrive, and it soon refuses no more.
func TestAutoFindsWhatTheServerTakes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const takes = 5
		f, u := newFake(), &refusing{}
		f.fault = func(op string, _, _ int) outcome {
			if op != "UploadPart" {
				return outcome{}
			}
			u.begin()
			defer u.end()
			if u.tooMany(takes) {
				return outcome{err: &transfer.Error{Kind: transfer.Resumable, Code: "ServiceUnavailable"}}
			}
			time.Sleep(time.Second)
			return outcome{}
		}
		o := small(1)
		o.Auto, o.MaxTries = true, 1000
		up, began := New(f, o), time.Now()
		var files sync.WaitGroup
		for i := range 2 {
			files.Go(func() {
				job, data := file(t, 100*part)
				job.Name = string(rune('a' + i))
				if res, err := up.Upload(t.Context(), job, &watcher{}); err != nil || res.CRC64 != sum(data) {
					t.Errorf("%v, %v", res, err)
				}
			})
		}
		files.Wait()
		took := time.Since(began)
		late := 0
		for _, at := range u.refused {
			if at.After(began.Add(took / 2)) {
				late++
			}
		}
		t.Logf("200 parts in %v, up to %d at once, %d refused, %d of them in the second half", took, u.most,
			len(u.refused), late)
		if u.most > level.First || len(u.refused) == 0 || late > 5 || len(u.refused) > 20 || took > 80*time.Second {
			t.Error("that is not what a server that takes 5 at once needs")
		}
	})
}

// refusing is a server that takes only so many requests at once.
type refusing struct {
	under
	refused []time.Time // guarded by under.mu
}

// tooMany reports whether this one, which has begun, is one too many.
func (r *refusing) tooMany(takes int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now <= takes {
		return false
	}
	r.refused = append(r.refused, time.Now())
	return true
}

// Parts of the next file fill the places that the last ones of a file leave: 24 parts, eight at once, take three times
// what one takes, and the first file's go first.
func TestAutoLeavesNoGap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, began := newFake(), time.Now()
		f.fault = func(op string, _, _ int) outcome {
			if op == "UploadPart" {
				time.Sleep(time.Second)
			}
			return outcome{}
		}
		o := small(1)
		o.Auto = true
		up := New(f, o)
		var files sync.WaitGroup
		var took [2]time.Duration
		for i := range took {
			files.Go(func() {
				job, _ := file(t, 12*part)
				job.Name = string(rune('a' + i))
				if _, err := up.Upload(t.Context(), job, &watcher{}); err != nil {
					t.Error(err)
				}
				took[i] = time.Since(began)
			})
			synctest.Wait()
		}
		files.Wait()
		if took[0] != 2*time.Second || took[1] != 3*time.Second {
			t.Errorf("the files took %v", took)
		}
	})
}

// The order to end reaches parts that wait for their turn.
func TestAutoEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.fault = func(op string, _, _ int) outcome {
			if op == "UploadPart" {
				time.Sleep(time.Second)
			}
			return outcome{}
		}
		o := small(1)
		o.Auto = true
		job, data := file(t, 100*part)
		drain := make(chan struct{})
		job.Drain = drain
		w := &watcher{}
		time.AfterFunc(1500*time.Millisecond, func() { close(drain) })
		_, err := New(f, o).Upload(t.Context(), job, w)
		if !errors.Is(err, context.Canceled) || f.count("UploadPart") != 2*level.First {
			t.Errorf("%v after %d parts", err, f.count("UploadPart"))
		}
		job.Drain, job.Resume = nil, w.resume()
		if res, err := New(f, o).Upload(t.Context(), job, w); err != nil || !bytes.Equal(f.objects[res.Key], data) {
			t.Errorf("going on: %v", err)
		}
	})
}
