package upload

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/transfer"
)

// crowd is a server that says of some keys, or of all, that there are too many requests.
type crowd struct {
	*fake
	under
	after time.Duration // it wants to be left alone for, by those keys
	full  func() bool   // all keys are refused
}

const answers = 50 * time.Millisecond // how long a request takes

func (c *crowd) refuses(key string) error {
	c.begin()
	defer c.end()
	time.Sleep(answers)
	if c.full() || strings.Contains(key, "bad") {
		return throttled(c.after)
	}
	return nil
}

func (c *crowd) Put(ctx context.Context, to Target, body io.Reader, size int64) (Answer, error) {
	if err := c.refuses(to.Key); err != nil {
		return Answer{}, err
	}
	return c.fake.Put(ctx, to, body, size)
}

func (c *crowd) UploadPart(ctx context.Context, to Target, number int, body io.Reader, size int64) (Answer, error) {
	if err := c.refuses(to.Key); err != nil {
		return Answer{}, err
	}
	return c.fake.UploadPart(ctx, to, number, body, size)
}

// sendAll sends files in order, four at once, as the queue does where others always wait: a file that failed comes
// again behind all others. It returns when so many have arrived.
func (c *crowd) sendAll(t *testing.T, o Options, jobs []transfer.Job, arrive int) {
	up := New(c, o)
	wanted, enough := make(chan struct{}), make(chan struct{})
	close(wanted)
	line := make(chan transfer.Job, len(jobs))
	for _, job := range jobs {
		job.Wanted, job.Drain = wanted, enough
		line <- job
	}
	var mu sync.Mutex // guards arrive
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				var job transfer.Job
				select {
				case job = <-line:
				case <-enough:
					return
				}
				_, err := up.Upload(t.Context(), job, &watcher{})
				if job.Failed = err != nil; job.Failed {
					time.AfterFunc(time.Second, func() { line <- job })
					continue
				}
				mu.Lock()
				if arrive--; arrive == 0 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
}

func crowded(t *testing.T, names ...string) (jobs []transfer.Job) {
	job, _ := file(t, 5)
	for i, name := range names {
		job.ID, job.Name = transfer.ID(i+1), name
		jobs = append(jobs, job)
	}
	return jobs
}

func named(name string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%s%d", name, i))
	}
	return all
}

// TestRefusedFilesDelayNoOthers has files refused for ever as if there were too many requests, when others are not:
// before these come, which were never tried, and in between, tried again and again. They do not make all pause for
// longer than it takes to see.
func TestRefusedFilesDelayNoOthers(t *testing.T) {
	t.Parallel()
	const good = 200
	alone := good * answers / 4
	bad := func(n int) []string { return named("bad", n) }
	for _, c := range []struct {
		name  string
		files []string
		size  int
		tried bool // the bad ones have failed before
		more  time.Duration
	}{
		// One that was never tried tells something: they are 20 x 21 / 2 x 5 ms, and at most 250 ms each.
		{name: "20 before", files: append(bad(20), named("good", good)...), more: 4 * time.Second},
		{name: "80 before", files: append(bad(80), named("good", good)...), more: 25 * time.Second},
		{name: "behind", files: append(named("good", good), bad(20)...)},
		{name: "tried before", files: append(bad(20), named("good", good)...), tried: true, more: 20 * answers},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &crowd{fake: newFake(), full: func() bool { return false }}
				jobs := crowded(t, c.files...)
				for i := range jobs {
					jobs[i].Failed = c.tried && strings.HasPrefix(jobs[i].Name, "bad")
				}
				began := time.Now()
				s.sendAll(t, Options{}, jobs, good)
				if took := time.Since(began); took > alone*110/100+c.more {
					t.Errorf("the others take %v instead of %v", took, alone)
				}
			})
		})
	}
}

// TestRefusedPartsDelayNoOthers: the same of a large file, beside one whose parts get through.
func TestRefusedPartsDelayNoOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &crowd{fake: newFake(), full: func() bool { return false }}
		up := New(s, Options{PartSize: part, Auto: true, MaxTries: 1000})
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		bad, _ := file(t, 40*part)
		bad.Name = "bad"
		all.Go(func() { _, _ = up.Upload(ctx, bad, &watcher{}) }) // it never arrives
		good, _ := file(t, 400*part)
		began := time.Now()
		if _, err := up.Upload(ctx, good, &watcher{}); err != nil {
			t.Error(err)
		}
		// Eight at once, of which four are the other's, until that was refused.
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it takes %v", took)
		}
		cancel()
		all.Wait()
	})
}

// TestRefusedByAllAreFew has everything refused, of which only few files were tried before: what is sent then is
// little, and as soon as it is over all goes on.
func TestRefusedByAllAreFew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := &crowd{fake: newFake(), full: func() bool { return time.Since(began) < time.Minute }}
		s.sendAll(t, Options{}, crowded(t, named("file", 1000)...), 1000)
		if n := s.between(began.Add(2*time.Second), began.Add(time.Minute)); n > 58*4 {
			t.Errorf("%d requests while everything is refused", n)
		}
		if took := time.Since(began); took > time.Minute+1000*answers/4+5*time.Second {
			t.Errorf("it takes %v", took)
		}
	})
}

// TestAskedPauseIsKeptByAll: what the server asks for holds for files that were never refused, too.
func TestAskedPauseIsKeptByAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &crowd{fake: newFake(), after: 2 * time.Minute, full: func() bool { return false }}
		began := time.Now()
		s.sendAll(t, Options{}, crowded(t, append(named("bad", 1), named("good", 20)...)...), 20)
		if n := s.between(began.Add(answers), began.Add(2*time.Minute)); n > 3 {
			t.Errorf("%d requests began although the server wanted none", n)
		}
	})
}
