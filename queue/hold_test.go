package queue

import (
	"sync"
	"testing"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
)

// heldJournal is a journal whose commits a test can hold back, or let fail.
type heldJournal struct {
	commit.Journal
	mu   sync.Mutex // guards the rest
	err  error
	gate chan struct{}
	most int                  // rows that fit; 0: any number
	slow func() time.Duration // how long one takes; nil: no longer than it must
}

func (h *heldJournal) Commit(b *journal.Batch) error {
	h.mu.Lock()
	err, gate, most := h.err, h.gate, h.most
	if h.slow != nil {
		defer time.Sleep(h.slow()) // the rows are there, and nobody knows
	}
	h.mu.Unlock()
	if h.slow != nil {
		time.Sleep(h.slow())
	}
	if gate != nil {
		<-gate
	}
	if err != nil && (most == 0 || len(b.Put)+len(b.Delete) > most) {
		return err
	}
	return h.Journal.Commit(b)
}

// hold keeps commits from ending until release is called.
func (h *heldJournal) hold() (release func()) {
	gate := make(chan struct{})
	h.mu.Lock()
	h.gate = gate
	h.mu.Unlock()
	return func() {
		h.mu.Lock()
		h.gate = nil
		h.mu.Unlock()
		close(gate)
	}
}

// fail makes commits fail, unless they have no more than most rows; nil ends it.
func (h *heldJournal) fail(err error, most int) {
	h.mu.Lock()
	h.err, h.most = err, most
	h.mu.Unlock()
}

// newHeldRig is a rig with such a journal.
func newHeldRig(t *testing.T, set ...func(*Options)) (*rig, *heldJournal) {
	h := &heldJournal{}
	r := newRig(t, append(set, func(o *Options) { h.Journal, o.Journal = o.Journal, h })...)
	return r, h
}
