package oss

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/transfer"
)

// raw serves connections by hand: answer is called for each request, whose body it may read.
func raw(t *testing.T, answer func(c net.Conn, r *http.Request)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := r.Body
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		if err := c.(*net.TCPConn).SetWriteBuffer(64 << 10); err != nil { // what stands in it was not taken
			t.Error(err)
		}
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(io.MultiReader(bufio.NewReader(rw), c), r.ContentLength), body}
		answer(c, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func dial(t *testing.T, endpoint string, change func(*Options)) *Remote {
	t.Helper()
	o := Options{Endpoint: endpoint, Region: "cn-hangzhou", Bucket: bucket, Credentials: fixed(keyID, secret, token)}
	if change != nil {
		change(&o)
	}
	remote, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remote.Close)
	return remote
}

const ok = "HTTP/1.1 200 OK\r\nx-oss-request-id: R1\r\n"

// TestLyingAnswers has a server answer Initiate with things that no upload id is in. None keeps us, none is believed,
// none is kept at any length, and nothing of it can do harm where it is shown.
func TestLyingAnswers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	document := func(id string) string {
		return "<InitiateMultipartUploadResult><UploadId>" + id + "</UploadId></InitiateMultipartUploadResult>"
	}
	whole := func(head, body string) func(net.Conn) {
		return func(c net.Conn) {
			_, _ = fmt.Fprintf(c, "%sContent-Length: %d\r\n\r\n%s", head, len(body), body) // the client may leave early
		}
	}
	endless := func(head, piece string, pause time.Duration) func(net.Conn) {
		return func(c net.Conn) {
			_, err := io.WriteString(c, head)
			for ; err == nil; _, err = io.WriteString(c, piece) {
				time.Sleep(pause)
			}
		}
	}
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := z.Write([]byte(document(strings.Repeat("U", 64<<20)))); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	mib := strings.Repeat("x", 1<<20)
	answers := map[string]func(net.Conn){
		"id with a path":           whole(ok, document("../../etc")+" "),
		"id with a newline":        whole(ok, document("a\nb")),
		"id with blanks":           whole(ok, document("a b")),
		"id with an escape":        whole(ok, document("\u009b31m")),
		"id with a real escape":    whole(ok, document("\x1b[31m")),
		"id of a MiB":              whole(ok, document(mib)),
		"no id":                    whole(ok, document("")),
		"a service error with 200": whole(ok, "<Error><Code>InternalError</Code><Message>again</Message></Error>"),
		"a gzip bomb":              whole(ok+"Content-Encoding: gzip\r\n", bomb.String()),
		"deep XML":                 whole(ok, strings.Repeat("<InitiateMultipartUploadResult>", 100_000)),
		"many attributes":          whole(ok, "<InitiateMultipartUploadResult"+strings.Repeat(` a="b"`, 500_000)+">"),
		"an entity bomb": whole(ok,
			`<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>`+
				document("&b;")),
		"endless XML":       endless(ok+"\r\n<InitiateMultipartUploadResult>", mib, 0),
		"endless error":     endless("HTTP/1.1 403 Forbidden\r\nx-oss-request-id: R1\r\n\r\n<Error>", mib, 0),
		"an endless header": endless(ok, "X: "+strings.Repeat("x", 4<<10)+"\r\n", 0),
		"a dripping header": endless(ok+"X: ", "x", 20*time.Millisecond),
		"a dripping body":   endless(ok+"\r\n<Initiate", "x", 20*time.Millisecond),
		"a dripping error": endless("HTTP/1.1 403 Forbidden\r\nx-oss-request-id: R1\r\n\r\n<Error>", "x",
			20*time.Millisecond),
		"always about to":   endless("", "HTTP/1.1 100 Continue\r\n\r\n", 20*time.Millisecond),
		"always processing": endless("", "HTTP/1.1 102 Processing\r\n\r\n", 20*time.Millisecond),
		"another protocol": endless("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: "+
			"Upgrade\r\nx-oss-request-id: R1\r\n\r\n", "x", 20*time.Millisecond),
		"no HTTP":             endless("SSH-2.0-OpenSSH\r\n", "\x00\xff", 20*time.Millisecond),
		"a status of its own": whole("HTTP/1.1 999 Maybe\r\nx-oss-request-id: R1\r\n", "x"),
		"a negative length": func(c net.Conn) {
			_, _ = io.WriteString(c, ok+"Content-Length: -5\r\n\r\nx") // the client may leave early
		},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sent atomic.Int64
			remote := dial(t, raw(t, func(c net.Conn, _ *http.Request) { answer(counted{c, &sent}) }),
				silence(300*time.Millisecond))
			began := time.Now()
			id, err := remote.Initiate(t.Context(), object)
			if name == "id with a path" { // it is escaped where it is used, so that is an id like any other
				if err != nil || id != "../../etc" {
					t.Errorf("%q, %v", id, err)
				}
				return
			}
			e := as(t, err, transfer.Resumable, "")
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("took %v", took)
			}
			if n := sent.Load(); n > 12<<20 {
				t.Errorf("%d bytes were taken", n)
			}
			if id != "" || len(e.Message) > 2000 || len(e.Code) > 200 ||
				strings.ContainsAny(e.Error(), "\x1b\u009b\n") {
				t.Errorf("%q, %.3000q", id, e.Error())
			}
		})
	}
}

// counted counts what could be written.
type counted struct {
	net.Conn
	n *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.n.Add(int64(n))
	return n, err
}

// What comes along with the request leaving is no answer that drips: the clock of the answer begins when nothing leaves
// any more.
func TestServerThatTalksWhileItListens(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	remote := dial(t, raw(t, func(c net.Conn, r *http.Request) {
		p := make([]byte, 64<<10)
		talk := 3
		for {
			if _, err := io.ReadFull(r.Body, p); err != nil {
				break
			}
			if talk > 0 {
				talk--
				_, _ = io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n") // the client says what came of it
			}
		}
		_, _ = io.WriteString(c, ok+"ETag: E\r\nContent-Length: 0\r\n\r\n") // the client says what came of it
	}), silence(time.Second))
	slow := zeros{wait: func() { time.Sleep(200 * time.Millisecond) }}
	if _, err := remote.Put(t.Context(), object, slow, 4<<20); err != nil {
		t.Error(err)
	}
}

// A refusal that comes while the file is still on its way is heard, or the line breaks: it is not waited for.
func TestRefusedWhileSending(t *testing.T) {
	t.Parallel()
	const no = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
	for name, after := range map[string]func(net.Conn, *http.Request){
		"and reads on": func(_ net.Conn, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }, // as far as it comes
		"and closes":   func(net.Conn, *http.Request) {},
		"and is deaf":  func(net.Conn, *http.Request) { time.Sleep(2 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remote := dial(t, raw(t, func(c net.Conn, r *http.Request) {
				// it may have left
				_, _ = fmt.Fprintf(c, "HTTP/1.1 403 Forbidden\r\nx-oss-request-id: R1\r\nContent-Length: %d\r\n\r\n%s",
					len(no), no)
				after(c, r)
			}), silence(300*time.Millisecond))
			began := time.Now()
			_, err := remote.UploadPart(t.Context(), object, 1, zeros{}, 64<<20)
			if err == nil {
				t.Error("no error")
			}
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("took %v", took)
			}
			if name != "and closes" { // then the answer may get lost
				as(t, err, transfer.Final, "AccessDenied")
			}
		})
	}
}

// between stands before a development endpoint and does as it likes.
func between(t *testing.T, lie func(w http.ResponseWriter, r *http.Request, honest http.Handler)) bench {
	t.Helper()
	b := start(t, nil)
	b.remote = dial(t, serve(t, func(w http.ResponseWriter, r *http.Request) { lie(w, r, b.Server) }),
		silence(5*time.Second))
	return b
}

// recorded is what an endpoint answers, to be told otherwise.
func recorded(r *http.Request, honest http.Handler) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	honest.ServeHTTP(w, r)
	return w
}

func tell(w http.ResponseWriter, a *httptest.ResponseRecorder) {
	for name, values := range a.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(a.Code)
	_, _ = w.Write(a.Body.Bytes()) // the client may have left
}

// Servers that speak an odd HTTP, and are right otherwise.
func TestOddServers(t *testing.T) {
	t.Parallel()
	say := func(w http.ResponseWriter, a *httptest.ResponseRecorder, proto, before string) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		var all bytes.Buffer
		fmt.Fprintf(&all, "%s%s %d whatever\r\nConnection: close\r\n", before, proto, a.Code)
		if err := a.Header().Write(&all); err != nil {
			t.Error(err)
		}
		all.WriteString("\r\n")
		all.Write(a.Body.Bytes())
		_, _ = c.Write(all.Bytes()) // the client says what came of it
	}
	for name, lie := range map[string]func(w http.ResponseWriter, r *http.Request, honest http.Handler){
		"closes each time": func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
			w.Header().Set("Connection", "close")
			honest.ServeHTTP(w, r)
		},
		"HTTP/1.0": func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
			say(w, recorded(r, honest), "HTTP/1.0", "")
		},
		"says continue": func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
			say(w, recorded(r, honest), "HTTP/1.1",
				"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
		},
		"no clock": func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
			a := recorded(r, honest)
			a.Header().Set("Date", "Thu, 01 Jan 1970 00:00:00 GMT")
			tell(w, a)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := between(t, lie)
			job, data := file(t, 3*part+1)
			w := &watcher{}
			res, err := b.uploader().Upload(t.Context(), job, w)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b.stored(t, res.Key), data) || len(w.retries) != 0 || len(b.Uploads()) != 0 {
				t.Errorf("retries %v, uploads %v", w.retries, b.Uploads())
			}
		})
	}
}

// lie changes headers of some answers. Nothing is reported as uploaded that was not verified, and no lie is asked for
// more often than a failure is.
func TestLyingHeaders(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		action, header, value string
		times                 int32  // 0: always
		code                  string // "": the upload succeeds
	}{
		"a wrong CRC of a part":       {"UploadPart", "X-Oss-Hash-Crc64ecma", "17", 0, "CRCMismatch"},
		"a wrong CRC of a part, once": {"UploadPart", "X-Oss-Hash-Crc64ecma", "17", 1, ""},
		// the object's counts
		"a CRC that is no number":      {"UploadPart", "X-Oss-Hash-Crc64ecma", "-1e9", 0, ""},
		"no CRC of parts":              {"UploadPart", "X-Oss-Hash-Crc64ecma", "", 0, ""},
		"a wrong ETag of a part, once": {"UploadPart", "Etag", `"0123456789ABCDEF"`, 1, ""},
		// a listing tells the right one
		"a wrong ETag of a part":          {"UploadPart", "Etag", `"0123456789ABCDEF"`, 0, ""},
		"no ETag of a part, once":         {"UploadPart", "Etag", "", 1, ""},
		"an ETag with an escape":          {"UploadPart", "Etag", "\"\u009b31m\"", 0, "NetworkError"},
		"an ETag of 10 KiB":               {"UploadPart", "Etag", strings.Repeat("E", 10<<10), 0, "NetworkError"},
		"a wrong CRC of the object":       {"CompleteMultipartUpload", "X-Oss-Hash-Crc64ecma", "17", 0, "CRCMismatch"},
		"a wrong CRC of the object, once": {"CompleteMultipartUpload", "X-Oss-Hash-Crc64ecma", "17", 1, ""},
		// HEAD tells it
		"no CRC of the object":        {"CompleteMultipartUpload", "X-Oss-Hash-Crc64ecma", "", 0, ""},
		"no CRC of the object, never": {"", "X-Oss-Hash-Crc64ecma", "", 0, "CRCMissing"},
		"an absurd date":              {"", "Date", "Fri, 31 Dec 9999 23:59:59 GMT", 0, ""},
		"a date that is none":         {"", "Date", "yesterday\u009b", 0, ""},
		"a request id with HTML":      {"", "X-Oss-Request-Id", "<script>alert(1)</script>\u009b31m", 0, ""},
		"a request id of 10 KiB":      {"", "X-Oss-Request-Id", strings.Repeat("R", 10<<10), 0, ""},
		"a header of 1 MiB": {"UploadPart", "X-Oss-Meta-Long", strings.Repeat("L", 1<<20), 0,
			"NetworkError"},
		"a part's answer in gzip, it says": {"UploadPart", "Content-Encoding", "gzip", 0, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var lies, requests atomic.Int32
			b := between(t, func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
				requests.Add(1)
				a := recorded(r, honest)
				q := r.URL.Query()
				is := map[string]bool{"": true, "UploadPart": q.Has("partNumber"),
					"CompleteMultipartUpload": r.Method == http.MethodPost && q.Has("uploadId")}
				if is[c.action] && (c.times == 0 || lies.Add(1) <= c.times) {
					if a.Header().Set(c.header, c.value); c.value == "" {
						a.Header().Del(c.header)
					}
				}
				tell(w, a)
			})
			job, data := file(t, 3*part+1)
			res, err := b.uploader().Upload(t.Context(), job, &watcher{})
			if n := requests.Load(); n > 40 {
				t.Errorf("%d requests", n)
			}
			if c.code != "" {
				if e := as(t, err, kindIf(c.action, c.code), c.code); strings.Contains(e.Error(), "\u009b") {
					t.Errorf("%q", e.Error())
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b.stored(t, res.Key), data) {
				t.Error("the object is not the file")
			}
			if len(b.Uploads()) != 0 {
				t.Errorf("uploads left: %v", b.Uploads())
			}
			if len(res.RequestID) > 200 || strings.Contains(res.RequestID, "\u009b") {
				t.Errorf("request id %q", res.RequestID)
			}
		})
	}
}

func kindIf(action, code string) transfer.Kind {
	// the latter was tried twice
	if code == "CRCMissing" || code == "CRCMismatch" && action == "CompleteMultipartUpload" {
		return transfer.Final
	}
	return transfer.Resumable
}

// HEAD says that an object is there, which is another: it is not ours, and the file is sent again.
func TestHeadOfAnother(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	b := start(t, nil)
	other, _ := file(t, 2*part)
	job, data := file(t, part)
	other.Name = job.Name
	if _, err := b.uploader().Upload(t.Context(), other, &watcher{}); err != nil {
		t.Fatal(err)
	}
	b.AddFault(ossdev.Fault{Action: "PutObject", Count: 1, Reset: true})
	res, err := b.uploader().Upload(t.Context(), job, &watcher{})
	if err != nil {
		t.Fatal(err)
	}
	if n := b.actions(); !bytes.Equal(b.stored(t, res.Key), data) || n["PutObject"] != 2 || n["HeadObject"] != 1 {
		t.Errorf("requests %v", n)
	}
}
