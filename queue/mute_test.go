package queue

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/transfer"
	"inboxfs/queue/wake"
)

// hush is an uploader to which each file says what moves of it and when.
type hush struct {
	fakeUploader
	how   func(name string) hushed
	mu    sync.Mutex // guards the rest
	begun []string
	at    map[string]time.Time // when they begun last
	now   int
	most  int // at once
}

// hushed is what a file is like.
type hushed struct {
	mute    time.Duration // at first, nothing moves
	moves   time.Duration // then something does, each tenth of a second
	fails   bool          // then it fails, without an answer
	unasked bool          // it is Started only when it is no longer mute
}

func (u *hush) Upload(ctx context.Context, job transfer.Job, watch transfer.Watch) (transfer.Result, error) {
	u.mu.Lock()
	u.begun = append(u.begun, job.Name)
	u.at[job.Name] = time.Now()
	u.now++
	u.most = max(u.most, u.now)
	u.mu.Unlock()
	defer func() {
		u.mu.Lock()
		u.now--
		u.mu.Unlock()
	}()
	h := u.how(job.Name)
	if !h.unasked {
		watch.Started("b", job.Name, "")
	}
	job.Progress.Begin()
	defer job.Progress.End()
	for left, step := h.mute+h.moves, h.mute; left > 0; left, step = left-step, 100*time.Millisecond {
		select {
		case <-time.After(step):
			if left > h.moves && h.moves > 0 || left <= h.moves {
				job.Progress.Moved()
			}
		case <-ctx.Done():
			return transfer.Result{}, ctx.Err()
		case <-job.Drain:
			return transfer.Result{}, context.Canceled
		}
	}
	if h.unasked {
		watch.Started("b", job.Name, "")
	}
	if h.fails {
		return transfer.Result{}, &transfer.Error{Kind: transfer.Resumable, Code: "RequestTimeout"}
	}
	return transfer.Result{Bucket: "b", Key: job.Name, CRC64: 7}, nil
}

func (u *hush) began(name string) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.at[name]
}

func (u *hush) order() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.begun)
}

func hushly(t *testing.T, files int, how func(name string) hushed, fn func(r *rig, u *hush)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		u := &hush{how: how, at: make(map[string]time.Time)}
		r := newRig(t, func(o *Options) { o.Files, o.Uploader, o.Journal, o.Events = files, u, nowhere{}, nowhere{} })
		fn(r, u)
		for _, wrong := range r.inconsistent() {
			t.Error(wrong)
		}
	})
}

const limit = time.Minute // after which a request without an answer fails

// TestFilesWithoutAnswerDelayNoOthers has files for which no answer ever comes, before others that were added later:
// when they are tried for the first time, and ever after. The others wait for as long as it takes to notice, not for
// their time limit.
func TestFilesWithoutAnswerDelayNoOthers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const good = 200
	for _, files := range []int{1, 4} {
		alone := good * 100 * time.Millisecond / time.Duration(files)
		for _, bad := range []int{4, 20, 60} {
			for _, unasked := range []bool{false, true} {
				how := func(name string) hushed {
					if strings.HasPrefix(name, "bad") {
						return hushed{mute: limit, fails: true, unasked: unasked}
					}
					return hushed{moves: 100 * time.Millisecond}
				}
				hushly(t, files, how, func(r *rig, u *hush) {
					r.dropAll("bad", bad)
					r.dropAll("good", good)
					at := files // that many are waited for at once
					if unasked {
						at = 1
					}
					took, notice := r.arrivals(good), mutePatience+time.Duration(bad/at+1)*muteAgain
					if took > notice+alone*105/100 {
						t.Errorf("%d at once, %d without an answer: %d others take %v instead of %v", files, bad, good,
							took, alone)
					}
					time.Sleep(10 * time.Minute)
					r.dropAll("more", good)
					if took := r.arrivals(2 * good); took > mutePatience+alone*105/100+time.Second {
						t.Errorf("%d at once, %d without an answer, tried before: %d others take %v instead of %v",
							files, bad, good, took, alone)
					}
					u.mu.Lock()
					defer u.mu.Unlock()
					if u.most > files+muteMost {
						t.Errorf("%d at once", u.most)
					}
				})
			}
		}
	}
}

// TestManyWithoutAnswerAreBounded: however many there are, so many are waited for at once, and no more.
func TestManyWithoutAnswerAreBounded(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	hushly(t, 4, func(string) hushed { return hushed{mute: limit, fails: true} }, func(r *rig, u *hush) {
		r.dropAll("bad", 1000)
		time.Sleep(5 * time.Minute)
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.most != 4+muteMost {
			t.Errorf("%d at once", u.most)
		}
	})
}

// TestSlowFilesKeepTheirOrder: where all are slow, but something moves, none loses its place, and all go in order of
// addition.
func TestSlowFilesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, files := range []int{1, 4} {
		slow := func(string) hushed { return hushed{mute: mutePatience - time.Millisecond, moves: 20 * time.Second} }
		hushly(t, files, slow, func(r *rig, u *hush) {
			r.dropAll("file", 20)
			r.arrivals(20)
			if u.most != files {
				t.Errorf("%d at once, not %d", u.most, files)
			}
			if got := u.order(); files == 1 && !slices.Equal(got, r.names("file", 20)) {
				t.Errorf("in another order: %v", got)
			}
		})
	}
}

// TestAloneNobodyIsMute: where nobody waits, none loses its place, however long nothing moves; who comes then has not
// to wait.
func TestAloneNobodyIsMute(t *testing.T) {
	t.Parallel()
	how := func(name string) hushed {
		if name == "mute" {
			return hushed{mute: limit}
		}
		return hushed{moves: time.Second}
	}
	hushly(t, 1, how, func(r *rig, u *hush) {
		r.drop("mute", "content")
		time.Sleep(limit / 2)
		if wake.Closed(r.wantedOf(t)) {
			t.Error("nobody wants its place, and it has lost it")
		}
		came := time.Now()
		r.drop("other", "content")
		r.arrivals(1)
		if wait := u.began("other").Sub(came); wait > time.Second {
			t.Errorf("the other one waited %v", wait)
		}
	})
}

// wantedOf is Job.Wanted of the only run.
func (r *rig) wantedOf(t *testing.T) chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, run := range r.sending {
		return run.wanted
	}
	t.Fatal("there is no run")
	return nil
}

// TestWhatMovesAgainCounts: a run that had lost its place and goes on is one of those that send, so no other begins in
// its place.
func TestWhatMovesAgainCounts(t *testing.T) {
	t.Parallel()
	how := func(name string) hushed {
		if name == "first" {
			return hushed{mute: 10 * time.Second, moves: 60 * time.Second}
		}
		return hushed{moves: 20 * time.Second}
	}
	hushly(t, 1, how, func(r *rig, u *hush) {
		for _, name := range []string{"first", "second", "third"} {
			r.drop(name, "content")
		}
		r.arrivals(3)
		first := u.began("first")
		if wait := u.began("second").Sub(first); wait < mutePatience || wait > mutePatience+time.Second {
			t.Errorf("the second began after %v", wait)
		}
		if wait := u.began("third").Sub(first); wait < 69*time.Second {
			t.Errorf("the third began after %v, when the first went on", wait)
		}
	})
}

func (r *rig) names(name string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%s%d", name, i))
	}
	return all
}
