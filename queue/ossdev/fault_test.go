package ossdev

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"
)

// isReset reports whether a client saw the connection end without an answer. Over a reset that comes while it still
// sends, it may see the pipe break instead, or that net/http closed the connection because the other half of it,
// which waits for the answer, saw the reset first.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF) ||
		errors.Is(err, net.ErrClosed)
}

// noRetry is a transport that does not send a request again by itself, as net/http does on a connection used before.
func noRetry() aliyun.ClientOption {
	return aliyun.HTTPClient(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}})
}

func TestFaultMatching(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	counted := s.AddFault(Fault{Action: "PutObject", Key: "clips/*.mp4", Skip: 1, Count: 2, Code: "InternalError"})
	var got []string
	for range 5 {
		got = append(got, code(b.PutObject("clips/a.mp4", strings.NewReader("x"))))
		if c := code(b.PutObject("other.mp4", strings.NewReader("x"))); c != "" {
			t.Error("a key that does not match:", c)
		}
		if _, err := b.GetObjectMeta("other.mp4"); err != nil {
			t.Error("an action that does not match:", err)
		}
	}
	if strings.Join(got, ",") != ",InternalError,InternalError,," || counted.Hits() != 2 {
		t.Error(got, counted.Hits())
	}
	always := s.AddFault(Fault{Key: "exactly[", Status: 418})
	err := b.PutObject("exactly[", strings.NewReader("x"))
	if e, ok := err.(aliyun.ServiceError); !ok || e.StatusCode != 418 || e.Code != "InternalError" {
		t.Errorf("%+v", err)
	}
	always.Remove()
	want(t, "removed", b.PutObject("exactly[", strings.NewReader("x")), "")
	up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload("m"))
	s.AddFault(Fault{Action: "UploadPart", Part: 2, Code: "QpsLimitExceeded"})
	for n, wanted := range []string{"", "", "QpsLimitExceeded", ""} {
		if n == 0 {
			continue
		}
		_, err := b.UploadPart(up, strings.NewReader("x"), 1, n)
		want(t, "part "+strconv.Itoa(n), err, wanted)
	}
	// The first rule that matches is the one that strikes; once it is used up, the next one is.
	s.AddFault(Fault{Action: "HeadObject", Count: 1, Code: "AccessDenied"})
	s.AddFault(Fault{Action: "HeadObject", Count: 1, Code: "NoSuchBucket"})
	for _, wanted := range []string{"AccessDenied", "NoSuchBucket", ""} {
		_, err := b.GetObjectDetailedMeta("other.mp4")
		want(t, "in order", err, wanted)
	}
}

func TestFaultCodes(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	for name, usual := range catalog {
		f := s.AddFault(Fault{Action: "PutObject", Code: name})
		err := b.PutObject("x", strings.NewReader("x"))
		f.Remove()
		if usual.Status < 300 { // CallbackFailed: the SDK looks at 203 only where a callback was asked for
			continue
		}
		if e, ok := err.(aliyun.ServiceError); !ok || e.Code != name || e.StatusCode != usual.Status ||
			e.Message != usual.Message || e.Ec != usual.EC {
			t.Errorf("%s: %+v", name, err)
		}
	}
}

func TestFaultAfter(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	s.AddFault(Fault{Key: "a", Code: "InternalError"})
	want(t, "before", b.PutObject("a", strings.NewReader("x")), "InternalError")
	s.AddFault(Fault{Key: "b", Code: "InternalError", After: true})
	want(t, "after", b.PutObject("b", strings.NewReader("x")), "InternalError")
	_, _, a := s.Object(testBucket, "a")
	_, _, done := s.Object(testBucket, "b")
	if a || !done {
		t.Error("done before and after:", a, done)
	}
	// After changes nothing where the work fails anyway.
	s.AddFault(Fault{Key: "c", Code: "InternalError", After: true})
	_, err := b.GetObject("c")
	want(t, "get what is not there", err, "NoSuchKey")
}

func TestFaultReset(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s, noRetry())
	data := randomBytes(1 << 20)
	for key, f := range map[string]Fault{"before": {Reset: true}, "after": {ResetAfter: true},
		"cut": {CutBody: 300_000}} {
		f.Key, f.Action = key, "PutObject"
		h := s.AddFault(f)
		if err := b.PutObject(key, bytes.NewReader(data)); !isReset(err) || h.Hits() != 1 {
			t.Errorf("%s: %v, %d hits", key, err, h.Hits())
		}
		h.Remove()
		if _, m, ok := s.Object(testBucket, key); ok != (key == "after") || ok && m.Size != 1<<20 {
			t.Errorf("%s: done: %v", key, ok)
		}
	}
	for _, r := range s.Requests() {
		if r.Action != "PutObject" {
			continue
		}
		if r.Status != 0 {
			t.Errorf("%+v has a status", r)
		}
		if wanted := map[string]int64{"before": 0, "after": 1 << 20, "cut": 300_000}[r.Key]; r.Bytes != wanted {
			t.Errorf("%s: %d bytes, want %d", r.Key, r.Bytes, wanted)
		}
	}
}

func TestFaultHang(t *testing.T) {
	t.Parallel()
	ended := make(chan Request, 10)
	s := start(t, Options{OnRequest: func(r Request) { ended <- r }})
	c := client(t, s, noRetry())
	b := open(t, c)
	h := s.AddFault(Fault{Action: "PutObject", Hang: true})
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error)
	go func() { result <- b.PutObject("a", bytes.NewReader(randomBytes(1<<20)), aliyun.WithContext(ctx)) }()
	waitFor(t, func() bool { return h.Hits() == 1 })
	cancel() // the client goes away
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if r := <-ended; r.Action != "PutObject" || r.Status != 0 {
		t.Errorf("%+v", r)
	}
	go func() { result <- b.PutObject("b", strings.NewReader("x")) }()
	waitFor(t, func() bool { return h.Hits() == 2 })
	if err := s.Close(); err != nil { // the server does
		t.Error(err)
	}
	if err := <-result; !isReset(err) {
		t.Error(err)
	}
}

// waitFor waits for something that another goroutine does and nobody tells.
func waitFor(t testing.TB, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain")
		}
	}
}

func TestFaultSlow(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	s.AddFault(Fault{Key: "delayed", Delay: 50 * time.Millisecond})
	s.AddFault(Fault{Key: "slow", SlowBody: 1 << 20})
	for key, least := range map[string]time.Duration{"delayed": 50 * time.Millisecond, "slow": 90 * time.Millisecond} {
		begun := time.Now()
		put(t, b, key, randomBytes(100_000))
		if took := time.Since(begun); took < least {
			t.Errorf("%s took only %v", key, took)
		}
		if _, m, ok := s.Object(testBucket, key); !ok || m.Size != 100_000 {
			t.Error(key, m, ok)
		}
	}
}

func TestFaultWrongCRC(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	s.AddFault(Fault{Action: "PutObject", Count: 1, WrongCRC: true})
	var wrong aliyun.CRCCheckError
	if err := b.PutObject("a", strings.NewReader("x")); !errors.As(err, &wrong) {
		t.Error(err)
	}
	put(t, b, "a", []byte("x"))
}

func TestFaultSkew(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	s.AddFault(Fault{Count: 1, Skew: time.Hour})
	err := b.PutObject("a", strings.NewReader("x"))
	want(t, "an hour ahead", err, "RequestTimeTooSkewed")
	put(t, b, "a", []byte("x"))
	s.AddKey(testID, testSecret, "", time.Now().Add(time.Minute))
	s.AddFault(Fault{Skew: 2 * time.Minute})
	want(t, "expired by then", b.PutObject("a", strings.NewReader("x")), "SecurityTokenExpired")
}

// TestErrorIsSeen: a client that sends a large body hears why it was refused, and does not just see a broken pipe.
func TestErrorIsSeen(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	s.AddFault(Fault{Code: "SecurityTokenExpired"})
	var wg sync.WaitGroup
	data := randomBytes(8 << 20)
	for range 8 {
		wg.Go(func() {
			want(t, "large body", b.PutObject("a", bytes.NewReader(data)), "SecurityTokenExpired")
		})
	}
	wg.Wait()
}

func TestAdmin(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Admin: true})
	b := bucketOf(t, s)
	call := func(method, path, kind, body string) (int, string) {
		r := must[*http.Request](t)(http.NewRequest(method, s.URL+"/.ossdev/"+path, strings.NewReader(body)))
		r.Header.Set("Content-Type", kind)
		answer := must[*http.Response](t)(http.DefaultClient.Do(r))
		text := must[[]byte](t)(io.ReadAll(answer.Body))
		if err := answer.Body.Close(); err != nil {
			t.Error(err)
		}
		return answer.StatusCode, string(text)
	}
	for name, c := range map[string]struct {
		kind, body string
		status     int
	}{
		"a form":         {"text/plain", "{}", 415},
		"not JSON":       {"application/json", "x", 400},
		"unknown field":  {"application/json", `{"Codes":"InternalError"}`, 400},
		"not a duration": {"application/json", `{"Delay":"long"}`, 400},
		"not an action":  {"application/json", `{"Action":"UploadPaart"}`, 400},
	} {
		if status, text := call("POST", "faults", c.kind, c.body); status != c.status {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if status, text := call("POST", "faults", "application/json; charset=utf-8",
		`{"Action":"PutObject","Count":1,"Code":"Throttling","Delay":"1ms","Late":"1ms","Skew":"1ms"}`); status != 201 || text != "{\"ID\":1}\n" {
		t.Error(status, text)
	}
	want(t, "the fault", b.PutObject("a", strings.NewReader("x")), "Throttling")
	var list []map[string]any
	_, text := call("GET", "faults", "", "")
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) != 1 || list[0]["Hits"] != 1.0 ||
		list[0]["Delay"] != "1ms" || list[0]["Late"] != "1ms" || list[0]["Skew"] != "1ms" {
		t.Error(text, err)
	}
	var requests []Request
	_, text = call("GET", "requests", "", "")
	if err := json.Unmarshal([]byte(text), &requests); err != nil || len(requests) != 1 ||
		requests[0].Code != "Throttling" || requests[0].Status != 429 {
		t.Error(text, err)
	}
	for path, wanted := range map[string]int{"faults?id=7": 404, "faults?id=x": 400} {
		if status, _ := call("DELETE", path, "", ""); status != wanted {
			t.Error(path, status)
		}
	}
	for _, path := range []string{"faults?id=1", "faults"} {
		if status, _ := call("DELETE", path, "", ""); status != 204 {
			t.Error(path, status)
		}
	}
	if status, _ := call("GET", "secrets", "", ""); status != 404 {
		t.Error(status)
	}
}
