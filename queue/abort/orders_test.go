package abort

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/eventlog"
	"inboxfs/queue/transfer"
)

// owner is a queue and a server of which the tests say what they answer.
type owner struct {
	*Orders
	mu    sync.Mutex
	rows  map[uint64]Order // in the journal
	told  []string         // what VOD keeps
	tried []string         // what the server was asked, by the id of the upload, or of the video, or the key

	answers map[string][]error // of the server, one after another; then nil
	refused error              // of Due
	sends   bool
}

// newOwner runs Orders until the test ends.
func newOwner(t *testing.T) *owner {
	w := &owner{rows: make(map[uint64]Order), answers: make(map[string][]error)}
	w.Orders = New(Options{Server: w, Log: slog.New(slog.DiscardHandler), Visible: &w.mu,
		Pause: func(failed int) time.Duration { return time.Duration(failed) * time.Second },
		Due:   func(Order) error { return w.refused },
		Used:  func(videoID string) bool { return videoID == "used" },
		Sends: func(string) bool { return w.sends }, Known: func(string, string) bool { return false },
		Stage: func(ch commit.Change) {
			for _, o := range ch.Abort {
				w.rows[o.N] = o
			}
			for _, n := range ch.Aborted {
				delete(w.rows, n)
			}
		},
		Unused: func(o Order, says string) *eventlog.Event {
			w.told = append(w.told, o.VideoID+o.Of+": "+says)
			return &eventlog.Event{}
		},
		Left: func(o Order) *eventlog.Event {
			w.told = append(w.told, o.UploadID+" is left")
			return &eventlog.Event{}
		}})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	return w
}

func (w *owner) answer(what string) (err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tried = append(w.tried, what)
	if all := w.answers[what]; len(all) > 0 {
		err, w.answers[what] = all[0], all[1:]
	}
	return err
}

func (w *owner) Abort(_ context.Context, m transfer.Multipart) error {
	if m.UploadID != "" {
		return w.answer(m.UploadID)
	}
	return w.answer(m.VideoID)
}

func (w *owner) Sweep(_ context.Context, lost transfer.Lost, _ func(string) bool) (bool, error) {
	err := w.answer(lost.Key)
	return err == nil, err
}

// fails has the server answer so when it is asked for that.
func (w *owner) fails(what string, answers ...error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[what] = answers
}

// order has an order in the journal, and carried out.
func (w *owner) order(o Order) Order {
	w.mu.Lock()
	defer w.mu.Unlock()
	o = w.Number(o)
	w.rows[o.N] = o
	w.Add(o)
	return o
}

// want fails the test unless so many rows are left after so long, and the server was asked for exactly this.
func (w *owner) want(t *testing.T, after time.Duration, rows int, tried ...string) {
	t.Helper()
	time.Sleep(after)
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.Sort(w.tried)
	if len(w.rows) != rows || !slices.Equal(w.tried, tried) {
		t.Errorf("%d rows are left, want %d; asked for %q, want %q", len(w.rows), rows, w.tried, tried)
	}
	w.tried = nil
}

var (
	errAway    = errors.New("the network is away")
	errNoRight = &transfer.Error{Kind: transfer.Final, Code: "Forbidden", Message: "you may not"}
)

// TestTriedAgain carries out what is due, the rest while one fails, until all is done.
func TestTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newOwner(t)
		w.fails("b", errAway, errAway)
		w.fails("lost", errAway)
		for _, id := range []string{"a", "b", "c"} {
			w.order(Order{Key: "k", UploadID: id})
		}
		w.order(Order{Key: "lost"})
		w.order(Order{Key: "k", VideoID: "video"})
		w.want(t, 0, 2, "a", "b", "c", "lost", "video")
		w.want(t, time.Second, 2, "b")
		w.want(t, 2*time.Second, 1, "b")
		w.want(t, lostEvery, 0, "lost")
	})
}

// TestOfUse leaves what is of use, and takes the row only of what always will be.
func TestOfUse(t *testing.T) {
	for _, c := range []struct {
		refused error
		rows    int
	}{{ErrNeeded, 0}, {ErrStays, 1}} {
		synctest.Test(t, func(t *testing.T) {
			w := newOwner(t)
			w.refused = c.refused
			w.order(Order{Key: "k", UploadID: "a"})
			w.want(t, time.Hour, c.rows)
		})
	}
}

// TestSentTo does not look for what was lost while more is sent there: VOD aborts all that there is of a video.
func TestSentTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newOwner(t)
		w.sends = true
		w.order(Order{Key: "lost", Of: "video"})
		w.want(t, 2*lostEvery, 1)
		w.mu.Lock()
		w.sends = false
		w.mu.Unlock()
		w.want(t, lostEvery, 0, "lost")
	})
}

// TestElsewhere leaves what only another configuration reaches to the next start.
func TestElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newOwner(t)
		w.fails("a", transfer.ErrElsewhere)
		w.fails("lost", transfer.ErrElsewhere)
		w.order(Order{Key: "k", UploadID: "a"})
		w.order(Order{Key: "lost"})
		w.want(t, time.Hour, 2, "a", "lost")
		w.mu.Lock()
		if slices.Sort(w.told); !slices.Equal(w.told, []string{" is left", "a is left"}) {
			t.Errorf("told: %q", w.told)
		}
		told := w.rows[1]
		w.mu.Unlock()
		w.fails("a", transfer.ErrElsewhere)
		w.mu.Lock()
		w.Add(told) // as at the next start
		w.mu.Unlock()
		w.want(t, time.Hour, 2, "a")
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.told) != 2 {
			t.Errorf("it is told again: %q", w.told)
		}
	})
}

// TestKept tells once of what may not be removed, remembers it, and forgets it when it is used again.
func TestKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newOwner(t)
		w.fails("video", errNoRight)
		w.fails("lost", transfer.ErrNotOurs)
		w.order(Order{Key: "k", VideoID: "video"})
		w.want(t, 0, 1, "video")
		w.order(Order{Key: "lost", Of: "video"}) // goes with it
		w.want(t, time.Hour, 1, "lost")
		w.mu.Lock()
		if want := []string{"video: Forbidden: you may not"}; !slices.Equal(w.told, want) || w.Kept() != 1 {
			t.Errorf("told %q, want %q, and %d kept", w.told, want, w.Kept())
		}
		if over := w.TakenUp("video"); !slices.Equal(over, []uint64{1}) || w.Kept() != 0 || w.kept.count != 0 {
			t.Errorf("taken up: %d is over, %d are kept", over, w.Kept())
		}
		w.mu.Unlock()
		w.fails("u", errNoRight)
		w.order(Order{Key: "k", UploadID: "u", VideoID: "used"}) // VOD removes that itself
		w.want(t, time.Hour, 1, "u")
	})
}

// TestKeptIsBounded remembers so many, and tells of all.
func TestKeptIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newOwner(t)
		for i := range KeptMost + 10 {
			id := "v" + strconv.Itoa(i)
			w.fails(id, transfer.ErrNotOurs)
			w.order(Order{Key: "k", VideoID: id})
		}
		time.Sleep(time.Hour)
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.told) != KeptMost+10 || w.Kept() != KeptMost || len(w.rows) != KeptMost {
			t.Errorf("%d are told, %d kept, %d in the journal", len(w.told), w.Kept(), len(w.rows))
		}
		if over := w.ForgetGiven(); len(over) != KeptMost || w.Kept() != 0 || w.kept.count != 0 {
			t.Errorf("%d are over, %d kept", len(over), w.Kept())
		}
	})
}
