package queue

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// A run that ends with the expiry of credentials in whose place others came while it wound down does not stop the queue
// again, and nobody is told a second time.
func TestLateExpiryOfOldCredentials(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "content")
	u := r.up.next(t)
	u.begin(t, "U")
	r.Renewed() // the queue runs: there is nothing to do but to remember it
	u.fail(transfer.Renew, "SecurityTokenExpired")
	u = r.up.next(t)
	if u.job.Resume == nil || u.job.Resume.UploadID != "U" {
		t.Errorf("it starts over: %+v", u.job.Resume)
	}
	u.fail(transfer.Renew, "SecurityTokenExpired") // and this one has met the end of the new ones
	r.state("a", list.Paused)
	r.up.none(t)
	r.Renewed()
	r.up.next(t).succeed()
	want := []string{"OnFileAdded:a", "OnUploadStarted:a", "OnUploadTokenExpired", "OnQueueState", "OnQueueState",
		"OnUploadSucceed:a", "OnUploadEnd"}
	if diff := cmp.Diff(want, r.events("OnUploadEnd")); diff != "" {
		t.Error(diff)
	}
}

// Two files meet one expiry, the second of them after the renewal.
func TestOneExpiryForAllFiles(t *testing.T) {
	t.Parallel()
	linger := make(chan struct{})
	r := newRig(t, func(o *Options) { o.Files = 2; o.Uploader.(*fakeUploader).linger = linger })
	r.drop("a", "content")
	a := r.up.next(t)
	a.begin(t, "A")
	r.drop("b", "content")
	b := r.up.next(t)
	b.begin(t, "B")
	a.fail(transfer.Renew, "SecurityTokenExpired")
	r.state("b", list.Paused)
	r.Renewed()
	again := r.up.next(t)
	if again.job.Name != "a" {
		t.Fatalf("%s goes on", again.job.Name)
	}
	again.watch.Started("b", "a", "A")
	close(linger) // b's run ends only now
	next := r.up.next(t)
	again.succeed()
	next.succeed()
	expired := 0
	for _, event := range r.events("OnUploadEnd") {
		if event == "OnUploadTokenExpired" {
			expired++
		}
	}
	if expired != 1 {
		t.Errorf("%d OnUploadTokenExpired", expired)
	}
}

// Renewals that come at any moment never leave the queue waiting for another.
func TestRenewalsRaceExpiries(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "content")
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			r.Renewed()
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Microsecond):
			}
		}
	}()
	for range 100 {
		r.up.next(t).fail(transfer.Renew, "SecurityTokenExpired")
	}
	close(stop)
	<-done
	r.Renewed()
	r.up.next(t).succeed()
	r.state("a", list.Success)
}
