package queue

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// names is what an overview shows of a state, in its order.
func (o Overview) names(s list.State) string {
	var names []string
	for _, i := range o.Entries[s] {
		names = append(names, i.Name)
	}
	return strings.Join(names, " ")
}

// TestOverview has entries in most states, and more than are asked for.
func TestOverview(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRig(t, func(o *Options) { o.Files = 2 })
	for _, name := range []string{"f1", "f2", "f3"} {
		r.drop(name, "12345678")
		r.up.next(t).fail(transfer.Final, "AccessDenied")
		r.state(name, list.Failure)
	}
	for _, name := range []string{"s1", "s2", "s3"} {
		r.drop(name, "12345678")
		r.up.next(t).succeed()
		r.state(name, list.Success)
	}
	r.until(func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.busySince == 0 },
		func() string { return "there is still something to upload" })
	if s := r.Summary(); s.Done < 8 || s.Left != 0 || s.Percent() != int(s.Done*100/(s.Done+3*8)) { // of s3 at least
		t.Errorf("at the end: done %d, left %d, percent %d", s.Done, s.Left, s.Percent())
	}
	r.drop("u1", "12345678")
	u1 := r.up.next(t)
	r.drop("u2", "12345678")
	u1.begin(t, "U1")
	r.up.next(t).begin(t, "U2")
	u1.watch.Acked(transfer.Part{Number: 1, Size: 4}, 0)
	for _, name := range []string{"r1", "r2", "r3", "r4"} {
		r.drop(name, "12345678")
		r.state(name, list.Ready)
	}
	r.drop("half.part", "1234")
	r.until(func() bool { return r.Summary().Waiting == 1 }, func() string { return "half.part does not wait" })

	o := r.Overview(2)
	want := map[list.State]string{list.Failure: "f3 f2", list.Success: "s3 s2", list.Uploading: "u1 u2",
		list.Ready:     "r1 r2",
		list.Receiving: "half.part"}
	for _, s := range list.States {
		if diff := cmp.Diff(want[s], o.names(s)); diff != "" {
			t.Errorf("%v:\n%s", s, diff)
		}
	}
	if all := r.Overview(9); all.names(list.Ready) != "r1 r2 r3 r4" || all.names(list.Uploading) != "u1 u2" ||
		all.names(list.Failure) != "f3 f2 f1" {
		t.Errorf("of all it shows %q, %q and %q", all.names(list.Ready), all.names(list.Uploading),
			all.names(list.Failure))
	}
	// What came before u1 was over when u1 came.
	if o.Done != 4 || o.Left != 6*8-4 || o.Percent() != 8 || o.Pending() != 6 {
		t.Errorf("done %d, left %d, percent %d, pending %d", o.Done, o.Left, o.Percent(), o.Pending())
	}
	if first := r.state("u1", list.Uploading).Added; !o.Oldest.Equal(first) {
		t.Errorf("the oldest was added at %v, not at %v", o.Oldest, first)
	}

	if err := r.Do(t.Context(), Pause); err != nil {
		t.Fatal(err)
	}
	if o := r.Overview(9); o.names(list.Paused) != "u1 u2" || o.names(list.Uploading) != "" || o.Done != 4 {
		t.Errorf("paused: %q, uploading: %q, done %d", o.names(list.Paused), o.names(list.Uploading), o.Done)
	}
	for _, wrong := range r.inconsistent() {
		t.Error(wrong)
	}
}

// TestPercentOfTheQueue goes from 0 to 100 with each lot of files, and is not 100 before the last one was verified.
func TestPercentOfTheQueue(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Start = false })
	for range 2 {
		r.drop("a", "12345678")
		r.state("a", list.Ready)
		r.drop("b", "12345678")
		r.state("b", list.Ready)
		if s := r.Summary(); s.Percent() != 0 || s.Left != 16 {
			t.Errorf("before: %d %%, %d left", s.Percent(), s.Left)
		}
		if err := r.Do(t.Context(), Start); err != nil {
			t.Fatal(err)
		}
		r.up.next(t).succeed()
		b := r.up.next(t)
		b.begin(t, "U")
		if s := r.Summary(); s.Percent() != 50 {
			t.Errorf("half way: %d %%", s.Percent())
		}
		b.watch.Acked(transfer.Part{Number: 1, Size: 4}, 0)
		b.watch.Acked(transfer.Part{Number: 2, Size: 4}, 0)
		if s := r.Summary(); s.Percent() != 99 || s.Left != 0 || s.TimeLeft() != 0 {
			t.Errorf("all sent: %d %%, %d left", s.Percent(), s.Left)
		}
		b.succeed()
		r.state("b", list.Success)
		if s := r.Summary(); s.Percent() != 100 || !s.Oldest.IsZero() {
			t.Errorf("at the end: %d %%, oldest %v", s.Percent(), s.Oldest)
		}
		r.events("OnUploadEnd")
		if err := r.Do(t.Context(), Stop); err != nil {
			t.Fatal(err)
		}
		if _, err := r.ClearFinished(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOverviewAfterRestart finds the same where everything comes from the journal.
func TestOverviewAfterRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := openRig(t, dir)
	for _, name := range []string{"f1", "f2"} {
		r.drop(name, "12345678")
		r.up.next(t).fail(transfer.Final, "AccessDenied")
		r.state(name, list.Failure)
	}
	r.drop("u", "12345678")
	u := r.up.next(t)
	u.begin(t, "U")
	u.watch.Acked(transfer.Part{Number: 1, Size: 4}, 0)
	r.drop("r", "12345678")
	r.state("r", list.Ready)
	r.close()

	r = openRig(t, dir, func(o *Options) { o.Start = false })
	o := r.Overview(9)
	if o.names(list.Failure) != "f2 f1" || o.names(list.Ready) != "u r" || o.Done != 4 || o.Left != 12 ||
		o.Percent() != 25 {
		t.Errorf("failed %q, ready %q, done %d, left %d", o.names(list.Failure), o.names(list.Ready), o.Done, o.Left)
	}
}

// TestOverviewPutsThoseThatSendFirst has two files wait for another try while a third is sent.
func TestOverviewPutsThoseThatSendFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, name := range []string{"w1", "w2"} {
		r.drop(name, "12345678")
		u := r.up.next(t)
		u.watch.Started("b", name, "")
		// not before the test is over
		u.end <- fakeEnd{err: &transfer.Error{Kind: transfer.Resumable, Code: "RequestTimeout", After: time.Minute}}
		r.until(func() bool { i, _ := r.Status(name); return !i.NextTry.IsZero() },
			func() string { return name + " is not tried again" })
	}
	r.drop("sends", "12345678")
	r.up.next(t).watch.Started("b", "sends", "")
	if got := r.Overview(3).names(list.Uploading); got != "sends w1 w2" {
		t.Errorf("uploading: %s", got)
	}
	if got := r.Overview(1).names(list.Uploading); got != "sends" {
		t.Errorf("uploading, one: %s", got)
	}
}

// TestTotals counts what went wrong, and does not let a server say how many labels there are.
func TestTotals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("a", "12345678")
	u := r.up.next(t)
	u.watch.Started("b", "a", "")
	u.watch.Retry(&transfer.Error{Kind: transfer.Resumable, Code: "RequestTimeout"}, 1, time.Second)
	u.succeed()
	r.state("a", list.Success)
	r.drop("b", "12345678")
	r.up.next(t).fail(transfer.Final, "AccessDenied")
	r.state("b", list.Failure)
	r.drop("c", "12345678")
	r.up.next(t).fail(transfer.Renew, "SecurityTokenExpired")
	r.state("c", list.Paused)
	got := r.Totals()
	if got.Retries != 1 || got.Succeeded != 1 || got.Failures["AccessDenied"] != 1 || got.Expiries != 1 ||
		got.Uploaded != 8 || got.JournalErrors != 0 {
		t.Errorf("totals: %+v", got)
	}

	r.mu.Lock()
	r.failureLocked("<b>\"\n")
	for i := range 1000 {
		r.failureLocked(fmt.Sprintf("Code%d", i))
	}
	r.failureLocked("AccessDenied")
	r.mu.Unlock()
	got = r.Totals()
	sum := int64(0)
	for code, n := range got.Failures {
		sum += n
		if !plainCode(code) {
			t.Errorf("%q is a label", code)
		}
	}
	if len(got.Failures) > failureCodes+1 || sum != 1003 || got.Failures["AccessDenied"] != 2 {
		t.Errorf("%d codes, %d failures, %d of them AccessDenied", len(got.Failures), sum, got.Failures["AccessDenied"])
	}
}
