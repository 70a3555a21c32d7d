package queue

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

func TestDropIsUploadedAndLetGo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.drop("clips/a.mp4", "content")
	u := r.up.next(t)
	if u.job.ID != id || u.job.Size != 7 || u.job.Path != r.path("clips/a.mp4") {
		t.Errorf("job is %+v", u.job)
	}
	u.watch.Started("b", "clips/a.mp4", "")
	u.succeed()
	info := r.state("clips/a.mp4", list.Success)
	if info.Percent() != 100 || info.ETag != `"E"` || info.CRC64 == "" || info.Finished.IsZero() {
		t.Errorf("status is %+v", info)
	}
	r.gone("clips/a.mp4")
	want := []string{"OnFileAdded:clips/a.mp4", "OnUploadStarted:clips/a.mp4", "OnUploadSucceed:clips/a.mp4",
		"OnUploadEnd"}
	if diff := cmp.Diff(want, r.events("OnUploadEnd")); diff != "" {
		t.Errorf("events:\n%s", diff)
	}
}

func TestStartsInOrderOfAddition(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRig(t, func(o *Options) { o.Start = false })
	var want []string
	for _, name := range []string{"c", "a", "b", "d/x", "d/a"} {
		r.drop(name, name)
		r.state(name, list.Ready)
		want = append(want, name)
	}
	if err := r.Do(t.Context(), Start); err != nil {
		t.Fatal(err)
	}
	var got []string
	for range want {
		u := r.up.next(t)
		got = append(got, u.job.Name)
		u.succeed()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOpeningWithdrawsAnUpload(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.drop("a", "12345678")
	u := r.up.next(t)
	u.begin(t, "U1")
	u.watch.Acked(transfer.Part{Number: 1, Size: 4, CRC64: 1}, 0)
	r.Open("a", false)
	if u.ctx.Err() == nil {
		t.Fatal("the upload goes on while the file is open for writing")
	}
	r.state("a", list.Receiving)

	// Nothing was written: the upload goes on from the part that is there.
	r.Close(id, Closed{Size: 8, ModTime: time.Now()})
	u = r.up.next(t)
	if u.job.Resume == nil || u.job.Resume.UploadID != "U1" || len(u.job.Resume.Parts) != 1 {
		t.Fatalf("it goes on with %+v", u.job.Resume)
	}

	// Something was written: the old parts are worth nothing, and are aborted.
	r.Open("a", false)
	info := r.write("a", "other content")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime()})
	u = r.up.next(t)
	if u.job.Resume != nil && u.job.Resume.UploadID != "" || u.job.Size != 13 || u.job.ID != id {
		t.Fatalf("it goes on with %+v", u.job)
	}
	r.until(func() bool {
		r.up.mu.Lock()
		defer r.up.mu.Unlock()
		return slices.Equal(r.up.aborted, []string{"U1"})
	}, func() string { return "the old multipart upload was not aborted" })
	u.succeed()
	r.state("a", list.Success)
}

func TestOverwritingKeptFileIsANewEntry(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Keep = true })
	first := r.drop("a", "one")
	r.up.next(t).succeed()
	r.state("a", list.Success)
	if _, err := os.Stat(r.path("a")); err != nil {
		t.Fatal("the copy was not kept")
	}

	opened := r.Open("a", false)
	r.Close(opened, Closed{Size: 3, ModTime: time.Now()})
	if info := r.state("a", list.Success); info.ID != first {
		t.Errorf("opened and closed, the entry is #%d instead of #%d", info.ID, first)
	}
	r.up.none(t)

	second := r.drop("a", "two!")
	u := r.up.next(t)
	if u.job.ID != second || second == first {
		t.Errorf("new content has entry #%d after #%d, and #%d is uploaded", second, first, u.job.ID)
	}
	u.succeed()
	r.state("a", list.Success)
	if n := len(r.List()); n != 2 {
		t.Errorf("the list has %d entries", n)
	}
}

func TestFaultIsHeldUntilReleased(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.Open("a", true)
	info := r.write("a", "half")
	r.Close(id, Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(),
		Fault: "write answered no space left on device"})
	held := r.state("a", list.Held)
	if !strings.Contains(held.Message, "no space left") {
		t.Errorf("the reason is %q", held.Message)
	}
	r.up.none(t)
	if err := r.DoFile(t.Context(), Release, id); err != nil {
		t.Fatal(err)
	}
	r.up.next(t).succeed()
	r.state("a", list.Success)
}

func TestJunkAndTemporaryNames(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if id := r.Open(".DS_Store", true); id != 0 {
		t.Errorf(".DS_Store is entry #%d", id)
	}
	r.drop("a.mp4.part", "all of it")
	r.until(func() bool { i, _ := r.Status("a.mp4.part"); return strings.Contains(i.Message, "temporary") },
		func() string { return "a.mp4.part does not say that it waits" })
	if err := r.WaitAll(t.Context()); err != nil { // it is nothing to wait for
		t.Error(err)
	}
	r.up.none(t)
	if err := os.Rename(r.path("a.mp4.part"), r.path("a.mp4")); err != nil {
		t.Fatal(err)
	}
	r.Renamed("a.mp4.part", "a.mp4", 0, Owner)
	u := r.up.next(t)
	if u.job.Name != "a.mp4" {
		t.Errorf("%s is uploaded", u.job.Name)
	}
	u.succeed()
	r.state("a.mp4", list.Success)
}

func TestFinalErrorDoesNotStopTheQueue(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bad := r.drop("bad", "x")
	r.up.next(t).fail(transfer.Final, "AccessDenied")
	r.state("bad", list.Failure)
	r.drop("good", "y")
	r.up.next(t).succeed()
	r.state("good", list.Success)
	if err := r.Wait(t.Context(), bad); !errors.Is(err, transfer.ErrEnded) ||
		!strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("wait says %v", err)
	}
	if _, err := os.Stat(r.path("bad")); err != nil {
		t.Error("the data of the failed file is gone")
	}
	if err := r.DoFile(t.Context(), Retry, bad); err != nil {
		t.Fatal(err)
	}
	r.up.next(t).succeed()
	r.state("bad", list.Success)
}

func TestOneRetryAndOneResumePerOutage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "12345678")
	u := r.up.next(t)
	u.begin(t, "U")
	down := &transfer.Error{Kind: transfer.Resumable, Code: "InternalError"}
	for i := range 3 {
		u.watch.Retry(down, i+1, time.Millisecond)
	}
	u.fail(transfer.Resumable, "InternalError")
	r.until(func() bool { i, _ := r.Status("a"); return !i.NextTry.IsZero() }, func() string { return "no next try" })
	if err := r.DoFile(t.Context(), Retry, 1); err != nil { // now, not in a second
		t.Fatal(err)
	}
	u = r.up.next(t)
	u.watch.Acked(transfer.Part{Number: 1, Size: 4}, 0)
	u.watch.Acked(transfer.Part{Number: 2, Size: 4}, 0)
	if got := r.state("a", list.Uploading).Percent(); got != 99 {
		t.Errorf("with all parts there and nothing verified it shows %d %%", got)
	}
	u.succeed()
	want := []string{"OnFileAdded:a", "OnUploadStarted:a", "OnUploadRetry:a", "OnUploadRetryResume:a",
		"OnUploadProgress:a",
		"OnUploadProgress:a", "OnUploadSucceed:a", "OnUploadEnd"}
	if diff := cmp.Diff(want, r.events("OnUploadEnd")); diff != "" {
		t.Error(diff)
	}
}

func TestExpiryStopsAndRenewalGoesOn(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Files = 2 })
	r.drop("a", "1")
	a := r.up.next(t)
	a.watch.Started("b", "a", "")
	r.drop("b", "2")
	b := r.up.next(t)
	a.fail(transfer.Renew, "SecurityTokenExpired")
	r.state("b", list.Paused)
	<-b.ctx.Done()
	if s := r.Summary(); s.State != list.Expired || s.Message == "" {
		t.Errorf("the queue is %v: %q", s.State, s.Message)
	}
	r.Renewed()
	for range 2 {
		u := r.up.next(t)
		u.watch.Started("b", u.job.Name, "")
		u.succeed()
	}
	r.state("a", list.Success)
	r.state("b", list.Success)
	if all := strings.Join(r.events("OnUploadEnd"), " "); strings.Count(all, "OnUploadTokenExpired") != 1 {
		t.Errorf("events: %s", all)
	}
}
