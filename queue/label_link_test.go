package queue

import (
	"errors"
	"sync/atomic"
	"testing"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
)

// cutJournal ends, once it is cut, between what goes before a batch and the batch.
type cutJournal struct {
	commit.Journal
	cut atomic.Bool
}

func (c *cutJournal) Commit(b *journal.Batch) error {
	if !c.cut.Load() {
		return c.Journal.Commit(b)
	}
	return errors.Join(b.Before(), errors.New("it is cut"))
}

// TestLinkBesideALabel cancels a file while a link is ready, and is killed just before the journal hears of that. The
// link stays ready: the journal is not an older one for that.
func TestLinkBesideALabel(t *testing.T) {
	t.Parallel()
	c := &cutJournal{}
	r := newRig(t, func(o *Options) { o.Start, c.Journal, o.Journal = false, o.Journal, c })
	r.link("link", elsewhere(t, "content"))
	r.state("link", list.Ready)
	id := r.drop("file", "content")
	r.state("file", list.Ready)
	r.commit()
	c.cut.Store(true)
	if err := r.DoFile(t.Context(), Cancel, id); err == nil {
		t.Error("it is canceled")
	}
	dir := movedRig{r, nil, nil}.killedInPlace(func() { c.cut.Store(false) })

	again := openRig(t, dir, func(o *Options) { o.Start = false })
	if i := again.state("link", list.Ready); i.Message != "" {
		t.Errorf("it is %+v", i)
	}
}
