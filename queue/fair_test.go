package queue

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
	"inboxfs/queue/wake"
)

// rough is an uploader whose files named bad fail for ever. Each file that is told apart from those takes its time, and
// some fail a few times before they get through.
type rough struct {
	fakeUploader
	takes   func(name string) time.Duration
	fails   func(name string) int // how often it fails first; negative: for ever
	silent  bool                  // failures come without an answer
	mu      sync.Mutex            // guards the rest
	tries   map[string]int
	running map[bool]int // by whether the file has failed before
	most    map[bool]int
	done    []string
}

func (u *rough) Upload(ctx context.Context, job transfer.Job, watch transfer.Watch) (transfer.Result, error) {
	watch.Started("b", job.Name, "")
	u.mu.Lock()
	again := u.tries[job.Name] > 0
	u.tries[job.Name]++
	u.running[again]++
	u.most[again] = max(u.most[again], u.running[again])
	fails := u.fails(job.Name) < 0 || u.tries[job.Name] <= u.fails(job.Name)
	u.mu.Unlock()
	defer func() {
		u.mu.Lock()
		u.running[again]--
		u.mu.Unlock()
	}()
	select {
	case <-time.After(u.takes(job.Name)):
	case <-ctx.Done():
		return transfer.Result{}, ctx.Err()
	case <-job.Drain:
		return transfer.Result{}, context.Canceled
	}
	if fails {
		e := &transfer.Error{Kind: transfer.Resumable, Code: "InternalError", RequestID: "R"}
		if u.silent {
			e.RequestID = ""
		}
		return transfer.Result{}, e
	}
	u.mu.Lock()
	u.done = append(u.done, job.Name)
	u.mu.Unlock()
	return transfer.Result{Bucket: "b", Key: job.Name, CRC64: 7}, nil
}

// mostAgain is how many files that had failed before were tried at once, at the most.
func (u *rough) mostAgain() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.most[true]
}

// roughly runs a queue in virtual time.
func roughly(t *testing.T, files int, fn func(r *rig, u *rough)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		u := &rough{tries: make(map[string]int), running: make(map[bool]int), most: make(map[bool]int),
			takes: func(string) time.Duration { return 100 * time.Millisecond },
			fails: func(name string) int {
				if strings.HasPrefix(name, "bad") {
					return -1
				}
				return 0
			}}
		r := newRig(t, func(o *Options) { o.Files, o.Uploader, o.Journal, o.Events = files, u, nowhere{}, nowhere{} })
		fn(r, u)
		for _, wrong := range r.inconsistent() {
			t.Error(wrong)
		}
	})
}

func (r *rig) dropAll(name string, n int) {
	for i := range n {
		r.drop(fmt.Sprintf("%s%d", name, i), "content")
	}
}

// arrivals waits until so many files are uploaded, and returns how long that took.
func (r *rig) arrivals(n int) time.Duration {
	began := time.Now()
	for r.Summary().Counts[list.Success].Entries < int64(n) {
		if time.Since(began) > time.Hour {
			r.t.Fatalf("%d of %d arrived in an hour", r.Summary().Counts[list.Success].Entries, n)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return time.Since(began)
}

// TestFailingFilesDelayNoOthers adds good files when any number of others has failed for a while and goes on to, at
// once or slowly, answered or not. The good ones take hardly longer than without them.
func TestFailingFilesDelayNoOthers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const good = 200
	for _, files := range []int{1, 4} {
		for _, each := range []time.Duration{time.Millisecond, time.Second, 30 * time.Second} {
			var alone time.Duration
			for _, bad := range []int{0, 4, 80, 1000} {
				roughly(t, files, func(r *rig, u *rough) {
					u.takes = func(name string) time.Duration {
						if strings.HasPrefix(name, "bad") {
							return each
						}
						return time.Second
					}
					r.dropAll("bad", bad)
					// all have failed at least once
					time.Sleep(time.Duration(bad)*each/time.Duration(files)*11/10 + 10*time.Minute)
					r.dropAll("good", good)
					took := r.arrivals(good)
					if bad == 0 {
						alone = took
						return
					}
					// What is on its way when they come has its place as long as that takes.
					if took > alone*105/100+each/time.Duration(files) {
						t.Errorf("%d files at once, %d that fail after %v each: %v instead of %v", files, bad, each,
							took, alone)
					}
					if u.mostAgain() > 1 {
						t.Errorf("%d files that failed were tried at once", u.mostAgain())
					}
				})
			}
		}
	}
}

// TestFailingFilesAreTriedThough: files that failed get their share even while others never cease to come.
func TestFailingFilesAreTriedThough(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	roughly(t, 4, func(r *rig, u *rough) {
		u.fails = func(name string) int {
			if name == "once" {
				return 1
			}
			return map[bool]int{true: -1}[strings.HasPrefix(name, "bad")]
		}
		r.dropAll("bad", 20)
		r.drop("once", "content")
		r.dropAll("good", 2000)
		id, err := r.Named("once")
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Wait(r.t.Context(), id); err != nil {
			t.Error(err)
		}
		if left := r.Summary().Counts[list.Ready].Entries; left < 1000 {
			t.Errorf("when it is its turn, %d are left", left)
		}
	})
}

// TestFilesThatFailOnceAreNotSlow: where many files fail once and then get through, they get their places back.
func TestFilesThatFailOnceAreNotSlow(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const n = 400
	roughly(t, 4, func(r *rig, u *rough) {
		u.fails = func(string) int { return 1 }
		r.dropAll("file", n)
		// Each is tried twice, four at once.
		if took, least := r.arrivals(n), 2*n*100*time.Millisecond/4; took > least*110/100 {
			t.Errorf("it took %v, and could %v", took, least)
		}
	})
}

// TestAFileThatWaitsHasNoPlace has one place, and a file that fails before others.
func TestAFileThatWaitsHasNoPlace(t *testing.T) {
	t.Parallel()
	roughly(t, 1, func(r *rig, u *rough) {
		u.fails = func(name string) int { return map[bool]int{true: 3}[name == "first"] }
		r.drop("first", "content")
		r.dropAll("good", 3)
		if took := r.arrivals(3); took > 600*time.Millisecond {
			t.Errorf("the others took %v", took)
		}
		r.arrivals(4)
	})
}

// TestOutageIsNotHammered: while nothing answers, no many tries are made, and when the way is open again nobody waits
// long.
func TestOutageIsNotHammered(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const n = 5000
	roughly(t, 4, func(r *rig, u *rough) {
		down := true
		u.silent = true
		u.takes = func(string) time.Duration { return time.Millisecond }
		u.fails = func(string) int { return map[bool]int{true: -1}[down] }
		r.dropAll("file", n)
		time.Sleep(time.Minute)
		sum := func() (sum int) {
			u.mu.Lock()
			defer u.mu.Unlock()
			for _, tries := range u.tries {
				sum += tries
			}
			return sum
		}
		before := sum()
		time.Sleep(10 * time.Minute)
		if rate := float64(sum()-before) / 600; rate > 20 {
			t.Errorf("%.0f tries a second", rate)
		}
		u.mu.Lock()
		down = false
		u.mu.Unlock()
		if took := r.arrivals(n); took > 10*time.Second {
			t.Errorf("when it is over, they take %v", took)
		}
	})
}

// TestPlaceIsWanted tells a run that others want its place when they do, and not before.
func TestPlaceIsWanted(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRig(t, func(o *Options) { o.Files = 2 })
	wanted := func(u *fakeUpload) bool { return wake.Closed(u.job.Wanted) }
	r.drop("a", "content")
	a := r.up.next(t)
	a.watch.Started("b", "a", "")
	r.drop("b", "content")
	b := r.up.next(t)
	b.watch.Started("b", "b", "")
	if wanted(a) || wanted(b) {
		t.Error("nobody else is there, and the places are wanted")
	}
	r.drop("c", "content")
	r.until(func() bool { return wanted(a) && wanted(b) }, func() string { return "a place is not wanted" })
	a.end <- fakeEnd{err: &transfer.Error{Kind: transfer.Resumable, Code: "InternalError", RequestID: "R", Soon: true}}
	c := r.up.next(t)
	c.watch.Started("b", "c", "")
	if c.job.Name != "c" {
		t.Errorf("the place is that of %s", c.job.Name)
	}
	// It failed once, and is tried again when one of the others has its place no more. One of its kind is behind it.
	b.succeed()
	again := r.up.next(t)
	if again.job.Name != "a" || wanted(again) {
		t.Errorf("next is %s, wanted %v", again.job.Name, wanted(again))
	}
	c.end <- fakeEnd{err: &transfer.Error{Kind: transfer.Resumable, Code: "InternalError", RequestID: "R"}}
	r.until(func() bool { return wanted(again) },
		func() string { return "another that failed does not want its place" })
	again.succeed()
	r.up.next(t).succeed()
	r.state("c", list.Success)
}

// TestManyTriesAreNeeded has most tries fail, but none for ever: files do not wait the longer for that others get
// through.
func TestManyTriesAreNeeded(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const n = 400
	roughly(t, 4, func(r *rig, u *rough) {
		fails := make(map[string]int)
		for i := range n {
			fails[fmt.Sprintf("file%d", i)] = i % 10 // 5.5 tries each
		}
		u.takes = func(string) time.Duration { return 10 * time.Millisecond }
		u.fails = func(name string) int { return fails[name] }
		r.dropAll("file", n)
		if took := r.arrivals(n); took > time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}
