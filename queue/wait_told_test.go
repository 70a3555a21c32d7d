package queue

import (
	"errors"
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
