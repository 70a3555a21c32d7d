package queue

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// monotonic reports whether a time is measured by the clock that nobody sets.
func monotonic(t time.Time) bool { return strings.Contains(t.String(), " m=") }

// TestWaitsAreNotOfTheWallClock: what waits for a while waits by the clock that nobody can set. A time that has lost
// its reading of that, as one in UTC has, would make a wait as long as the wall clock jumps.
func TestWaitsAreNotOfTheWallClock(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Settle = time.Hour })
	settling := r.drop("folder/settling", "content")
	retried := r.drop("retried", "content")
	if err := r.DoFile(t.Context(), Flush, retried); err != nil {
		t.Fatal(err)
	}
	u := r.up.next(t)
	u.watch.Retry(&transfer.Error{Kind: transfer.Resumable, Code: "RequestTimeout"}, 1, time.Second)
	u.fail(transfer.Resumable, "RequestTimeout")
	r.until(func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.list.Retrying() == 1
	}, func() string { return "it does not wait for its next try" })
	r.mu.Lock()
	defer r.mu.Unlock()
	for what, at := range map[string]time.Time{
		"the settle time": *r.list.Get(settling).Due, "the next try": *r.list.Get(retried).Due,
		"the outage":          r.list.Get(retried).target.outage,
		"the use of a folder": r.used["folder"],
	} {
		if !monotonic(at) {
			t.Errorf("%s is %v", what, at)
		}
	}
}

// TestClockIsSetBetweenLives starts again with the clock a day off, and everything that was under way goes on.
func TestClockIsSetBetweenLives(t *testing.T) {
	t.Parallel()
	for _, jump := range []time.Duration{24 * time.Hour, -24 * time.Hour} {
		for _, killed := range []bool{true, false} {
			t.Run(fmt.Sprint(jump, " killed ", killed), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, func(o *Options) { o.Start = false })
				for _, name := range []string{"ready", "canceled"} {
					r.drop(name, "content")
					r.state(name, list.Ready)
				}
				id, err := r.Find("canceled")
				if err == nil {
					err = r.DoFile(t.Context(), Cancel, id)
				}
				if err != nil {
					t.Fatal(err)
				}
				r.drop("settling", "content")
				dir := r.dir
				if killed {
					r.state("settling", list.Ready) // else nobody would know whether it was whole
					dir = r.killed()
				}
				r.close()
				r = openRig(t, dir, func(o *Options) { o.Now = func() time.Time { return time.Now().Add(jump) } })
				for range 2 {
					r.up.next(t).succeed()
				}
				r.state("ready", list.Success)
				r.state("settling", list.Success)
				r.state("canceled", list.Canceled)
			})
		}
	}
}

// TestClockIsSetDuringUpload has the clock set back by an hour while a file is uploaded: that took no negative time.
func TestClockIsSetDuringUpload(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, forgotten := range []bool{false, true} { // the latter after a start of ours
		id := r.drop(fmt.Sprint(forgotten), "content")
		u := r.up.next(t)
		r.mu.Lock()
		e := r.list.Get(id)
		e.started += time.Hour.Milliseconds()
		if forgotten {
			e.target.began = time.Time{}
		}
		r.mu.Unlock()
		u.succeed()
		r.state(fmt.Sprint(forgotten), list.Success)
	}
	r.events("OnUploadEnd")
	said, err := r.log.Tail(1 << 20)
	if err != nil || strings.Contains(string(said), "duration=-") || strings.Contains(string(said), "rate=-") {
		t.Errorf("%v: %s", err, said)
	}
}
