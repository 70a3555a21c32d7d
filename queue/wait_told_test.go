package queue

import (
	"errors"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/eventlog"
	"inboxfs/queue/transfer"
)

// hangingLog takes an event of that name only when it is let go.
type hangingLog struct {
	commit.Events
	name           string
	entered, leave chan struct{}
}

func (l *hangingLog) Append(events ...eventlog.Event) error {
	for _, e := range events {
		if e.Name == l.name {
			close(l.entered)
			<-l.leave
		}
	}
	return l.Events.Append(events...)
}

// TestWaitForWhatEnded: who waits for a file that has just ended looks for it in the log next.
func TestWaitForWhatEnded(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"OnUploadSucceed", "OnUploadFailed"} {
		l := &hangingLog{name: end, entered: make(chan struct{}), leave: make(chan struct{})}
		r := newRig(t, func(o *Options) { l.Events, o.Events = o.Events, l })
		id := r.drop("a", "content")
		if u := r.up.next(t); end == "OnUploadSucceed" {
			u.succeed()
		} else {
			u.fail(transfer.Final, "AccessDenied")
		}
		<-l.entered
		r.until(func() bool { info, _ := r.Status("a"); return info.State.Ended() },
			func() string { return "it has not ended" })
		waited := make(chan error, 1)
		go func() { waited <- r.Wait(t.Context(), id) }()
		select {
		case err := <-waited:
			close(l.leave)
			t.Fatalf("%s: the wait is over before the log says so: %v", end, err)
		case <-time.After(50 * time.Millisecond):
		}
		close(l.leave)
		if err := <-waited; (end == "OnUploadSucceed") != (err == nil) || err != nil &&
			!errors.Is(err, transfer.ErrEnded) {
			t.Error(err)
		}
	}
}

// TestWaitSaysAll: who waits for all hears of a file that failed before one that is held or canceled, and how many
// there are. What its user deleted meanwhile is nothing that went wrong.
func TestWaitSaysAll(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Files = 4 })
	all := func() chan error {
		waited := make(chan error, 1)
		go func() { waited <- r.WaitAll(t.Context()) }()
		r.until(func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.waiters[nil]) == 1 },
			func() string { return "nobody waits" })
		return waited
	}
	r.drop("good", "content")
	u := r.up.next(t)
	u.begin(t, "U1")
	id := r.drop("deleted", "content")
	r.up.next(t)
	waited := all()
	r.doTo(Delete, id)
	u.succeed()
	if err := <-waited; err != nil {
		t.Errorf("a file was deleted, and the others are uploaded: %v", err)
	}
	id = r.drop("skipped", "content")
	r.up.next(t).begin(t, "U2")
	r.drop("failed", "content")
	u = r.up.next(t)
	waited = all()
	r.doTo(Cancel, id)
	u.fail(transfer.Final, "AccessDenied")
	if err := <-waited; !errors.Is(err, transfer.ErrEnded) ||
		!strings.Contains(err.Error(), `: "failed" is failure: `) ||
		!strings.HasSuffix(err.Error(), "; in all 1 failed, 0 held, 1 canceled") {
		t.Error(err)
	}
	if out := r.Summary().LeftOut(); out != "1 file failed, 1 file is canceled" {
		t.Error(out)
	}
}

// TestWaitOnAStoppedQueue says that nothing will come of it, where there is something to wait for.
func TestWaitOnAStoppedQueue(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	if err := r.WaitAll(t.Context()); err != nil {
		t.Error(err)
	}
	id := r.drop("a", "content")
	for _, err := range []error{r.WaitAll(t.Context()), r.Wait(t.Context(), id)} {
		if !errors.Is(err, transfer.ErrBusy) || !strings.Contains(err.Error(), "inboxfs control start") {
			t.Error(err)
		}
	}
}
