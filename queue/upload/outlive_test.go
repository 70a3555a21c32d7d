package upload

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/transfer"
)

// TestOutlived calls a put off. When all of it has left, the run ends at once, and its answer is waited for; when not,
// the put is cut.
func TestOutlived(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what     string
		size     int
		takes    time.Duration // the server, once it has all
		ends     bool          // the process, right then
		answered []bool
	}{
		{"answered soon", 5, answerMost / 2, false, []bool{true}},
		{"answered too late", 5, 2 * answerMost, false, []bool{false}},
		{"the process ends", 5, answerMost / 2, true, []bool{false}},
		{"not all has left", 1 << 20, 0, false, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			f, w := newFake(), &watcher{}
			ctx, cancel := context.WithCancel(t.Context())
			over, end := context.WithCancel(t.Context())
			defer end()
			w.over = over
			f.taken = func(ctx context.Context) {
				cancel()
				select {
				case <-time.After(c.takes):
				case <-ctx.Done():
				}
			}
			if c.size > 5 {
				f.piece = 1 << 10
				f.taken = nil
			}
			job, data := file(t, c.size)
			o := small(1)
			o.Threshold = 1 << 20
			u := New(f, o)
			if c.size > 5 {
				u.Limit(1 << 18)
				time.AfterFunc(time.Second, cancel)
			}
			if c.ends {
				context.AfterFunc(ctx, end)
			}
			began := time.Now()
			if _, err := u.Upload(ctx, job, w); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", c.what, err)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("%s: it ends after %v", c.what, took)
			}
			w.mu.Lock()
			waited := w.outlived + len(w.answered)
			w.mu.Unlock()
			if c.answered != nil && waited != 1 {
				t.Errorf("%s: nobody waits for the answer", c.what)
			}
			time.Sleep(3 * answerMost)
			synctest.Wait()
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.outlived != 0 || !slices.Equal(w.answered, c.answered) || w.unheard != 0 {
				t.Errorf("%s: answered %v, %d unheard", c.what, w.answered, w.unheard)
			}
			if c.answered != nil && (w.sent != sum(data) || !slices.Equal(w.made, c.answered)) {
				t.Errorf("%s: all has the CRC64 %d, made %v", c.what, w.sent, w.made)
			}
			if _, made := f.objects["clips/a.mp4"]; made != slices.Contains(c.answered, true) {
				t.Errorf("%s: made %v", c.what, made)
			}
		})
	}
}

// TestUnheard tells of a request that makes the object, and that nobody answered; not of one that was refused, or did
// not leave.
func TestUnheard(t *testing.T) {
	t.Parallel()
	busy := &transfer.Error{Kind: transfer.Resumable, Code: "InternalError", RequestID: "r"}
	for _, c := range []struct {
		what    string
		op      string
		size    int
		o       outcome
		unheard int
	}{
		{"a put is lost", "Put", 5, outcome{err: network("reset"), after: true}, 1},
		{"a put is refused", "Put", 5, outcome{err: busy, after: true}, 0},
		{"a put does not leave", "Put", 5, outcome{err: network("reset")}, 0},
		{"complete is lost", "Complete", 3 * part, outcome{err: network("reset"), after: true}, 1},
		{"complete is refused", "Complete", 3 * part, outcome{err: busy}, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			f, w := newFake(), &watcher{}
			f.fault = func(op string, _, nth int) outcome {
				if op == c.op && nth == 1 {
					return c.o
				}
				return outcome{}
			}
			job, _ := file(t, c.size)
			if _, err := New(f, small(1)).Upload(t.Context(), job, w); err != nil || w.unheard != c.unheard {
				t.Errorf("%s: %v, %d unheard", c.what, err, w.unheard)
			}
		})
	}
}
