package queue

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inboxfs/queue/list"
	"inboxfs/queue/transfer"
)

// refer adds a file outside by reference.
func (r *rig) refer(name, content string) transfer.ID {
	r.t.Helper()
	path := filepath.Join(r.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
	id, err := r.Add(r.t.Context(), path)
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// info is what is known of an entry, which must be in the list.
func (r *rig) info(id transfer.ID) list.Info {
	r.t.Helper()
	i, err := r.Info(id)
	if err != nil {
		r.t.Fatal(err)
	}
	return i
}

func (r *rig) doTo(v Verb, id transfer.ID) {
	r.t.Helper()
	if err := r.DoFile(r.t.Context(), v, id); err != nil {
		r.t.Fatal(err)
	}
}

// TestLaterWins uploads a drop to the place of a file that was added before, in whatever state that is: then the older
// one is sent no more, says so, and stays so.
func TestLaterWins(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		before func(r *rig, ref transfer.ID) // brings the older one there
		after  func(r *rig, ref transfer.ID) // what is done to it once the newer is uploaded; nil: nothing
	}{
		"waits for its next try": {before: func(r *rig, ref transfer.ID) {
			r.up.next(r.t).fail(transfer.Resumable,
				"InternalError")
		}},
		"has parts there": {before: func(r *rig, ref transfer.ID) {
			u := r.up.next(r.t)
			u.begin(r.t, "U")
			u.fail(transfer.Resumable, "InternalError")
		}},
		"failed": {before: func(r *rig, ref transfer.ID) {
			r.up.next(r.t).fail(transfer.Final, "AccessDenied")
			r.state("w.txt", list.Failure)
		}},
		"was canceled": {before: func(r *rig, ref transfer.ID) {
			r.up.next(r.t)
			r.doTo(Cancel, ref)
		}},
		"was canceled before it was ready": {before: func(r *rig, ref transfer.ID) { r.doTo(Cancel, ref) }},
		"is looked at again": {before: func(r *rig, ref transfer.ID) {
			r.up.next(r.t).fail(transfer.Final, "AccessDenied")
			r.state("w.txt", list.Failure)
		}, after: func(r *rig, ref transfer.ID) {
			_ = r.DoFile(r.t.Context(), Retry, ref) // refused
		}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *Options) { o.Files = 2 })
			ref := r.refer("w.txt", "older")
			c.before(r, ref)
			drop := r.drop("w.txt", "newer")
			u := r.up.next(t)
			for u.job.ID != drop { // its time had come before
				u.fail(transfer.Resumable, "InternalError")
				u = r.up.next(t)
			}
			u.succeed()
			r.state("w.txt", list.Success)
			if c.after != nil {
				c.after(r, ref)
			}
			for range 2 {
				i := r.info(ref)
				if i.State != list.Canceled || i.Error != codeReplaced || !strings.Contains(i.Message, `#2 "w.txt"`) ||
					i.Key != "" {
					t.Errorf("the older one is %+v", i)
				}
				for _, v := range []Verb{Restore, Retry, Release} {
					if err := r.DoFile(t.Context(), v, ref); !errors.Is(err, transfer.ErrInvalid) {
						t.Errorf("%v: %v", v, err)
					}
				}
				if _, err := r.RetryAll(t.Context()); err != nil {
					t.Error(err)
				}
				r.up.none(t)
				for _, wrong := range r.inconsistent() {
					t.Error(wrong)
				}
				r.close()
				r = openRig(t, r.dir)
			}
		})
	}
}

// TestOlderWaits: while a newer one is under way an older one waits, and goes on if the newer comes to nothing.
func TestOlderWaits(t *testing.T) {
	t.Parallel()
	for what, end := range map[string]func(r *rig, u *fakeUpload){
		"fails":       func(r *rig, u *fakeUpload) { u.fail(transfer.Final, "AccessDenied") },
		"is canceled": func(r *rig, u *fakeUpload) { r.doTo(Cancel, u.job.ID) },
		"is deleted":  func(r *rig, u *fakeUpload) { r.doTo(Delete, u.job.ID) },
		"is renamed":  func(r *rig, u *fakeUpload) { r.rename("w.txt", ".hidden", 0) },
		"is written":  func(r *rig, u *fakeUpload) { r.Open("w.txt", false) },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *Options) { o.Files = 2 })
			ref := r.refer("w.txt", "older")
			r.up.next(t).fail(transfer.Resumable, "InternalError")
			drop := r.drop("w.txt", "newer")
			u := r.up.next(t)
			if u.job.ID != drop {
				t.Fatalf("#%d is uploaded", u.job.ID)
			}
			u.send(t)
			r.doTo(Retry, ref) // now
			r.up.none(t)
			end(r, u)
			u = r.up.next(t)
			if u.job.ID != ref {
				t.Fatalf("#%d is uploaded", u.job.ID)
			}
			u.succeed()
			r.until(func() bool { return r.info(ref).State == list.Success },
				func() string { return "it does not arrive" })
			if i, err := r.Info(drop); err == nil && i.Error == codeReplaced {
				t.Errorf("the newer one is replaced by the older: %+v", i)
			}
		})
	}
}

// TestOlderWaitsForANextTry: a newer one that waits for its next try sends nothing, and an older one does not go before
// it all the same.
func TestOlderWaitsForANextTry(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Files = 2 })
	ref := r.refer("w.txt", "older")
	r.up.next(t).fail(transfer.Resumable, "InternalError")
	drop := r.drop("w.txt", "newer")
	u := r.up.next(t)
	for u.job.ID != drop { // its time had come before
		u.fail(transfer.Resumable, "InternalError")
		u = r.up.next(t)
	}
	u.send(t)
	u.fail(transfer.Resumable, "InternalError")
	r.until(func() bool { return r.info(drop).Retries > 0 }, func() string { return "it does not wait" })
	r.doTo(Retry, ref) // now
	if u = r.up.next(t); u.job.ID != drop {
		t.Fatalf("#%d is uploaded", u.job.ID)
	}
	u.succeed()
	r.until(func() bool { return r.info(ref).Error == codeReplaced },
		func() string { return "the older one is not replaced" })
	r.up.none(t)
}

// TestRivalsByKey has two names share a key, by a configuration of today, or because one keeps its key of yesterday.
func TestRivalsByKey(t *testing.T) {
	t.Parallel()
	r := newRig(t, keyed("p/"), func(o *Options) { o.Files = 2 })
	older := r.drop("q/a", "older") // p/q/a
	u := r.up.next(t)
	if err := u.watch.Initiated(u.ctx, transfer.Multipart{Bucket: "b", Key: "p/q/a", UploadID: "U",
		PartSize: 4}); err != nil {
		t.Fatal(err)
	}
	u.fail(transfer.Resumable, "InternalError")
	r.close()
	r = openRig(t, r.dir, keyed("p/q/"), func(o *Options) { o.Files = 2 })
	u = r.up.next(t)
	newer := r.drop("a", "newer") // p/q/a
	r.state("a", list.Ready)
	r.up.none(t) // the older one sends to its place
	u.fail(transfer.Resumable, "InternalError")
	u = r.up.next(t)
	if u.job.ID != newer {
		t.Fatalf("#%d is uploaded", u.job.ID)
	}
	u.end <- fakeEnd{res: transfer.Result{Bucket: "b", Key: "p/q/a", CRC64: 7}}
	r.state("a", list.Success)
	if i := r.info(older); i.Error != codeReplaced {
		t.Errorf("the older one is %+v", i)
	}
	r.abortedIs("U")
	if _, err := os.Stat(r.path("q/a")); err != nil {
		t.Errorf("its file is gone: %v", err)
	}
	// Under another name it has another object, and new content comes later.
	r.rename("q/a", "q/b", 0)
	r.doTo(Restore, older)
	if u = r.up.next(t); u.job.Name != "q/b" {
		t.Errorf("%s is uploaded", u.job.Name)
	}
}

// TestReplacedAtTheStart finds at the start that a newer one has the place that an older one gets by the configuration
// of today.
func TestReplacedAtTheStart(t *testing.T) {
	t.Parallel()
	r := newRig(t, keyed("p/"), func(o *Options) { o.Files = 2 })
	older := r.drop("q/a", "older")
	r.up.next(t).fail(transfer.Final, "AccessDenied")
	r.state("q/a", list.Failure)
	r.drop("a", "newer")
	r.up.next(t).end <- fakeEnd{res: transfer.Result{Bucket: "b", Key: "p/a", CRC64: 7}}
	r.state("a", list.Success)
	if i := r.info(older); i.State != list.Failure {
		t.Errorf("with another key it is %+v", i)
	}
	r.close()
	r = openRig(t, r.dir, func(o *Options) {
		o.Uploader.(*fakeUploader).prefix = ""
		o.Uploader = renamed{o.Uploader.(*fakeUploader), map[string]string{"q/a": "p/a"}}
	})
	if i := r.info(older); i.State != list.Canceled || i.Error != codeReplaced {
		t.Errorf("it is %+v", i)
	}
}

// renamed gives some names keys of their own.
type renamed struct {
	*fakeUploader
	keys map[string]string
}

func (n renamed) Key(name string, id transfer.ID) (string, string, error) {
	if key := n.keys[name]; key != "" {
		return "b", key, nil
	}
	return n.fakeUploader.Key(name, id)
}

// TestFirstWins: where no object may be replaced, the server decides, and nobody is canceled.
func TestFirstWins(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Replace = false })
	ref := r.refer("w.txt", "older")
	r.up.next(t).fail(transfer.Resumable, "InternalError")
	drop := r.drop("w.txt", "newer")
	u := r.up.next(t)
	if u.job.ID != drop {
		t.Fatalf("#%d is uploaded", u.job.ID)
	}
	u.succeed()
	u = r.up.next(t)
	if u.job.ID != ref {
		t.Fatalf("#%d is uploaded", u.job.ID)
	}
	u.fail(transfer.Final, "FileAlreadyExists")
	r.until(func() bool { return r.info(ref).State == list.Failure }, func() string { return "it does not fail" })
	if i := r.info(ref); i.Error != "FileAlreadyExists" {
		t.Errorf("it is %+v", i)
	}
}

// TestReplacedWhileItIsOpen: an older drop that is open for writing when a newer one takes its place is canceled when
// it gets no new content, and is the newest when it does.
func TestReplacedWhileItIsOpen(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, changed := range []bool{false, true} {
		r := newRig(t, func(o *Options) {
			o.Files = 2
			o.Uploader = renamed{o.Uploader.(*fakeUploader), map[string]string{"old": "k", "new": "k"}}
		})
		older := r.drop("old", "older")
		r.up.next(t).fail(transfer.Resumable, "InternalError")
		r.Open("old", false)
		r.drop("new", "newer")
		r.up.next(t).end <- fakeEnd{res: transfer.Result{Bucket: "b", Key: "k", CRC64: 7}}
		r.state("new", list.Success)
		c := Closed{Size: 5, ModTime: r.write("old", "older").ModTime()}
		c.Changed = changed
		r.Close(older, c)
		if changed {
			if u := r.up.next(t); u.job.ID != older {
				t.Errorf("#%d is uploaded", u.job.ID)
			}
		} else if i := r.state("old", list.Canceled); i.Error != codeReplaced {
			t.Errorf("it is %+v", i)
		}
		for _, wrong := range r.inconsistent() {
			t.Error(wrong)
		}
	}
}

// TestReplacedIsTold once, and in one commit with what replaced it.
func TestReplacedIsTold(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Files = 2 })
	r.refer("w.txt", "older")
	u := r.up.next(t)
	older := u.job.ID
	u.fail(transfer.Resumable, "InternalError")
	r.drop("w.txt", "newer")
	for u = r.up.next(t); u.job.ID == older; u = r.up.next(t) { // its turn came again meanwhile
		u.fail(transfer.Resumable, "InternalError")
	}
	u.succeed()
	want := []string{"OnFileAdded:w.txt", "OnUploadRetry:w.txt", "OnFileAdded:w.txt", "OnUploadCanceled:w.txt",
		"OnUploadSucceed:w.txt", "OnUploadEnd"}
	if diff := cmp.Diff(want, r.events("OnUploadEnd")); diff != "" {
		t.Error(diff)
	}
}

// TestReplacedIsSentAhead sends a file ahead that somebody writes past us, and that was replaced meanwhile: when it is
// canceled, nothing of it stays on the server.
func TestReplacedIsSentAhead(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRig(t, streaming, func(o *Options) {
		o.Files, o.Settle = 2, time.Second/2
		o.Uploader = renamed{o.Uploader.(*fakeUploader), map[string]string{"old": "k", "new": "k"}}
	})
	older := r.drop("old", "older")
	r.up.next(t).fail(transfer.Resumable, transfer.CodeBusy)
	r.state("old", list.Receiving)
	r.Open("old", false)
	r.drop("new", "newer")
	var ahead *fakeUpload
	for range 2 {
		if u := r.up.next(t); u.job.Ahead {
			ahead = u
		} else {
			u.end <- fakeEnd{res: transfer.Result{Bucket: "b", Key: "k", CRC64: 7}}
		}
	}
	r.state("new", list.Success)
	<-ahead.ctx.Done() // it was replaced; but it may get new content yet
	ahead.end <- fakeEnd{err: ahead.ctx.Err()}
	ahead = r.up.next(t)
	ahead.ahead(t)
	ahead.end <- fakeEnd{}
	r.Close(older, Closed{Size: 5, ModTime: r.write("old", "older").ModTime()})
	if i := r.state("old", list.Canceled); i.Error != codeReplaced {
		t.Errorf("it is %+v", i)
	}
	r.abortedIs("U")
}
