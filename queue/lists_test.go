package queue

import (
	"errors"
	"os"
	"strings"
	"testing"

	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/transfer"
)

// listing has a queue know other lists of names.
func listing(t *testing.T, ignore, wait string) func(*Options) {
	t.Helper()
	rules, err := names.Compile(append(names.DefaultIgnore[:len(names.DefaultIgnore):len(names.DefaultIgnore)], ignore),
		append(names.DefaultWait[:len(names.DefaultWait):len(names.DefaultWait)], wait))
	if err != nil {
		t.Fatal(err)
	}
	return func(o *Options) { o.Names = rules }
}

// TestListsChange: what is in the list waits, or is never uploaded, by the lists of now, whatever it was when it was
// dropped.
func TestListsChange(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	failed := r.drop("failed.xyz", "content")
	r.up.next(t).fail(transfer.Final, "AccessDenied")
	r.state("failed.xyz", list.Failure)
	if err := r.Do(t.Context(), Stop); err != nil {
		t.Fatal(err)
	}
	r.drop("ready.xyz", "content")
	r.state("ready.xyz", list.Ready)
	r.close()

	r = openRig(t, r.dir, listing(t, "no", "*.xyz"))
	if err := r.Do(t.Context(), Start); err != nil {
		t.Fatal(err)
	}
	r.doTo(Retry, failed)
	r.state("failed.xyz", list.Receiving)
	r.state("ready.xyz", list.Receiving)
	r.up.none(t)
	r.close()

	r = openRig(t, r.dir, listing(t, "*.xyz", "no"))
	if listed := r.Infos(); len(listed) != 0 {
		t.Errorf("the list is %+v", listed)
	}
	r.up.none(t)
	r.close()

	r = openRig(t, r.dir)
	r.uploadAll(2)
	for _, name := range []string{"ready.xyz", "failed.xyz"} {
		if r.gone(name); t.Failed() {
			_, err := os.Lstat(r.path(name))
			t.Error(err)
		}
	}
}

// TestFailedFileGetsATemporaryName: when it is retried it waits for another one.
func TestFailedFileGetsATemporaryName(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.drop("a", "content")
	r.up.next(t).fail(transfer.Final, "AccessDenied")
	r.state("a", list.Failure)
	r.rename("a", "a.tmp", 0)
	r.doTo(Retry, id)
	r.state("a.tmp", list.Receiving)
	r.up.none(t)
	r.rename("a.tmp", "b", 0)
	r.uploadAll(1)
	r.state("b", list.Success)
}

// TestListsChangeAndBack: what was half written at a kill, failed or was canceled is not uploaded when its name was
// never to be uploaded for a while.
func TestListsChangeAndBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drop("failed.xyz", "content")
	r.up.next(t).fail(transfer.Final, "AccessDenied")
	r.state("failed.xyz", list.Failure)
	r.doTo(Cancel, r.drop("canceled.xyz", "content"))
	r.state("canceled.xyz", list.Canceled)
	r.Open("known.xyz", true)
	r.write("known.xyz", "half")
	if _, err := r.ClearFinished(t.Context()); err != nil { // the row is in the journal
		t.Fatal(err)
	}
	r.drop("again.xyz", "whole")
	r.up.next(t)
	r.Open("again.xyz", false)
	r.write("again.xyz", "half of what is new")
	dir := r.killed()
	r.close()
	for _, lists := range []func(*Options){listing(t, "*.xyz", "no"), listing(t, "no", "no")} {
		r = openRig(t, dir, lists)
		for name, want := range map[string]list.State{"failed.xyz": list.Failure, "canceled.xyz": list.Canceled,
			"known.xyz": list.Held,
			"again.xyz": list.Held} {
			r.state(name, want)
		}
		r.up.none(t)
		r.close()
	}
}

// TestListsChangeUnderADoubt kills a daemon that sends a file whose name is to be ignored then, and later is not, and
// is. What is asked at last is whether the first request made an object.
func TestListsChangeUnderADoubt(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRig(t)
	r.drop("a.xyz", "content")
	first := r.state("a.xyz", list.Uploading).Added
	r.up.next(t).send(t)
	for _, ignore := range []string{"*.xyz", "no", "*.xyz"} {
		dir := r.killed()
		r.close()
		r = openRig(t, dir, listing(t, ignore, "no"))
		if ignore == "no" {
			if added := r.state("a.xyz", list.Uploading).Added; !added.After(first) {
				t.Fatalf("it was added at %v and at %v", first, added)
			}
		}
	}
	r.pass(stragglerMost)
	r.until(func() bool { r.up.mu.Lock(); defer r.up.mu.Unlock(); return len(r.up.sought) > 0 },
		func() string { return "nobody asks" })
	r.up.mu.Lock()
	defer r.up.mu.Unlock()
	if since := r.up.sought[0].Since; since.After(first) {
		t.Errorf("asked is for what was made since %v, and it was added at %v", since, first)
	}
}

// TestVerbsAndIgnoredNames: what has ended is not taken up again by a verb when its name is to be ignored by now, until
// that has another.
func TestVerbsAndIgnoredNames(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ids := map[Verb]transfer.ID{Retry: r.drop("failed.xyz", "content")}
	r.up.next(t).fail(transfer.Final, "AccessDenied")
	r.state("failed.xyz", list.Failure)
	ids[Restore] = r.drop("canceled.xyz", "content")
	r.doTo(Cancel, ids[Restore])
	ids[Release] = r.Open("held.xyz", true)
	info := r.write("held.xyz", "content")
	r.Close(ids[Release], Closed{Changed: true, Size: info.Size(), ModTime: info.ModTime(), Fault: "it was killed"})
	r.state("held.xyz", list.Held)
	r.close()
	r = openRig(t, r.dir, listing(t, "*.xyz", "no"))
	for verb, id := range ids {
		if err := r.DoFile(t.Context(), verb, id); !errors.Is(err, transfer.ErrInvalid) ||
			!strings.Contains(err.Error(), "inbox.ignore") {
			t.Errorf("%v: %v", verb, err)
		}
	}
	if n, err := r.RetryAll(t.Context()); n != 0 || err != nil {
		t.Errorf("%d are tried again, %v", n, err)
	}
	r.up.none(t)
	r.rename("failed.xyz", "failed.abc", 0)
	r.doTo(Retry, ids[Retry])
	r.uploadAll(1)
	r.state("failed.abc", list.Success)
}
