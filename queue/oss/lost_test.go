package oss

import (
	"bytes"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/upload"
)

// spoilt is the address of what stands between us and an endpoint: it passes everything on, and answers the first
// Complete, which the endpoint has made, as spoil says.
func spoilt(t *testing.T, b bench, spoil func(http.ResponseWriter, *http.Request)) string {
	t.Helper()
	var done atomic.Bool
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || !r.URL.Query().Has("uploadId") || done.Swap(true) {
			b.Server.ServeHTTP(w, r)
			return
		}
		recorded(r, b.Server)
		spoil(w, r)
	})
}

// Complete was made, and its answer is lost on the way: by whatever, it is not made again.
func TestLostByWhatIsBetween(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(http.ResponseWriter, *http.Request){
		"a proxy's page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusBadGateway)
			fmt.Fprint(w, "<html><h1>502 Bad Gateway</h1></html>")
		},
		"a login page":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>log in</html>") },
		"silence":        func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"a closed line":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"half an answer": func(w http.ResponseWriter, _ *http.Request) { cut(w) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, nil)
			remote, err := New(Options{Endpoint: spoilt(t, b, spoil), Region: "cn-hangzhou", Bucket: bucket,
				Credentials: fixed(keyID, secret, token),
				ReadTimeout: 5 * time.Second, FinishTimeout: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(remote.Close)
			b.remote = remote
			w := &watcher{}
			job, data := file(t, 3*part)
			res, err := b.uploader().Upload(t.Context(), job, w)
			if err != nil {
				t.Fatal(err)
			}
			if n := b.actions(); n["CompleteMultipartUpload"] != 1 || n["HeadObject"] != 1 || n["UploadPart"] != 3 {
				t.Errorf("requests %v", n)
			}
			if !bytes.Equal(b.stored(t, job.Name), data) || res.CRC64 == 0 || len(w.retries) != 1 {
				t.Errorf("%+v, retries %v", res, w.retries)
			}
		})
	}
}

func cut(w http.ResponseWriter) {
	w.Header().Set("x-oss-request-id", "R1")
	w.Header().Set("Content-Length", "1000")
	fmt.Fprint(w, "<CompleteMultipartUploadResult>")
	panic(http.ErrAbortHandler)
}

// Who may not read objects cannot ask: then the file goes a second time, and no third.
func TestLostAndNotAllowedToAsk(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for action, size := range map[string]int{"CompleteMultipartUpload": 3 * part, "PutObject": 5} {
		b := start(t, nil)
		b.AddFault(ossdev.Fault{Action: action, Count: 1, ResetAfter: true})
		b.AddFault(ossdev.Fault{Action: "HeadObject", Code: "AccessDenied"})
		job, data := file(t, size)
		if _, err := b.uploader().Upload(t.Context(), job, &watcher{}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.stored(t, job.Name), data) || len(b.Uploads()) != 0 {
			t.Errorf("%s: not the file, or left: %v", action, b.Uploads())
		}
		made := 0
		for _, r := range b.Requests() {
			if r.Action == action && (r.Status == 200 || r.Status == 0) {
				made++
			}
		}
		if made != 2 {
			t.Errorf("%s: %d objects were made", action, made)
		}
	}
}

// What somebody else has put there under that name before, of the same size, is not taken for ours when an answer is
// lost.
func TestLostAndSomebodyElsesThere(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for action, size := range map[string]int{"CompleteMultipartUpload": 3 * part, "PutObject": 5} {
		b := start(t, nil)
		job, data := file(t, size)
		other := bytes.Repeat([]byte("x"), size)
		if _, err := b.remote.Put(t.Context(), upload.Target{Bucket: bucket, Key: job.Name}, bytes.NewReader(other),
			int64(size)); err != nil {
			t.Fatal(err)
		}
		b.AddFault(ossdev.Fault{Action: action, Count: 1, Reset: true})
		if _, err := b.uploader().Upload(t.Context(), job, &watcher{}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.stored(t, job.Name), data) {
			t.Errorf("%s: it is still somebody else's", action)
		}
		if n := b.actions(); n["HeadObject"] != 1 {
			t.Errorf("%s: requests %v", action, n)
		}
	}
}
