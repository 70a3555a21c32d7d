package queue

import (
	"strings"
	"testing"

	"inboxfs/queue/transfer"
)

// TestTooLateSaysWhichBytes removes a file whose run was over already when its last request was not, at a place where
// an older content may be as well. What is told says which bytes are there.
func TestTooLateSaysWhichBytes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("w", "older")
	u := r.up.next(t)
	u.send(t)
	u.fail(transfer.Resumable, "NetworkError")
	r.until(func() bool { i, _ := r.Status("w"); return i.Retries > 0 }, func() string { return "it does not wait" })
	r.drop("w", "newest")
	r.pass(stragglerMost)
	u = r.up.next(t)
	sent := formatCRC(u.crc())
	_, heard := u.outlived(t)
	r.refusedNot(r.Do(t.Context(), Pause))
	r.until(func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.tree.get("w").run == nil
	}, func() string { return "its run does not end" })
	r.remove("w")
	heard(transfer.Outcome{Answered: true, Made: true})
	if line := r.toldLate("w"); !strings.Contains(line, " crc64="+sent+" ") {
		t.Errorf("it was %s, and is told: %s", sent, line)
	}
}
