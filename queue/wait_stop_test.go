package queue

import (
	"errors"
	"strings"
	"testing"

	"inboxfs/queue/transfer"
)

// TestStopEndsWaits: a wait that the queue, once stopped, would never end is ended with words, as a new one is refused.
func TestStopEndsWaits(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.drop("a", "content")
	r.up.next(t)
	waited := make(chan error, 2)
	go func() { waited <- r.Wait(t.Context(), id) }()
	go func() { waited <- r.WaitAll(t.Context()) }()
	r.until(func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.waiters) == 2
	}, func() string { return "nobody waits" })
	if err := r.Do(t.Context(), Stop); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err := <-waited
		if !errors.Is(err, transfer.ErrBusy) || !strings.Contains(err.Error(), "inboxfs control start") {
			t.Errorf("the wait ends with %v", err)
		}
	}
}
