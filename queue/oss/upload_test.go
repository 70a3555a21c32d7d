package oss

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
)

func TestUpload(t *testing.T) {
	t.Parallel()
	for _, signature := range []string{"v4", "v1"} {
		for _, size := range []int{0, 5, part, part + 1, 5*part + 7} {
			t.Run(fmt.Sprintf("%s, %d bytes", signature, size), func(t *testing.T) {
				t.Parallel()
				b := start(t, func(o *Options) { o.Signature = signature })
				w := &watcher{}
				job, data := file(t, size)
				res, err := b.uploader().Upload(t.Context(), job, w)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(b.stored(t, job.Name), data) {
					t.Error("the object is not the file")
				}
				if _, meta, _ := b.Object(bucket, job.Name); meta.Header["Content-Type"] != "video/mp4" {
					t.Errorf("headers %q", meta.Header)
				}
				if res.RequestID == "" || res.ETag == "" || len(w.retries) != 0 {
					t.Errorf("result %+v, retries %v", res, w.retries)
				}
			})
		}
	}
}

// Each case is a fault that the file survives, and what it may cost.
func TestUploadSurvives(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		size  int
		fault ossdev.Fault
		want  map[string]int
	}{
		{"503 three times", 4 * part, ossdev.Fault{Action: "UploadPart", Part: 2, Count: 3, Code: "ServiceUnavailable"},
			map[string]int{"UploadPart": 7}},
		{"throttling", 4 * part, ossdev.Fault{Action: "UploadPart", Part: 2, Count: 3, Code: "QpsLimitExceeded"},
			map[string]int{"UploadPart": 7}},
		{"reset before", 4 * part, ossdev.Fault{Action: "UploadPart", Count: 1, Reset: true},
			map[string]int{"UploadPart": 5}},
		{"reset after", 4 * part, ossdev.Fault{Action: "UploadPart", Count: 1, ResetAfter: true},
			map[string]int{"UploadPart": 5}},
		{"wrong CRC", 4 * part, ossdev.Fault{Action: "UploadPart", Count: 1, WrongCRC: true},
			map[string]int{"UploadPart": 5}},
		{"cut body", 4 * part, ossdev.Fault{Action: "UploadPart", Count: 1, CutBody: 1000},
			map[string]int{"UploadPart": 5}},
		{"hang", 4 * part, ossdev.Fault{Action: "UploadPart", Count: 1, Hang: true}, map[string]int{"UploadPart": 5}},
		{"hanging put", 5, ossdev.Fault{Action: "PutObject", Count: 1, Hang: true},
			map[string]int{"PutObject": 2, "HeadObject": 1}},
		{"lost complete", 4 * part, ossdev.Fault{Action: "CompleteMultipartUpload", Count: 1, ResetAfter: true},
			map[string]int{"CompleteMultipartUpload": 1, "HeadObject": 1, "UploadPart": 4}},
		{"complete that failed after the work", 4 * part, ossdev.Fault{Action: "CompleteMultipartUpload", Count: 1,
			Code: "InternalError", After: true},
			map[string]int{"CompleteMultipartUpload": 1, "HeadObject": 1, "UploadPart": 4}},
		{"lost put", 5, ossdev.Fault{Action: "PutObject", Count: 1, ResetAfter: true},
			map[string]int{"PutObject": 1, "HeadObject": 1}},
		{"lost initiate", 4 * part, ossdev.Fault{Action: "InitiateMultipartUpload", Count: 1, ResetAfter: true},
			map[string]int{"InitiateMultipartUpload": 2, "AbortMultipartUpload": 0, "UploadPart": 4}},
		{"no such upload", 4 * part, ossdev.Fault{Action: "UploadPart", Part: 4, Count: 1, Code: "NoSuchUpload"},
			map[string]int{"InitiateMultipartUpload": 2}},
		{"clock", 4 * part, ossdev.Fault{Skew: 3 * time.Hour}, map[string]int{"InitiateMultipartUpload": 2,
			"UploadPart": 4}},
		{"callback failed, put", 5, ossdev.Fault{Action: "PutObject", Count: 1, Code: "CallbackFailed", After: true},
			map[string]int{"PutObject": 1}},
		{"callback failed, complete", 4 * part, ossdev.Fault{Action: "CompleteMultipartUpload", Count: 1,
			Code: "CallbackFailed", After: true},
			map[string]int{"CompleteMultipartUpload": 1, "UploadPart": 4}},
	}
	for _, signature := range []string{"v4", "v1"} {
		for _, c := range cases {
			t.Run(c.name+", "+signature, func(t *testing.T) {
				t.Parallel()
				b := start(t, func(o *Options) { o.Signature, o.ReadTimeout = signature, 500*time.Millisecond })
				h := b.AddFault(c.fault)
				w := &watcher{}
				job, data := file(t, c.size)
				if _, err := b.uploader().Upload(t.Context(), job, w); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(b.stored(t, job.Name), data) {
					t.Error("the object is not the file")
				}
				n := b.actions()
				for action, want := range c.want {
					if n[action] != want {
						t.Errorf("%d %s, want %d", n[action], action, want)
					}
				}
				if h.Hits() == 0 {
					t.Error("the fault did not strike")
				}
				// nobody has the id of the second one
				want := map[string]int{"no such upload": 1, "lost initiate": 1}[c.name]
				if left := len(b.Uploads()); left != want || c.name == "lost initiate" && w.lost != 1 {
					t.Errorf("orphans %v, looked for %d times", b.Uploads(), w.lost)
				}
			})
		}
	}
}

// Each case is an error that ends the run.
func TestUploadEnds(t *testing.T) {
	t.Parallel()
	cases := []struct {
		fault   ossdev.Fault
		token   string
		kind    transfer.Kind
		uploads int // left
	}{
		{ossdev.Fault{Code: "AccessDenied"}, token, transfer.Final, 0},
		{ossdev.Fault{Code: "SignatureDoesNotMatch"}, token, transfer.Final, 0},
		{ossdev.Fault{Code: "NoSuchBucket"}, token, transfer.Final, 0},
		{ossdev.Fault{Code: "SecurityTokenExpired"}, token, transfer.Renew, 1},
		{ossdev.Fault{Code: "InvalidAccessKeyId"}, token, transfer.Renew, 1},
		{ossdev.Fault{Code: "InvalidAccessKeyId"}, "", transfer.Final, 0},
		{ossdev.Fault{Code: "InternalError"}, token, transfer.Resumable, 1},
		{ossdev.Fault{Code: "Throttling"}, token, transfer.Resumable, 1},
	}
	for _, c := range cases {
		t.Run(c.fault.Code, func(t *testing.T) {
			t.Parallel()
			b := start(t, func(o *Options) { o.Credentials = fixed(keyID, secret, c.token) })
			b.AddKey(keyID, secret, c.token, time.Time{})
			c.fault.Action, c.fault.Skip = "UploadPart", 2
			b.AddFault(c.fault)
			job, _ := file(t, 9*part)
			_, err := b.uploader().Upload(t.Context(), job, &watcher{})
			e := as(t, err, c.kind, c.fault.Code)
			if e.RequestID == "" || e.Message == "" || c.kind != transfer.Resumable && e.Hint == "" {
				t.Errorf("error %+v", e)
			}
			if n := len(b.Uploads()); n != c.uploads {
				t.Errorf("%d uploads left, want %d", n, c.uploads)
			}
			if n := b.actions()["UploadPart"]; c.kind != transfer.Resumable && n > 5 {
				t.Errorf("%d parts were sent on after the error", n)
			}
		})
	}
}

func TestExpiredTokenGoesOnWithANewOne(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	now := Credentials{keyID, secret, token}
	b := start(t, func(o *Options) {
		o.Credentials = func(context.Context) (Credentials, error) { return now, nil }
	})
	w := &watcher{}
	h := b.AddFault(ossdev.Fault{Action: "UploadPart", Skip: 3, Code: "SecurityTokenExpired"})
	job, data := file(t, 9*part)
	u := b.uploader()
	_, err := u.Upload(t.Context(), job, w)
	as(t, err, transfer.Renew, "SecurityTokenExpired")
	if len(w.retries) != 0 || len(w.m.Parts) < 3 {
		t.Fatalf("retries %v, parts %v", w.retries, w.m.Parts)
	}
	before := len(w.m.Parts)
	failed := b.actions()["UploadPart"] - before
	h.Remove()
	b.RemoveKey(keyID)
	now = Credentials{"STS.Another", "another", "another token"}
	b.AddKey("STS.Another", "another", "another token", time.Time{})
	job.Resume = w.m
	if _, err := u.Upload(t.Context(), job, w); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.stored(t, job.Name), data) {
		t.Error("the object is not the file")
	}
	if n := b.actions(); n["UploadPart"] != 9+failed || n["InitiateMultipartUpload"] != 1 {
		t.Errorf("requests %v, %d had failed", n, failed)
	}
}

// The journal may miss parts that the server has.
func TestResumeAdoptsParts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	b := start(t, nil)
	w := &watcher{}
	b.AddFault(ossdev.Fault{Action: "CompleteMultipartUpload", Count: 1, Code: "SecurityTokenExpired"})
	job, data := file(t, 9*part+1)
	u := b.uploader()
	_, err := u.Upload(t.Context(), job, w)
	as(t, err, transfer.Renew, "SecurityTokenExpired")
	job.Resume = w.m
	job.Resume.Parts = job.Resume.Parts[:4]
	if _, err := u.Upload(t.Context(), job, w); err != nil {
		t.Fatal(err)
	}
	if n := b.actions(); n["UploadPart"] != 10 || !bytes.Equal(b.stored(t, job.Name), data) {
		t.Errorf("requests %v", n)
	}
}

func TestCancelStopsBytes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	b := start(t, nil)
	b.AddFault(ossdev.Fault{Action: "UploadPart", Part: 5, SlowBody: 10 << 10})
	b.AddFault(ossdev.Fault{Action: "UploadPart", Part: 6, Hang: true})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var began time.Time
	w := &watcher{}
	w.onAck = func(transfer.Part) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.m.Parts) == 4 {
			began = time.Now()
			time.AfterFunc(50*time.Millisecond, cancel)
		}
	}
	job, _ := file(t, 40*part)
	_, err := b.uploader().Upload(ctx, job, w)
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("took %v", took)
	}
	if len(b.Uploads()) != 1 || len(w.retries) != 0 {
		t.Errorf("uploads %v, retries %v", b.Uploads(), w.retries)
	}
	job.Resume = w.m
	if err := b.uploader().Abort(t.Context(), *w.m); err != nil || len(b.Uploads()) != 0 {
		t.Errorf("abort: %v, uploads %v", err, b.Uploads())
	}
}

func TestForbid(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	b := start(t, nil)
	u := upload.New(b.remote, upload.Options{PartSize: part, Overwrite: "forbid"})
	for _, size := range []int{5, 3 * part} {
		job, data := file(t, size)
		job.Name = fmt.Sprint(size)
		if _, err := u.Upload(t.Context(), job, &watcher{}); err != nil {
			t.Fatal(err)
		}
		job.Doubt = true // then it finds itself
		if _, err := u.Upload(t.Context(), job, &watcher{}); err != nil {
			t.Fatal(err)
		}
		other, _ := file(t, size+1)
		other.Name = job.Name
		_, err := u.Upload(t.Context(), other, &watcher{})
		as(t, err, transfer.Final, "FileAlreadyExists")
		if !bytes.Equal(b.stored(t, job.Name), data) || len(b.Uploads()) != 0 {
			t.Errorf("replaced, or uploads left: %v", b.Uploads())
		}
	}
}

// Looking for what a repeated Initiate left, after an upload, removes nothing, as it may be another client's upload of
// the same key; the queue is told. Who may not list is asked once.
func TestTidyingSparesOthers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	b := start(t, nil)
	job, _ := file(t, 3*part)
	to := upload.Target{Bucket: bucket, Key: job.Name}
	w := &watcher{}
	w.onAck = func(p transfer.Part) { // while ours is under way, as the endpoint's times are whole seconds
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.m.Parts) != 1 {
			return
		}
		for range 2 { // somebody repeats our Initiate, and another client begins
			if _, err := b.remote.Initiate(t.Context(), to); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := b.uploader().Upload(t.Context(), job, w); err != nil {
		t.Fatal(err)
	}
	if left := b.Uploads(); len(left) != 2 || w.lost != 1 {
		t.Errorf("left are %v, told %d times", left, w.lost)
	}
	b.AddFault(ossdev.Fault{Action: "ListMultipartUploads", Code: "AccessDenied"})
	u, before := b.uploader(), b.actions()["ListMultipartUploads"]
	for range 3 {
		if _, err := u.Upload(t.Context(), job, &watcher{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := b.actions()["ListMultipartUploads"] - before; n != 1 {
		t.Errorf("asked %d times", n)
	}
}
