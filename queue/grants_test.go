package queue

import (
	"fmt"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// TestGrants has one place and files that wait for the answer of a user, who gives that for the last one.
func TestGrants(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRig(t, func(o *Options) { o.Files = 1 })
	var last transfer.ID
	for i := range askedLeast + 4 {
		last = r.drop(fmt.Sprintf("%02d", i), "content")
		if i >= askedLeast {
			continue
		}
		u := r.up.next(t)
		u.watch.Started("", "", "")
		u.fail(transfer.Asks, "GetUploadAuthFailed")
	}
	name := fmt.Sprintf("%02d", askedLeast+3)
	r.state(name, list.Ready)
	r.Granted(last) // nobody was asked for it yet
	u := r.up.next(t)
	if u.job.Name != name {
		t.Fatalf("%s was begun, not what has its grant", u.job.Name)
	}
	u.succeed()
	r.state(name, list.Success)
	first, _ := r.Status("00")
	r.Granted(first.ID)
	if u = r.up.next(t); u.job.Name != "00" {
		t.Fatalf("%s was begun, not what has its grant", u.job.Name)
	}
	r.Granted(first.ID) // a second answer, while the run was about to end without one
	u.fail(transfer.Asks, "GetUploadAuthFailed")
	if u = r.up.next(t); u.job.Name != "00" {
		t.Fatalf("%s was begun, not what has its grant", u.job.Name)
	}
	u.succeed()
	// a place among those that are asked
	if u = r.up.next(t); u.job.Name != fmt.Sprintf("%02d", askedLeast) {
		t.Errorf("%s was begun", u.job.Name)
	}
	if asked, _ := r.Status("01"); asked.State != list.Uploading {
		t.Errorf("one that waits is %v", asked.State)
	}
	u.fail(transfer.Asks, "GetUploadAuthFailed")
}
