package queue

import (
	"errors"
	"testing"

	"inboxfs/queue/commit"
)

// unsynced is an event log that cannot be brought to stable storage.
type unsynced struct{ commit.Events }

func (unsynced) Sync() error { return errors.New("the disk does not answer") }

// TestOutboxWaitsForTheLog: what may be lost with the log when the power goes stays in the outbox, also at the end.
func TestOutboxWaitsForTheLog(t *testing.T) {
	t.Parallel()
	for _, synced := range []bool{true, false} {
		r := newRig(t, func(o *Options) {
			if !synced {
				o.Events = unsynced{o.Events}
			}
		})
		r.drop("a", "content")
		r.up.next(t).succeed()
		all := r.events("OnUploadEnd")
		if err := r.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		rows, err := r.journal.Outbox()
		if err != nil || synced != (len(rows) == 0) || !synced && len(rows) != len(all) {
			t.Errorf("synced %v: %d rows of %d are left, %v", synced, len(rows), len(all), err)
		}
	}
}
