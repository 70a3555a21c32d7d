package queue

import (
	"os"
	"slices"
	"strings"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// told is the events of an entry, once it is uploaded.
func (r *rig) told(file string) (names []string) {
	r.t.Helper()
	r.until(func() bool {
		tail, err := r.log.Tail(1 << 20)
		return err == nil && strings.Contains(string(tail), "event=OnUploadSucceed")
	}, func() string { return file + " does not arrive" })
	for _, event := range r.events("OnUploadEnd") {
		if name, of, _ := strings.Cut(event, ":"); of == file {
			names = append(names, name)
		}
	}
	return names
}

// TestAddedOnce kills the daemon while a file that was told of is canceled, or on its way to be tried again: the file
// keeps its place, is not told of again, and may have been sent.
func TestAddedOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		until func(r *rig, u *fakeUpload, id transfer.ID)
		after Verb
	}{
		{"canceled", func(r *rig, u *fakeUpload, id transfer.ID) {
			if err := r.DoFile(r.t.Context(), Cancel, id); err != nil {
				r.t.Fatal(err)
			}
		}, Restore},
		{"failed", func(r *rig, u *fakeUpload, id transfer.ID) {
			u.fail(transfer.Final, "AccessDenied")
			r.events("OnUploadEnd") // that it failed is in the journal
		}, Retry},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			id := r.drop("a", "content")
			u := r.up.next(t)
			u.watch.Started("b", "a", "")
			c.until(r, u, id)
			dir := r.killed()
			r.close()
			r = openRig(t, dir)
			if err := r.DoFile(t.Context(), c.after, id); err != nil {
				t.Fatal(err)
			}
			dir = r.killed() // it settles again, perhaps
			r.close()
			r = openRig(t, dir)
			if u = r.up.next(t); !u.job.Doubt {
				t.Error("nobody doubts that it was not sent")
			}
			u.succeed()
			if all := r.told("a"); all[0] != "OnFileAdded" || slices.Contains(all[1:], "OnFileAdded") {
				t.Errorf("told of it: %q", all)
			}
		})
	}
}

// TestCanceledWhileItIsAdded cancels a file while the row that makes it ready is on its way to the journal.
func TestCanceledWhileItIsAdded(t *testing.T) {
	t.Parallel()
	r, held := newHeldRig(t)
	release := held.hold()
	id := r.drop("a", "content")
	r.until(func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		s := r.list.Get(id).seal
		return s != nil && s.staged
	}, func() string { return "it is not on its way to be ready" })
	canceled := make(chan error, 1)
	go func() { canceled <- r.DoFile(t.Context(), Cancel, id) }()
	r.state("a", list.Canceled)
	release()
	if err := <-canceled; err != nil {
		t.Fatal(err)
	}
	if err := r.DoFile(t.Context(), Restore, id); err != nil {
		t.Fatal(err)
	}
	u := r.up.next(t)
	u.watch.Started("b", "a", "")
	u.succeed()
	want := []string{"OnFileAdded", "OnUploadCanceled", "OnUploadStarted", "OnUploadSucceed"}
	if all := r.told("a"); !slices.Equal(all, want) {
		t.Errorf("told of it: %q; want %q", all, want)
	}
}

// TestTooLateToCallOff has an upload be complete although the file was canceled, and wanted again, meanwhile.
func TestTooLateToCallOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.up.linger = make(chan struct{})
	id := r.drop("a", "content")
	u := r.up.next(t)
	u.watch.Started("b", "a", "")
	for _, v := range []Verb{Cancel, Restore} {
		if err := r.DoFile(t.Context(), v, id); err != nil {
			t.Fatal(err)
		}
	}
	u.succeed()
	close(r.up.linger)
	want := []string{"OnFileAdded", "OnUploadStarted", "OnUploadCanceled", "OnUploadStarted", "OnUploadSucceed"}
	if all := r.told("a"); !slices.Equal(all, want) {
		t.Errorf("told of it: %q; want %q", all, want)
	}
}

// TestTooLateForNewContent has an upload be complete although the file was written anew meanwhile: that does not count
// for what is there now.
func TestTooLateForNewContent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.up.linger = make(chan struct{})
	r.drop("a", "content")
	u := r.up.next(t)
	u.watch.Started("b", "a", "")
	r.drop("a", "other content")
	r.state("a", list.Ready)
	u.succeed()
	close(r.up.linger)
	if u = r.up.next(t); u.job.Size != 13 {
		t.Errorf("%d bytes are uploaded", u.job.Size)
	}
	if _, err := os.Stat(r.path("a")); err != nil {
		t.Error(err)
	}
	u.succeed()
	r.state("a", list.Success)
}
