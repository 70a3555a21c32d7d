package verdict_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"inboxfs/queue"
	"inboxfs/queue/list"
	"inboxfs/queue/ossdev"
	"inboxfs/queue/upload"
)

// A server whose clock is three hours off, which can be: its time is taken.
func TestBelievableTime(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{3 * time.Hour, -3 * time.Hour} {
		r := open(t, "", false)
		r.server.AddFault(ossdev.Fault{Skew: skew})
		r.drop("a.mp4", part+1)
		r.arrived("a.mp4", part+1)
		if n := len(r.refused("RequestTimeTooSkewed")); n != 1 {
			t.Errorf("%v: %d requests were refused", skew, n)
		}
		r.event("a.mp4", "OnUploadSucceed")
		if l := r.log(); l.count("a.mp4", "OnUploadRetry") != 1 || l.count("a.mp4", "OnUploadRetryResume") != 1 {
			t.Errorf("%v: %v", skew, l["a.mp4"])
		}
	}
}

// A server whose clock is that of another age: nobody signs for a day of its choosing, and no file fails of it. Once
// its clock is right, all goes on.
func TestAbsurdTime(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for name, skew := range map[string]time.Duration{"1970": -time.Since(time.Unix(0, 0)),
		"in ten years": 10 * 365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const times = 20 // more than one run makes
			r := open(t, "", false)
			h := r.server.AddFault(ossdev.Fault{Skew: skew, Count: times})
			r.drop("a.mp4", part+1)
			r.until("it says what to do", func() bool {
				info, _ := r.Status("a.mp4")
				return info.Error == "RequestTimeTooSkewed" && strings.Contains(info.Hint, "set this machine's clock")
			})
			r.arrived("a.mp4", part+1)
			if n := len(r.refused("RequestTimeTooSkewed")); n != times || h.Hits() != times {
				t.Errorf("%d requests were refused, %d of them by the wrong clock", n, h.Hits())
			}
			r.event("a.mp4", "OnUploadSucceed")
			if l := r.log(); l.count("a.mp4", "OnUploadRetry") != 1 || l.count("a.mp4", "OnUploadFailed") != 0 {
				t.Errorf("%v", l["a.mp4"])
			}
		})
	}
}

// refused is the requests that were answered with a code.
func (r *rig) refused(code string) (all []ossdev.Request) {
	for _, q := range r.server.Requests() {
		if q.Code == code {
			all = append(all, q)
		}
	}
	return all
}

// 203: the object is there, the callback that somebody set up for it failed. That is a success, and verified like any.
func TestCallbackFailed(t *testing.T) {
	t.Parallel()
	r := open(t, "", false)
	for name, c := range map[string]struct {
		action string
		size   int
	}{"small": {"PutObject", 10}, "large": {"CompleteMultipartUpload", part + 1}} {
		r.server.AddFault(ossdev.Fault{Action: c.action, Key: name, Code: "CallbackFailed", Count: 1})
		r.drop(name, c.size)
		r.arrived(name, c.size)
		made := r.requests(c.action, name)
		if len(made) != 1 || made[0].Status != 203 || len(r.requests("HeadObject", name)) != 1 {
			t.Errorf("%s: %v", name, made)
		}
		if e := r.event(name, "OnUploadSucceed"); e["crc64"] == "" || r.log().count(name, "OnUploadRetry") != 0 {
			t.Errorf("%s: %v", name, e)
		}
	}
}

// The server loses each upload: once is made good, twice is enough.
func TestLostTwice(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := open(t, "", false)
	h := r.server.AddFault(ossdev.Fault{Action: "UploadPart", Part: 2, Code: "NoSuchUpload"})
	r.drop("a.mp4", part+1)
	r.state("a.mp4", list.Failure)
	e := r.event("a.mp4", "OnUploadFailed")
	if e["code"] != "NoSuchUpload" || e["resumable"] != "false" || !r.kept("a.mp4", content("a.mp4", part+1)) {
		t.Errorf("%v", e)
	}
	if info, _ := r.Status("a.mp4"); !strings.Contains(info.Hint, "lifecycle rule") {
		t.Errorf("status says %q", info.Hint)
	}
	if n := len(r.requests("InitiateMultipartUpload", "a.mp4")); n != 2 {
		t.Errorf("%d uploads were begun", n)
	}
	h.Remove()
	id, err := r.Find("a.mp4")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.DoFile(t.Context(), queue.Retry, id); err != nil {
		t.Fatal(err)
	}
	r.arrived("a.mp4", part+1)
}

// Who may not list parts goes on with those that he remembers.
func TestListingDenied(t *testing.T) {
	t.Parallel()
	r := open(t, "", false)
	for name, h := range r.interrupt([]answer{{code: "AccessDenied", action: "ListParts", file: "a.mp4",
		size: part + 1}}) {
		r.arrived(name, part+1)
		parts := func() int { return len(r.requests("UploadPart", name)) }
		r.until("the endpoint has noted the part that hung", func() bool { return parts() >= 3 })
		if n := parts(); h.Hits() == 0 || n != 3 {
			t.Errorf("%d parts were sent", n)
		}
	}
}

// What is there already stays, and so does the file.
func TestForbidden(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := open(t, "", false, func(o *upload.Options) { o.Overwrite = "forbid" })
	for name, size := range map[string]int{"small": 10, "large": part + 1} {
		r.drop(name, size)
		r.arrived(name, size)
		other := bytes.Repeat([]byte("x"), size)
		r.until("the copy is gone", func() bool { return !r.kept(name, content(name, size)) })
		r.copy(name, other)
		r.state(name, list.Failure)
		e := r.event(name, "OnUploadFailed")
		if e["code"] != "FileAlreadyExists" || e["resumable"] != "false" || e["request_id"] == "" {
			t.Errorf("%s: %v", name, e)
		}
		if info, _ := r.Status(name); !strings.Contains(info.Hint, `overwrite = "replace"`) {
			t.Errorf("%s: status says %q", name, info.Hint)
		}
		if !r.kept(name, other) {
			t.Errorf("%s: the data is not kept", name)
		}
		if !r.stored(bucket, name, content(name, size)) {
			t.Errorf("%s: the object was replaced", name)
		}
	}
}

// An object key of more than 1,023 bytes: the name is refused when the file is made, and OSS need not say so.
func TestKeyTooLong(t *testing.T) {
	t.Parallel()
	r := open(t, "", false, func(o *upload.Options) { o.Prefix = strings.Repeat("p", 1000) + "/" })
	if _, _, err := r.uploader.Key(strings.Repeat("x", 30), 1); err == nil || !strings.Contains(err.Error(), "1023") {
		t.Errorf("the name is taken: %v", err)
	}
	name := strings.Repeat("x", 30) // past the filesystem
	r.drop(name, 10)
	info := r.state(name, list.Failure)
	if info.Error != "InvalidObjectName" || !r.kept(name, content(name, 10)) || len(r.requests("PutObject", "")) != 0 {
		t.Errorf("%+v", info)
	}
}

// Cancelled while VOD's API is down: that the parts are to go is not forgotten.
func TestDeletionIsRepeated(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := open(t, "", true)
	r.server.AddFault(ossdev.Fault{Action: "UploadPart", Part: 2, Hang: true})
	down := r.server.AddFault(ossdev.Fault{Action: "DeleteMultipartUpload", Count: 2, Code: "ServiceUnavailable"})
	id := r.drop("a.mp4", part+1)
	r.until("a part is there", func() bool { info, _ := r.Status("a.mp4"); return info.PartsDone > 0 })
	if err := r.DoFile(t.Context(), queue.Cancel, id); err != nil {
		t.Fatal(err)
	}
	r.until("no parts are left, and VOD has said so", func() bool {
		return len(r.server.Uploads()) == 0 && len(r.requests("DeleteMultipartUpload", "")) > down.Hits()
	})
	if n := len(r.requests("DeleteMultipartUpload", "")); down.Hits() != 2 || n != 3 {
		t.Errorf("VOD was told %d times", n)
	}
	r.state("a.mp4", list.Canceled)
}
