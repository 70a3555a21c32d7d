package queue

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// rename does what the filesystem does.
func (r *rig) rename(old, name string, writers int) transfer.ID {
	r.t.Helper()
	defer r.GuardAll()()
	if err := os.Rename(r.path(old), r.path(name)); err != nil {
		r.t.Fatal(err)
	}
	return r.Renamed(old, name, writers, Owner)
}

func TestRenameOntoPendingDropReplacesIt(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	id := r.drop("a", "one")
	r.state("a", list.Ready)
	r.drop(".a.Xy12Za", "other") // as rsync does
	if got := r.rename(".a.Xy12Za", "a", 0); got != id {
		t.Errorf("the drop is #%d now, not #%d", got, id)
	}
	r.until(func() bool { i, _ := r.Status("a"); return i.State == list.Ready && i.Size == 5 },
		func() string { return "not ready" })
	if n := len(r.List()); n != 1 {
		t.Errorf("the list has %d entries", n)
	}
}

func TestRenameWithdrawsAnUpload(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.drop("a", "12345678")
	u := r.up.next(t)
	u.begin(t, "U")
	r.rename("a", "b", 0)
	<-u.ctx.Done()
	u = r.up.next(t)
	if u.job.Name != "b" || u.job.ID != id || u.job.Resume != nil {
		t.Errorf("job is %+v", u.job)
	}
	u.succeed()
	r.state("b", list.Success)
}

func TestRenameWithOpenWriter(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.Open(".goutputstream-ABC123", true)
	info := r.write(".goutputstream-ABC123", "content")
	if got := r.rename(".goutputstream-ABC123", "a", 1); got != id {
		t.Errorf("the drop is #%d, not #%d", got, id)
	}
	r.up.none(t)
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	r.up.next(t).succeed()
	r.state("a", list.Success)
}

func TestRenameOfFolder(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	r.drop("d/a", "a")
	r.drop("d/sub/b", "b")
	r.state("d/a", list.Ready)
	r.state("d/sub/b", list.Ready)
	r.rename("d", "e", 0)
	r.state("e/a", list.Ready)
	r.state("e/sub/b", list.Ready)
	if _, ok := r.Status("d/a"); ok {
		t.Error("the old name is still there")
	}
	if _, ok := r.StatusDir("d"); ok {
		t.Error("the old folder is still there")
	}
}

func TestExchange(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	a, b := r.drop("a", "a"), r.drop("b", "bb")
	r.state("a", list.Ready)
	r.state("b", list.Ready)
	for _, step := range [][2]string{{"a", "tmp"}, {"b", "a"}, {"tmp", "b"}} {
		if err := os.Rename(r.path(step[0]), r.path(step[1])); err != nil {
			t.Fatal(err)
		}
	}
	r.Exchanged("a", "b", Owner)
	if i := r.state("a", list.Ready); i.ID != b || i.Size != 2 {
		t.Errorf("a is %+v", i)
	}
	if i := r.state("b", list.Ready); i.ID != a || i.Size != 1 {
		t.Errorf("b is %+v", i)
	}
}

func TestUnlinkWhileUploading(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "12345678")
	u := r.up.next(t)
	u.begin(t, "U")
	if err := os.Remove(r.path("a")); err != nil {
		t.Fatal(err)
	}
	r.Removed("a")
	<-u.ctx.Done()
	r.until(func() bool { r.up.mu.Lock(); defer r.up.mu.Unlock(); return len(r.up.aborted) == 1 },
		func() string { return "not aborted" })
	want := []string{"OnFileAdded:a", "OnUploadStarted:a", "OnFileDeleted:a", "OnUploadEnd"}
	if diff := cmp.Diff(want, r.events("OnUploadEnd")); diff != "" {
		t.Error(diff)
	}
}

func TestWaits(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	id := r.drop("a", "a")
	given := make(chan error)
	go func() { given <- r.Wait(ctx, id) }()
	u := r.up.next(t)
	cancel()
	if err := <-given; !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted wait says %v", err)
	}
	for _, wait := range []func() error{
		func() error { return r.Wait(t.Context(), id) },
		func() error { return r.WaitAll(t.Context()) },
	} {
		go func() { given <- wait() }()
	}
	r.until(func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.waiters[nil])+len(r.waiters[r.tree.get("a")]) == 2
	},
		func() string { return "nobody waits" })
	u.succeed()
	for range 2 {
		select {
		case err := <-given:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("a wait does not end")
		}
	}
	bad := r.drop("bad", "b")
	go func() { given <- r.WaitAll(t.Context()) }()
	u = r.up.next(t)
	r.until(func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.waiters[nil]) == 1 },
		func() string { return "nobody waits" })
	u.fail(transfer.Final, "AccessDenied")
	if err := <-given; !errors.Is(err, transfer.ErrEnded) {
		t.Errorf("wait says %v", err)
	}
	if err := r.Wait(t.Context(), bad); !errors.Is(err, transfer.ErrEnded) {
		t.Errorf("wait for a failed file says %v", err)
	}
}

func TestAbortIsRememberedAcrossRestart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.up.abort = errors.New("the network is away")
	id := r.drop("a", "12345678")
	u := r.up.next(t)
	u.begin(t, "U")
	if err := r.DoFile(t.Context(), Cancel, id); err != nil {
		t.Fatal(err)
	}
	<-u.ctx.Done()
	r.close()
	r = openRig(t, r.dir)
	r.until(func() bool {
		r.up.mu.Lock()
		defer r.up.mu.Unlock()
		return len(r.up.aborted) == 1 && r.up.aborted[0] == "U"
	},
		func() string { return "the multipart upload was forgotten" })
}
