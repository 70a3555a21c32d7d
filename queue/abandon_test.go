package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"

	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// TestAbortOfAVideo calls an upload of VOD off while the network is away. If the same video is uploaded again before
// the abort gets through, only what was called off goes, and not all that there is of the video.
func TestAbortOfAVideo(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for again, over := range map[string]bool{"": false, "new": false, "and over": true} {
		r := newRig(t)
		r.up.abort = errors.New("the network is away")
		id := r.drop("a", "content")
		begin := func(uploadID string) *fakeUpload {
			u := r.up.next(t)
			if err := u.watch.Created(u.ctx, transfer.Granted{VideoID: "video"}); err != nil {
				t.Fatal(err)
			}
			if err := u.watch.Initiated(u.ctx, transfer.Multipart{Bucket: "b", Key: "k", UploadID: uploadID,
				VideoID: "video", PartSize: 4}); err != nil {
				t.Fatal(err)
			}
			return u
		}
		begin("old")
		if err := r.DoFile(t.Context(), Cancel, id); err != nil {
			t.Fatal(err)
		}
		if again != "" {
			if err := r.DoFile(t.Context(), Restore, id); err != nil {
				t.Fatal(err)
			}
			u := begin(again)
			if over {
				u.end <- fakeEnd{res: transfer.Result{Bucket: "b", Key: "k", VideoID: "video"}}
				r.state("a", list.Success)
			}
		}
		r.up.mu.Lock()
		r.up.abort = nil
		r.up.mu.Unlock()
		r.until(func() bool {
			rows, err := r.journal.Aborts()
			return err == nil && len(rows) == 0
		}, func() string { return "the abort is not over" })
		r.up.mu.Lock()
		want := "old"
		if again != "" {
			want = "old alone"
		}
		if !slices.Equal(r.up.aborted, []string{want}) {
			t.Errorf("uploaded again: %q; aborted %q", again, r.up.aborted)
		}
		r.up.mu.Unlock()
	}
}

// TestLeftOfTheSameVideo leaves to VOD what an entry has of the video with which it goes on, and not what it has of
// another.
func TestLeftOfTheSameVideo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.drop("a", "content")
	u := r.up.next(t)
	if err := u.watch.Created(u.ctx, transfer.Granted{VideoID: "video"}); err != nil {
		t.Fatal(err)
	}
	for _, of := range []string{"video", "another"} {
		u.watch.Left(transfer.Multipart{Bucket: "b", Key: "k", UploadID: "of " + of, VideoID: of})
	}
	r.mu.Lock()
	if left := r.list.Get(id).run.left; len(left) != 1 || left[0].VideoID != "another" {
		t.Errorf("to be aborted: %+v", left)
	}
	r.mu.Unlock()
}

// TestAbortWaitsForTheRun: while a run that was called off winds down, a part of it may still arrive.
func TestAbortWaitsForTheRun(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.up.linger = make(chan struct{})
	id := r.drop("a", "content")
	r.up.next(t).begin(t, "U")
	if err := r.DoFile(t.Context(), Cancel, id); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	if run := r.list.Get(id).run; run == nil || len(run.left) != 1 {
		t.Error("the abort does not wait")
	}
	r.mu.Unlock()
	close(r.up.linger)
	r.abortedIs("U")
}

// TestMadeTooLate: a video whose id comes when its file has been called off is not used; one that the file had before
// was given up with it.
func TestMadeTooLate(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, video := range []string{"video", "another"} {
		r := newRig(t)
		id := r.drop("a", "content")
		u := r.up.next(t)
		if err := u.watch.Created(u.ctx, transfer.Granted{VideoID: "video"}); err != nil {
			t.Fatal(err)
		}
		r.up.linger = make(chan struct{})
		u.end <- fakeEnd{err: &transfer.Error{Kind: transfer.Resumable, Code: "NetworkError"}}
		u = r.up.next(t)
		if err := r.DoFile(t.Context(), Delete, id); err != nil {
			t.Fatal(err)
		}
		if err := u.watch.Created(u.ctx, transfer.Granted{VideoID: video, Bucket: "b", Key: "k.mp4"}); !errors.Is(err,
			context.Canceled) {
			t.Error(err)
		}
		want := []string{"video"} // in the order of their names
		if video != "video" {
			want = []string{video, "video"}
		}
		close(r.up.linger)
		r.until(func() bool { return slices.Equal(r.unmade(), want) },
			func() string { return fmt.Sprintf("removed are %q, want %q", r.unmade(), want) })
	}
}

// unmade is the videos that were to be removed.
func (r *rig) unmade() []string {
	r.up.mu.Lock()
	defer r.up.mu.Unlock()
	all := slices.Clone(r.up.media)
	slices.Sort(all)
	return all
}

// abortedIs waits until the server was told to abort these.
func (r *rig) abortedIs(want ...string) {
	r.t.Helper()
	var all []string
	r.until(func() bool {
		r.up.mu.Lock()
		defer r.up.mu.Unlock()
		all = slices.Clone(r.up.aborted)
		return slices.Equal(all, want)
	}, func() string { return fmt.Sprintf("aborted is %q, not %q", all, want) })
}

// TestGivenUpIsNotGoneOnWith kills the daemon when an upload that it gave up is to be aborted, and before it noted that
// the file has none.
func TestGivenUpIsNotGoneOnWith(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "content")
	u := r.up.next(t)
	u.begin(t, "U")
	u.watch.Left(transfer.Multipart{Bucket: "b", Key: "a", UploadID: "U"})
	r.drop("b", "content")
	r.state("b", list.Ready) // that is in the journal, and what was before it
	dir := r.killed()
	r.close()
	r = openRig(t, dir)
	if u := r.up.next(t); u.job.Resume != nil || !u.job.Doubt {
		t.Errorf("it goes on with %+v, doubt %v", u.job.Resume, u.job.Doubt)
	}
	r.abortedIs("U")
}

// TestAbortedIsForgotten: that a file starts over is in the journal as soon as the abort is.
func TestAbortedIsForgotten(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "content")
	r.up.next(t).begin(t, "U")
	r.close()
	r = openRig(t, r.dir, func(o *Options) { o.Fresh, o.Start = true, false })
	r.abortedIs("U")
	if err := r.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.journal.Load(func(rec journal.Record) error {
		if rec.UploadID != "" {
			t.Errorf("%s has the upload %q", rec.Name, rec.UploadID)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestInitiatedThatCannotBeWrittenDown begins a multipart upload when the disk is full: it is aborted when there is
// room.
func TestInitiatedThatCannotBeWrittenDown(t *testing.T) {
	t.Parallel()
	r, h := newHeldRig(t)
	r.drop("a", "content")
	u := r.up.next(t)
	if _, err := u.watch.Initiating(u.ctx, transfer.Lost{Bucket: "b", Key: "a"}); err != nil {
		t.Fatal(err)
	}
	h.fail(errFull, 0)
	err := u.watch.Initiated(u.ctx, transfer.Multipart{Bucket: "b", Key: "a", UploadID: "U", PartSize: 4})
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("it says %v", err)
	}
	u.fail(transfer.Resumable, "JournalError")
	h.fail(nil, 0)
	r.abortedIs("U")
	if u := r.up.next(t); u.job.Resume != nil {
		t.Errorf("it goes on with %+v", u.job.Resume)
	}
}
