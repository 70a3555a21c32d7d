package commit

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
	"inboxfs/queue/transfer"
)

// disk is a journal and an event log that note what happens, and fail when they are told to.
type disk struct {
	mu      sync.Mutex
	steps   []string
	full    error // of the journal
	mute    error // of the log
	batches []journal.Batch
}

func (d *disk) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.steps = append(d.steps, fmt.Sprintf(format, args...))
}

func (d *disk) Commit(b *journal.Batch) error {
	if b.Empty() {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full != nil {
		return d.full
	}
	d.batches = append(d.batches, *b)
	d.steps = append(d.steps, fmt.Sprintf("durable %d", len(b.Put)))
	return nil
}

func (d *disk) Append(events ...eventlog.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.mute != nil {
		return d.mute
	}
	for _, e := range events {
		d.steps = append(d.steps, "told "+e.Name)
	}
	return nil
}

func (d *disk) Sync() error              { d.note("synced"); return nil }
func (*disk) Tail(int64) ([]byte, error) { return nil, nil }
func (*disk) LastSeq() uint64            { return 0 }
func (*disk) GoOn(uint64, int)           {}

func (d *disk) fail(full, mute error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full, d.mute = full, mute
}

// begin runs a Committer on a disk until the test ends it.
func begin(d *disk) (c *Committer, end func()) {
	c = New(Options{Journal: d, Events: d, Log: slog.New(slog.DiscardHandler), Visible: &sync.Mutex{},
		Before: func() {}, Complete: func(*journal.Batch) {}, Outcome: func(error) {}, After: func() {},
		Minor: func(e eventlog.Event) bool { return e.Name == "minor" }})
	stop := make(chan struct{})
	var run sync.WaitGroup
	run.Go(func() { c.Run(stop) })
	return c, func() { close(stop); run.Wait() }
}

// step is a change that says when it becomes visible.
func (d *disk) step(id uint64, name string, stands bool) Change {
	ch := putOf(id, "ready")
	ch.Event = &eventlog.Event{Name: name}
	ch.Apply = func() bool { d.note("visible %s", name); return stands }
	return ch
}

func (d *disk) want(t *testing.T, want ...string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.steps, want) {
		t.Errorf("%q and not %q", d.steps, want)
	}
}

// TestDurableVisibleTold: one transaction for all that was staged, then what it shows, then the events of what came
// true.
func TestDurableVisibleTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		c, end := begin(d)
		c.Stage(d.step(1, "a", true))
		c.Stage(d.step(2, "overtaken", false))
		wait := c.StageAwaited(d.step(3, "c", true))
		if err := wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		end()
		d.want(t, "durable 3", "visible a", "visible overtaken", "visible c", "told a", "told c", "durable 0")
		if out := d.batches[1].Outbox; len(out) != 1 || out[0].N != 2 || out[0].Line != nil {
			t.Errorf("what takes back the event that never came true: %+v", out)
		}
		if err := c.Last(journal.Batch{}); err != nil || d.batches[2].Sent != 3 {
			t.Errorf("%v; the outbox is let go of up to %d", err, d.batches[2].Sent)
		}
	})
}

// TestFullDisk: who waits hears of it, nothing is visible before it is durable, and all is in order when there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &disk{full: errors.New("no space left")}
		c, end := begin(d)
		c.Stage(d.step(1, "a", true))
		if err := c.StageAwaited(d.step(2, "b", true))(t.Context()); !errors.Is(err, d.full) {
			t.Errorf("who waits hears %v", err)
		}
		d.want(t)
		d.fail(nil, nil)
		time.Sleep(10 * retry) // of a bubble
		end()
		d.want(t, "durable 1", "visible a", "told a", "durable 1", "visible b", "told b")
		if err := c.StageAwaited(d.step(3, "c", true))(t.Context()); !errors.Is(err, transfer.ErrClosed) {
			t.Errorf("behind the end: %v", err)
		}
	})
}

// TestMuteLog: a log that cannot be written holds up nothing, and hears all in order later; minor events may be
// missing.
func TestMuteLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &disk{mute: errors.New("read-only file system")}
		c, end := begin(d)
		if err := c.StageAwaited(d.step(1, "a", true))(t.Context()); err != nil {
			t.Error(err)
		}
		c.Stage(d.step(2, "b", true))
		time.Sleep(10 * retry) // of a bubble
		d.want(t, "durable 1", "visible a", "durable 1", "visible b")
		if err := c.Last(journal.Batch{Doubt: 7}); err != nil || d.batches[2].Sent != 0 || d.batches[2].Doubt != 7 {
			t.Errorf("%v; an event that is in no log left the outbox: %+v", err, d.batches[2])
		}
		d.fail(nil, nil)
		end()
		if last := d.steps[len(d.steps)-2:]; !slices.Equal(last, []string{"told a", "told b"}) {
			t.Errorf("at last %q", last)
		}
	})
}
