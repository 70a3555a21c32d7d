package ossdev

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"
)

// TestVirtualHost reaches the bucket as BUCKET.HOST, both with a name of this machine and with one of OSS's own.
func TestVirtualHost(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	address := strings.TrimPrefix(s.URL, "http://")
	here := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
	t.Cleanup(here.CloseIdleConnections)
	for _, endpoint := range []string{"http://localhost:1", "http://oss-cn-hangzhou.aliyuncs.com"} {
		for _, version := range []aliyun.AuthVersionType{aliyun.AuthV1, aliyun.AuthV4} {
			c := must[*aliyun.Client](t)(aliyun.New(endpoint, testID, testSecret, aliyun.AuthVersion(version),
				aliyun.Region(testRegion),
				aliyun.HTTPClient(&http.Client{Transport: here})))
			b := open(t, c)
			put(t, b, "a/b", []byte("x"))
			if list := must[aliyun.ListObjectsResult](t)(b.ListObjects()); len(list.Objects) != 1 ||
				list.Objects[0].Key != "a/b" {
				t.Errorf("%+v", list.Objects)
			}
			up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload("c"))
			done := must[aliyun.CompleteMultipartUploadResult](t)(b.CompleteMultipartUpload(up,
				parts(t, b, up, []byte("x"), 1)))
			if !strings.HasPrefix(done.Location, "http://holiday.") || !strings.HasSuffix(done.Location, "/c") {
				t.Error(done.Location)
			}
			if err := b.DeleteObject("c"); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []Request
	s := start(t, Options{LogSize: 3, OnRequest: func(r Request) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, r)
	}})
	b := bucketOf(t, s)
	put(t, b, "a", []byte("12345"))
	up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload("m"))
	must[aliyun.UploadPart](t)(b.UploadPart(up, strings.NewReader("123"), 3, 7))
	_, err := b.GetObject("none")
	want(t, "none", err, "NoSuchKey")
	log := s.Requests()
	if len(log) != 3 || log[0].Action != "InitiateMultipartUpload" || log[0].UploadID != up.UploadID {
		t.Fatalf("%+v", log)
	}
	if r := log[1]; r.Action != "UploadPart" || r.Part != 7 || r.Bytes != 3 || r.Status != 200 ||
		r.UploadID != up.UploadID || r.Bucket != testBucket || r.Key != "m" || r.Time.IsZero() {
		t.Errorf("%+v", r)
	}
	if r := log[2]; r.Action != "GetObject" || r.Status != 404 || r.Code != "NoSuchKey" ||
		r.RequestID != err.(aliyun.ServiceError).RequestID {
		t.Errorf("%+v", r)
	}
	mu.Lock()
	defer mu.Unlock()
	if told[0].Action != "PutObject" || told[0].Bytes != 5 {
		t.Errorf("%+v", told[0])
	}
}

// TestRecorder: a handler does not need a connection, not even for a fault that resets it.
func TestRecorder(t *testing.T) {
	t.Parallel()
	s, err := New(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", "/holiday/x", nil))
	if w.Code != 404 || w.Header().Get("Server") != "AliyunOSS" {
		t.Error(w.Code, w.Header())
	}
	s.AddFault(Fault{Reset: true})
	func() {
		defer func() {
			if recover() != http.ErrAbortHandler {
				t.Error("the connection was not given up")
			}
		}()
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/holiday/x", nil))
	}()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	w = httptest.NewRecorder()
	if s.ServeHTTP(w, httptest.NewRequest("GET", "/holiday/x", nil)); w.Code != 503 {
		t.Error("after Close:", w.Code)
	}
}

func TestStartIsLocal(t *testing.T) {
	t.Parallel()
	if s, err := Start("0.0.0.0:0", Options{Dir: t.TempDir()}); err == nil {
		t.Error("open to the world:", s.URL, s.Close())
	}
	if _, err := New(Options{}); err == nil {
		t.Error("no Dir, no error")
	}
	s := start(t, Options{})
	if err := s.CreateBucket("Not A Name"); err == nil {
		t.Error("a bucket with a name that OSS does not take")
	}
}

// TestCloseWhileBusy: Close ends requests whose bodies are still coming in, and leaves nothing of them.
func TestCloseWhileBusy(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s, noRetry())
	h := s.AddFault(Fault{SlowBody: 1000})
	result := make(chan error)
	go func() { result <- b.PutObject("a", bytes.NewReader(randomBytes(1<<20))) }()
	waitFor(t, func() bool { return h.Hits() == 1 })
	begun := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-result; err == nil || time.Since(begun) > 5*time.Second {
		t.Error(err, time.Since(begun))
	}
}

func TestMissingContentLength(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	h := s.AddFault(Fault{Action: "PutObject"}) // does nothing, but counts
	b := bucketOf(t, s)
	signedURL := must[string](t)(b.SignURL("a", aliyun.HTTPPut, 60))
	conn := must[net.Conn](t)(net.Dial("tcp", strings.TrimPrefix(s.URL, "http://")))
	defer conn.Close() //nolint:errcheck // it was only used to ask
	path := strings.TrimPrefix(signedURL, s.URL)
	if _, err := conn.Write([]byte("PUT " + path + " HTTP/1.1\r\nHost: " + strings.TrimPrefix(s.URL, "http://") +
		"\r\nConnection: close\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	text := new(bytes.Buffer)
	if _, err := text.ReadFrom(conn); err != nil || !strings.HasPrefix(text.String(), "HTTP/1.1 411 ") ||
		!strings.Contains(text.String(), "<Code>MissingContentLength<") {
		t.Errorf("%v %s", err, text)
	}
	if h.Hits() != 1 {
		t.Error(h.Hits())
	}
	if status, code := send(t, "PUT", signedURL, http.NoBody, "Content-Length", "0"); status != 200 {
		t.Error("an empty body with its length:", status, code)
	}
}

// TestTooLarge says so before it reads the body.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	signedURL := must[string](t)(bucketOf(t, s).SignURL("a", aliyun.HTTPPut, 60))
	conn := must[net.Conn](t)(net.Dial("tcp", strings.TrimPrefix(s.URL, "http://")))
	defer conn.Close() //nolint:errcheck // it was only used to ask
	request := "PUT " + strings.TrimPrefix(signedURL, s.URL) + " HTTP/1.1\r\nHost: " +
		strings.TrimPrefix(s.URL, "http://") +
		"\r\nExpect: 100-continue\r\nContent-Length: 5368709121\r\n\r\n"
	if _, err := conn.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	text := new(bytes.Buffer)
	if _, err := text.ReadFrom(conn); err != nil || !strings.HasPrefix(text.String(), "HTTP/1.1 400 ") ||
		!strings.Contains(text.String(), "<Code>EntityTooLarge<") {
		t.Errorf("%v %s", err, text)
	}
}
