package queue

import (
	"inboxfs/queue/journal"
	"inboxfs/queue/opened"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// idsAhead is how many ids are reserved at once: so many are left out after a kill.
const idsAhead = 1000

// known is what the spool says of itself (spool.Known), so that no id is given twice and no label goes unnoticed,
// whatever becomes of the journal. It belongs to the committer, as that is what it goes before.
type known struct {
	path  string // "": nowhere
	is    spool.Known
	table *opened.Table // which says what is open; the journal hears how much it said

	due, labels uint64 // how often labels were changed, by the batch under way and by the journal
}

// know has the spool say what a batch is about to say, before that does: each id that stands in a row or an event is
// reserved. Of labels it says what the journal has heard of: one that ends before that has lost nothing it was told,
// and must not count as an older one.
func (q *Queue) know(b *journal.Batch) {
	q.mu.Lock()
	next, labels, labeled := uint64(q.list.LastID)+1, q.labels.changes, q.labels.complete
	q.mu.Unlock()
	b.Labels, b.Marks = labels, q.known.table.Marks()
	k := q.known.is
	if next+idsAhead/2 > k.Next {
		k.Next = next + idsAhead
	}
	k.Labels, k.Labeled, q.known.due = q.known.labels, labeled, labels
	b.Before = func() error { return q.known.write(k) }
}

// heard notes that the journal has what the batch says.
func (k *known) heard() { k.labels = k.due }

func (k *known) write(now spool.Known) error {
	if k.path == "" || now == k.is {
		return nil
	}
	err := now.Write(k.path)
	if err == nil {
		k.is = now
	}
	return err
}

// knowExactly is for the end, when no more ids are given: the next one is the next one then.
func (q *Queue) knowExactly() error {
	q.mu.Lock()
	k := spool.Known{Next: uint64(q.list.LastID) + 1, Labels: q.labels.changes, Labeled: q.labels.complete}
	q.mu.Unlock()
	return q.known.write(k)
}

// countLabeledLocked leaves out the ids that labels name, should the spool not say more of those that were given. An id
// that none could reach was not given.
func (q *Queue) countLabeledLocked(found []spooled) {
	for _, s := range found {
		for _, l := range s.labels {
			if l.ID < 1<<53 {
				q.list.LastID = max(q.list.LastID, transfer.ID(l.ID))
			}
		}
	}
}
