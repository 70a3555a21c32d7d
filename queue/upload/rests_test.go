package upload

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/transfer"
)

// TestWantedPlace has others want the place of a run at once, after a while, or never. As soon as all that it could do
// is wait, and no sooner, it ends.
func TestWantedPlace(t *testing.T) {
	t.Parallel()
	const tries = 4
	away := func(op string, n, _ int) outcome { return outcome{err: network("away")} }
	onePart := func(op string, n, _ int) outcome {
		time.Sleep(time.Second)
		if op == "UploadPart" && n == 2 {
			return outcome{err: network("away")}
		}
		return outcome{}
	}
	for _, c := range []struct {
		name  string
		fault func(string, int, int) outcome
		size  int
		after time.Duration // others want it; 0: at once, negative: never
		least time.Duration
		most  time.Duration
		acked int
		soon  bool
	}{
		{name: "small, at once", fault: away, size: 5, soon: true},
		// All its tries: the waits between them are of 20 s, half as long at the least and half as long again at the
		// most.
		{name: "small, never", fault: away, size: 5, after: -1, least: (tries - 1) * 10 * time.Second,
			most: (tries - 1) * 30 * time.Second},
		{name: "small, after a while", fault: away, size: 5, after: time.Second, least: time.Second, most: time.Second,
			soon: true},
		// The first request of a large one is alone.
		{name: "large, at once", fault: away, size: 9 * part, soon: true},
		// One part fails, and waits as long as others are sent: three workers send eight in four seconds, one of which
		// is lost.
		{name: "one part", fault: onePart, size: 9 * part, least: 4 * time.Second, most: 7 * time.Second, acked: 8,
			soon: true},
		{name: "one part, while it waits", fault: onePart, size: 9 * part, after: 10 * time.Second,
			least: 10 * time.Second, most: 10 * time.Second,
			acked: 8, soon: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, w := newFake(), &watcher{}
				f.fault = c.fault
				job, _ := file(t, c.size)
				wanted := make(chan struct{})
				job.Wanted = wanted
				switch {
				case c.after == 0:
					close(wanted)
				case c.after > 0:
					time.AfterFunc(c.after, func() { close(wanted) })
				}
				o := small(3)
				o.BackoffBase, o.BackoffCap, o.MaxTries = 20*time.Second, 20*time.Second, tries
				began := time.Now()
				_, err := New(f, o).Upload(t.Context(), job, w)
				kind(t, err, transfer.Resumable, "NetworkError")
				if c.after == 0 && c.acked == 0 && len(w.retries) > 0 {
					t.Error("it is told to be tried again, and is not")
				}
				if c.after < 0 && len(w.retries) != tries-1 {
					t.Errorf("it is tried %d times more, not %d", len(w.retries), tries-1)
				}
				var e *transfer.Error
				if took := time.Since(began); !errors.As(err, &e) || e.Soon != c.soon || took < c.least ||
					took > c.most || len(w.acked) != c.acked {
					t.Errorf("after %v, with %d parts, it ends with %+v", took, len(w.acked), e)
				}
			})
		})
	}
}

// TestResetOfAKeptConnection tries a request again at once whose connection had served before, the first time.
func TestResetOfAKeptConnection(t *testing.T) {
	t.Parallel()
	for _, lost := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			f, w := newFake(), &watcher{}
			f.fault = func(op string, _, nth int) outcome {
				if op == "Put" && nth <= lost {
					return outcome{err: &transfer.Error{Kind: transfer.Resumable, Code: "NetworkError", Kept: true}}
				}
				return outcome{}
			}
			job, _ := file(t, 5)
			wanted := make(chan struct{})
			if lost == 1 {
				close(wanted) // it does not wait, so nobody gets its place
			}
			job.Wanted = wanted
			began := time.Now()
			if _, err := New(f, small(1)).Upload(t.Context(), job, w); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); (took > 0) != (lost > 1) || len(w.retries) != lost {
				t.Errorf("with %d resets it takes %v, and %d tries more", lost, took, len(w.retries))
			}
		})
	}
}

// TestShortLineAndWantedPlaces has a line that ends each connection after so many bytes while others want the place:
// the tries of several runs, one each, show it as those of one run would.
func TestShortLineAndWantedPlaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, w := newGateway(300<<10), &watcher{}
		job, data := file(t, 3<<20)
		wanted := make(chan struct{})
		close(wanted)
		job.Wanted = wanted
		u := New(g, large())
		for runs := 1; ; runs++ {
			_, err := u.Upload(t.Context(), job, w)
			if err == nil {
				break
			}
			kind(t, err, transfer.Resumable, "NetworkError")
			var e *transfer.Error
			if !errors.As(err, &e) || !e.Soon || runs > u.o.MaxTries {
				t.Fatalf("run %d ends with %+v", runs, e)
			}
			job.Cuts = e.Cuts
		}
		if !bytes.Equal(g.objects["clips/a.mp4"], data) {
			t.Error("it did not arrive")
		}
	})
}
