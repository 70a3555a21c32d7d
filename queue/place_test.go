package queue

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// keyed has the keys of files begin with prefix.
func keyed(prefix string) func(*Options) {
	return func(o *Options) { o.Uploader.(*fakeUploader).prefix = prefix }
}

// sendTo is what an uploader does before a single put.
func (u *fakeUpload) sendTo(t *testing.T, key string) {
	t.Helper()
	u.watch.Started("b", key, "")
	if err := u.watch.Sending(u.ctx, "b", key); err != nil {
		t.Fatal(err)
	}
}

// TestKeyOutlivesWhoSent restarts a queue under another configuration, in which the file gets another key. The old one
// is kept while nobody knows whether the file was sent to it, and only then.
func TestKeyOutlivesWhoSent(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		act    func(r *rig, u *fakeUpload)
		kill   bool
		passes bool                // the key is foreseen for today only
		resume *transfer.Multipart // that the next run gets
		doubt  bool
	}{
		"killed while it is sent": {func(r *rig, u *fakeUpload) { u.sendTo(r.t, "mon/a") }, true, false,
			&transfer.Multipart{Bucket: "b", Key: "mon/a"}, true},
		"killed while it is sent to what nobody foresaw": {func(r *rig, u *fakeUpload) { u.sendTo(r.t, "late/a") },
			true, false,
			&transfer.Multipart{Bucket: "b", Key: "late/a"}, true},
		"killed while it is sent, today": {func(r *rig, u *fakeUpload) { u.sendTo(r.t, "mon/a") }, true, true,
			&transfer.Multipart{Bucket: "b", Key: "mon/a"}, true},
		"stopped while it is sent": {func(r *rig, u *fakeUpload) { u.sendTo(r.t, "mon/a") }, false, false,
			&transfer.Multipart{Bucket: "b", Key: "mon/a"}, true},
		"stopped, and it is not there": {func(r *rig, u *fakeUpload) {
			u.sendTo(r.t, "mon/a")
			u.watch.NotMade()
		}, false, false, nil, false},
		"stopped before it is sent": {func(r *rig, u *fakeUpload) { u.watch.Started("b", "mon/a", "") }, false, false,
			nil, false},
		"failed for good": {func(r *rig, u *fakeUpload) {
			u.sendTo(r.t, "mon/a")
			u.watch.NotMade()
			u.fail(transfer.Final, "AccessDenied")
			r.events("OnUploadEnd") // so that it is in the journal
		}, true, false, nil, false},
		"failed, and nobody knows": {func(r *rig, u *fakeUpload) {
			u.sendTo(r.t, "mon/a")
			u.fail(transfer.Final, "CRCMissing")
			r.state("a", list.Failure)
		}, false, false, &transfer.Multipart{Bucket: "b", Key: "mon/a"}, true},
		"canceled while it is sent": {func(r *rig, u *fakeUpload) {
			u.sendTo(r.t, "mon/a")
			if err := r.DoFile(r.t.Context(), Cancel, u.job.ID); err != nil {
				r.t.Fatal(err)
			}
		}, true, false, &transfer.Multipart{Bucket: "b", Key: "mon/a"}, true},
		"canceled before it is sent": {func(r *rig, u *fakeUpload) {
			u.watch.Started("b", "mon/a", "")
			if err := r.DoFile(r.t.Context(), Cancel, u.job.ID); err != nil {
				r.t.Fatal(err)
			}
		}, true, false, nil, false},
		"in parts": {func(r *rig, u *fakeUpload) {
			if err := u.watch.Initiated(u.ctx, transfer.Multipart{Bucket: "b", Key: "mon/a", UploadID: "U",
				PartSize: 4}); err != nil {
				r.t.Fatal(err)
			}
		}, false, false, &transfer.Multipart{Bucket: "b", Key: "mon/a", UploadID: "U", PartSize: 4,
			Parts: []transfer.Part{}}, false},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, keyed("mon/"), func(o *Options) { o.Uploader.(*fakeUploader).passing = c.passes })
			r.drop("a", "content")
			c.act(r, r.up.next(t))
			dir := r.dir
			if c.kill {
				dir = r.killed()
			}
			r.close()
			r = openRig(t, dir, keyed("tue/"))
			for verb, state := range map[Verb]list.State{Retry: list.Failure, Restore: list.Canceled} {
				if i, _ := r.Status("a"); i.State == state {
					if err := r.DoFile(t.Context(), verb, i.ID); err != nil {
						t.Fatal(err)
					}
				}
			}
			u := r.up.next(t)
			if diff := cmp.Diff(c.resume, u.job.Resume); diff != "" || u.job.Doubt != c.doubt {
				t.Errorf("doubt %v; it goes on with\n%s", u.job.Doubt, diff)
			}
		})
	}
}

// TestForeseenKeyCostsNothing: where the key is the one that a ready file's row has, nothing is written down before it
// is sent, and a restart keeps no copy of it in memory.
func TestForeseenKeyCostsNothing(t *testing.T) {
	t.Parallel()
	r, h := newHeldRig(t, keyed("mon/"))
	r.drop("a", "content")
	u := r.up.next(t)
	h.fail(errFull, 0)
	u.sendTo(t, "mon/a") // does not wait for the disk
	h.fail(nil, 0)
	dir := r.killed()
	r.close()
	r = openRig(t, dir, keyed("mon/"), func(o *Options) { o.Start = false })
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.tree.get("a"); e.target != nil || !e.sent {
		t.Errorf("it keeps %+v, sent %v", e.target, e.sent)
	}
}

// TestUploadedKeepsItsKey restarts a queue whose file is uploaded: the list shows where it is, whatever the
// configuration says now.
func TestUploadedKeepsItsKey(t *testing.T) {
	t.Parallel()
	r := newRig(t, keyed("mon/"))
	r.drop("a", "content")
	r.up.next(t).succeed()
	r.state("a", list.Success)
	for range 2 {
		r.close()
		r = openRig(t, r.dir, keyed("tue/"))
		if i := r.state("a", list.Success); i.Bucket != "b" || i.Key != "a" || i.ETag == "" || i.CRC64 == "" {
			t.Errorf("it is at %q/%q, %q, %q", i.Bucket, i.Key, i.ETag, i.CRC64)
		}
	}
}
