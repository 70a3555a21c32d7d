package queue

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// TestGranted gives two files one address, at the same time and one after the other, by its video or by bucket and key
// alone, and to others after a restart, and when the file that had it was uploaded and is not in the list any more.
func TestGranted(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct{ first, second transfer.Granted }{
		"the same": {transfer.Granted{VideoID: "V", Bucket: "b", Key: "k"},
			transfer.Granted{VideoID: "V", Bucket: "b", Key: "k"}},
		"of one video": {transfer.Granted{VideoID: "V", Bucket: "b", Key: "k"},
			transfer.Granted{VideoID: "V", Bucket: "b", Key: "l"}},
		"of one object": {transfer.Granted{VideoID: "V", Bucket: "b", Key: "k"},
			transfer.Granted{VideoID: "W", Bucket: "b", Key: "k"}},
		"without a video": {transfer.Granted{Bucket: "b", Key: "k"}, transfer.Granted{Bucket: "b", Key: "k"}},
		"the other has no": {transfer.Granted{VideoID: "V", Bucket: "b", Key: "k"},
			transfer.Granted{Bucket: "b", Key: "k"}},
	} {
		for _, clear := range []bool{true, false} {
			t.Run(fmt.Sprint(name, " ", clear), func(t *testing.T) {
				t.Parallel()
				asks := func(o *Options) { o.Files = 2; o.Uploader.(*fakeUploader).asks = true }
				r := newRig(t, asks)
				refused := func(when string, u *fakeUpload, g transfer.Granted) {
					t.Helper()
					var e *transfer.Error
					if err := u.watch.Created(u.ctx, g); !errors.As(err, &e) || e.Code != "UploadAddressInUse" ||
						e.Kind != transfer.Final {
						t.Errorf("%s: %v", when, err)
					}
					for _, wrong := range r.inconsistent() {
						t.Errorf("%s: %s", when, wrong)
					}
				}
				id := r.drop("a", "content")
				a := r.up.next(t)
				a.watch.Started("", "", "") // it is asked where
				if err := a.watch.Created(a.ctx, of.first); err != nil {
					t.Fatal(err)
				}
				other := r.drop("b", "content")
				b := r.up.next(t)
				refused("at the same time", b, of.second)
				if err := b.watch.Created(b.ctx, transfer.Granted{VideoID: "another", Bucket: "b",
					Key: "another"}); err != nil {
					t.Errorf("another: %v", err)
				}
				a.watch.Started("b", "k", "")
				refused("once it has begun", b, of.second)
				a.end <- fakeEnd{res: transfer.Result{Bucket: "b", Key: "k", VideoID: of.first.VideoID}}
				r.state("a", list.Success)
				refused("uploaded", b, of.second)
				if held, yes := r.Holder(other, of.second); !yes || held != `#1 "a"` {
					t.Errorf("%q has it", held)
				}
				if _, yes := r.Holder(id, of.first); yes {
					t.Error("it is not its own")
				}
				r.gone("a")
				r.close()
				r = openRig(t, r.dir, asks)
				b = r.up.next(t)
				refused("after a restart", b, of.second)
				if clear {
					r.clearFinished()
				} else if err := r.DoFile(t.Context(), Delete, id); err != nil {
					t.Fatal(err)
				}
				refused("taken off the list", b, of.second)
				r.close()
				r = openRig(t, r.dir, asks)
				b = r.up.next(t)
				refused("off the list, after a restart", b, of.second)
				if held, yes := r.Holder(other, of.second); !yes ||
					held != "#1, which was uploaded and is not in the list any more" {
					t.Errorf("%q has it", held)
				}
				if err := b.watch.Created(b.ctx, transfer.Granted{VideoID: "X", Bucket: "b", Key: "x"}); err != nil {
					t.Errorf("of its own: %v", err)
				}
			})
		}
	}
}

// TestGivenUpUnused has what was given for a file that was deleted before it arrived be good for another.
func TestGivenUpUnused(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Files = 2; o.Uploader.(*fakeUploader).asks = true })
	g := transfer.Granted{VideoID: "V", Bucket: "b", Key: "k"}
	id := r.drop("a", "content")
	a := r.up.next(t)
	a.watch.Started("", "", "")
	if err := a.watch.Created(a.ctx, g); err != nil {
		t.Fatal(err)
	}
	a.fail(transfer.Final, "AccessDenied")
	r.state("a", list.Failure)
	r.doTo(Delete, id)
	r.drop("b", "content")
	b := r.up.next(t)
	if err := b.watch.Created(b.ctx, g); err != nil {
		t.Error(err)
	}
}

// TestGivenIsBounded notes more than is remembered, in one life and over restarts: the last are known, and neither
// memory nor journal has more than two generations.
func TestGivenIsBounded(t *testing.T) {
	t.Parallel()
	var g given
	var kept []journal.Taken
	q := &Queue{}
	for n := range uint64(5*givenMost/2 + 1) {
		until := g.note(n+1, transfer.ID(n+1))
		kept = append(kept, journal.Taken{Name: n + 1, At: g.last, ID: n + 1})
		if until > 0 {
			kept = slices.DeleteFunc(kept, func(t journal.Taken) bool { return t.At <= until })
		}
	}
	q.restoreGivenLocked(slices.Clone(kept))
	for what, g := range map[string]*given{"noted": &g, "restored": &q.given} {
		last := uint64(5*givenMost/2 + 1)
		if n := len(g.young) + len(g.old); n > 2*givenMost || g.of(last) == 0 || g.of(last-givenMost+1) == 0 ||
			g.of(1) != 0 || g.last != uint32(last) {
			t.Errorf("%s: %d, the last %d", what, n, g.last)
		}
	}
	if len(kept) > 2*givenMost {
		t.Errorf("the journal has %d", len(kept))
	}
}

// TestGrantedOfADeleted gives a file the address of another that was deleted, and whose run has not ended: it waits.
func TestGrantedOfADeleted(t *testing.T) {
	t.Parallel()
	linger := make(chan struct{})
	r := newRig(t, func(o *Options) {
		o.Files = 2
		o.Uploader.(*fakeUploader).asks, o.Uploader.(*fakeUploader).linger = true, linger
	})
	g := transfer.Granted{Bucket: "b", Key: "k"}
	id := r.drop("a", "content")
	a := r.up.next(t)
	a.watch.Started("", "", "") // it is asked where
	if err := a.watch.Created(a.ctx, g); err != nil {
		t.Fatal(err)
	}
	r.drop("b", "content")
	b := r.up.next(t)
	r.doTo(Delete, id)
	var e *transfer.Error
	if err := b.watch.Created(b.ctx, g); !errors.As(err, &e) || e.Code != "KeyInUse" || e.Kind != transfer.Resumable {
		t.Errorf("while the other's run goes on: %v", err)
	}
	close(linger)
	r.until(func() bool { return b.watch.Created(b.ctx, g) == nil }, func() string { return "it is never free" })
	for _, wrong := range r.inconsistent() {
		t.Error(wrong)
	}
}
