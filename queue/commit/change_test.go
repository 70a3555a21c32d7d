package commit

import (
	"testing"

	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
)

func putOf(id uint64, state string) Change {
	return Change{Batch: journal.Batch{Put: []journal.Record{{ID: id, State: state}}}}
}

// TestBacklogStaysSmall opens and closes one file again and again while nothing can be written.
func TestBacklogStaysSmall(t *testing.T) {
	t.Parallel()
	var changes []Change
	for range 1000 {
		changes = append(changes, putOf(1, "writing"))
	}
	kept := putOf(1, "ready")
	kept.Apply = func() bool { return true }
	changes = append(changes, kept, putOf(1, "writing"), Change{Batch: journal.Batch{Delete: []uint64{2}}},
		Change{Event: &eventlog.Event{Name: "OnQueueState"}})
	changes = squeeze(changes)
	if len(changes) != 4 || changes[0].Put[0].State != "ready" || changes[1].Put[0].State != "writing" ||
		changes[2].Delete[0] != 2 {
		t.Errorf("what is left: %+v", changes)
	}
}
