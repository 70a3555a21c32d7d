package queue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inboxfs/queue/commit"
	"inboxfs/queue/eventlog"
	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/reference"
	"inboxfs/queue/seal"
	"inboxfs/queue/transfer"
)

var errFull = fmt.Errorf("journal: commit: %w", syscall.ENOSPC)

func TestFullDiskAndThenRoom(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r, h := newHeldRig(t)
	r.drop("a", "content")
	u := r.up.next(t)
	u.begin(t, "U")
	h.fail(errFull, 0)
	u.succeed()
	r.until(func() bool { return strings.Contains(r.Summary().Message, "no space left") },
		func() string { return "nobody says so" })
	if _, err := os.Stat(r.path("a")); err != nil {
		t.Fatal("the spool copy went before the success was durable")
	}
	id := r.drop("b", "content")
	if err := r.DoFile(t.Context(), Cancel, id); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a verb says %v", err)
	}
	// One row finds room, many do not: what lets a spool copy go comes through, and the rest behind it.
	h.fail(errFull, 1)
	r.state("a", list.Success)
	r.gone("a")
	h.fail(nil, 0)
	r.until(func() bool { return r.Summary().Message == "" }, func() string { return r.Summary().Message })
	want := []string{"OnFileAdded:a", "OnUploadStarted:a", "OnUploadSucceed:a", "OnUploadCanceled:b", "OnUploadEnd"}
	if diff := cmp.Diff(want, r.events("OnUploadEnd")); diff != "" {
		t.Error(diff)
	}
	r.close()
	r = openRig(t, r.dir)
	r.state("a", list.Success)
	r.state("b", list.Canceled)
}

// TestStartWithoutRoom starts on a disk that has no room for what is found in the spool.
func TestStartWithoutRoom(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.close()
	for _, name := range []string{"a", "b"} {
		r.write(name, "content")
	}
	h := &heldJournal{err: errFull, most: 1}
	r = openRig(t, r.dir, func(o *Options) { o.Start = false; h.Journal, o.Journal = o.Journal, h })
	r.state("a", list.Receiving)
	h.fail(nil, 0)
	r.state("a", list.Ready)
	r.state("b", list.Ready)
}

func TestBrokenJournalStopsUploadsNotDrops(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r, h := newHeldRig(t)
	h.fail(fmt.Errorf("journal: commit: %w: input/output error", journal.ErrBroken), 0)
	id := r.drop("a", "content")
	select {
	case <-r.Broken():
	case <-time.After(10 * time.Second):
		t.Fatal("nobody is told")
	}
	r.up.none(t)
	if err := r.DoFile(t.Context(), Cancel, id); !errors.Is(err, journal.ErrBroken) {
		t.Errorf("a verb says %v", err)
	}
	r.closed = true // Shutdown must say so, too, and leave the drop
	if err := r.Shutdown(t.Context()); err == nil {
		t.Error("the end was fine")
	}
	if err := errors.Join(r.journal.Close(), r.log.Close()); err != nil {
		t.Fatal(err)
	}
	h.fail(nil, 0)
	r = openRig(t, r.dir)
	r.refusedNot(r.DoFile(t.Context(), Restore, r.state("a", list.Canceled).ID)) // as its file says
	r.up.next(t).succeed()
	r.state("a", list.Success)
}

// brokenLog is an event log that cannot be written for a while.
type brokenLog struct {
	commit.Events
	mu  sync.Mutex
	err error
}

func (l *brokenLog) Append(e ...eventlog.Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	return l.Events.Append(e...)
}

func TestEventsWaitForTheirLog(t *testing.T) {
	t.Parallel()
	l := &brokenLog{err: syscall.ENOSPC}
	r := newRig(t, func(o *Options) { l.Events, o.Events = o.Events, l })
	r.drop("a", "content")
	u := r.up.next(t)
	u.watch.Started("b", "a", "")
	u.succeed()
	r.state("a", list.Success)
	r.gone("a") // the uploads go on
	l.mu.Lock()
	l.err = nil
	l.mu.Unlock()
	want := []string{"OnFileAdded:a", "OnUploadStarted:a", "OnUploadSucceed:a", "OnUploadEnd"}
	if diff := cmp.Diff(want, r.events("OnUploadEnd")); diff != "" {
		t.Error(diff)
	}
}

// TestOvertakenEventIsNotToldAfterAKill changes a drop while the journal is about to make it ready.
func TestOvertakenEventIsNotToldAfterAKill(t *testing.T) {
	t.Parallel()
	r, h := newHeldRig(t, func(o *Options) { o.Settle = time.Millisecond })
	release := h.hold()
	r.drop("a", "content")
	r.until(func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		e := r.tree.get("a")
		return e.seal != nil && e.seal.staged
	}, func() string { return "it is not sealed" })
	r.Open("a", false)
	release()
	if _, err := r.ClearFinished(t.Context()); err != nil { // a commit, behind all others
		t.Fatal(err)
	}
	if _, err := r.ClearFinished(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir := r.killed()
	r.close()
	r = openRig(t, dir)
	r.state("a", list.Held)
	if err := r.Do(t.Context(), Stop); err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(r.events("OnQueueState"), " "); strings.Contains(all, "OnFileAdded") {
		t.Errorf("the log tells of a drop that never became ready: %s", all)
	}
}

func TestShutdownIsFinal(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	id := r.drop("a", "content")
	r.state("a", list.Ready)
	r.drop("failed", "content")
	open := r.Open("open", true)
	info := r.write("open", "content")
	r.close()
	if err := r.Shutdown(t.Context()); err != nil {
		t.Errorf("a second time it says %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for what, verb := range map[string]func() error{
		"start":    func() error { return r.Do(ctx, Start) },
		"cancel":   func() error { return r.DoFile(ctx, Cancel, id) },
		"delete":   func() error { return r.DoFile(ctx, Delete, id) },
		"retry":    func() error { _, err := r.RetryAll(ctx); return err },
		"clear":    func() error { _, err := r.Clear(ctx); return err },
		"finished": func() error { _, err := r.ClearFinished(ctx); return err },
		"add":      func() error { _, err := r.Add(ctx, r.path("a")); return err },
		"wait":     func() error { return r.Wait(ctx, id) },
		"waitall":  func() error { return r.WaitAll(ctx) },
	} {
		if err := verb(); !errors.Is(err, transfer.ErrClosed) && what != "add" || err == nil {
			t.Errorf("%s says %v", what, err)
		}
	}
	// The filesystem may go on for a while.
	r.Close(open, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	r.Renamed("a", "b", 0, Owner)
	r.Removed("b")
	r.drop("c", "content")
	r.Refused("verb", transfer.ErrInvalid)
	r.Renewed()
	r.FlushAll()
}

// TestShortageIsNoFault has the look at a settled drop fail for want of descriptors, or memory.
func TestShortageIsNoFault(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Settle = 50 * time.Millisecond })
	for i, err := range []error{
		&os.PathError{Op: "open", Path: "a", Err: syscall.EMFILE},
		unfound(&reference.Refused{Path: "a", Is: reference.Unreadable, Err: syscall.ENFILE}),
		fmt.Errorf("sync: %w", syscall.ENOMEM),
	} {
		name := fmt.Sprint("drop", i)
		r.drop(name, "content")
		r.mu.Lock()
		e := r.tree.get(name)
		r.sealedLocked(&sealing{Drop: seal.Drop{Err: err}, e: e})
		if e.State != list.Receiving || e.problem != nil {
			t.Errorf("%v: it is %v (%v)", err, e.State, e.problem)
		}
		r.mu.Unlock()
		r.up.next(t).succeed()
		r.state(name, list.Success)
	}
}
