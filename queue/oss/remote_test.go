package oss

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
)

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestNewChecksItsOptions(t *testing.T) {
	t.Parallel()
	good := Options{Endpoint: "oss-cn-hangzhou.aliyuncs.com", Bucket: bucket, Credentials: fixed("a", "b", "")}
	cases := map[string]struct {
		change func(*Options)
		ok     bool
	}{
		"good":                {func(*Options) {}, true},
		"no endpoint":         {func(o *Options) { o.Endpoint = "" }, false},
		"a path":              {func(o *Options) { o.Endpoint = "https://host/bucket" }, false},
		"a user":              {func(o *Options) { o.Endpoint = "https://a:b@host" }, false},
		"another scheme":      {func(o *Options) { o.Endpoint = "ftp://host" }, false},
		"no region":           {func(o *Options) { o.Endpoint = "https://oss-accelerate.aliyuncs.com" }, false},
		"no region for v1":    {func(o *Options) { o.Endpoint, o.Signature = "https://cdn.example.com", "v1" }, true},
		"an unknown bucket":   {func(o *Options) { o.Bucket = "Not_A_Bucket" }, false},
		"an unknown version":  {func(o *Options) { o.Signature = "v3" }, false},
		"no credentials":      {func(o *Options) { o.Credentials = nil }, false},
		"a region of its own": {func(o *Options) { o.Endpoint, o.Region = "http://127.0.0.1:1", "x" }, true},
	}
	for name, c := range cases {
		o := good
		c.change(&o)
		if _, err := New(o); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What OSS says of a bad signature repeats the key and what was signed.
func TestErrorsHoldNoSecret(t *testing.T) {
	t.Parallel()
	remote := handler(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-oss-request-id", "R1")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w,
			`<Error><Code>SignatureDoesNotMatch</Code><Message>not for %s or %s</Message><RequestId>R1</RequestId>`+
				`<OSSAccessKeyId>%s</OSSAccessKeyId><StringToSign>PUT %s</StringToSign></Error>`, keyID, token, keyID,
			token)
	}, nil)
	_, err := remote.Put(t.Context(), upload.Target{Bucket: bucket, Key: "k"}, strings.NewReader("x"), 1)
	e := as(t, err, transfer.Final, "SignatureDoesNotMatch")
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", err, err, e), fmt.Sprint(errors.Unwrap(err))} {
		for _, s := range []string{keyID, secret, token, "StringToSign"} {
			if strings.Contains(text, s) {
				t.Errorf("%q in %s", s, text)
			}
		}
	}
	if e.RequestID != "R1" || e.Message != "not for *** or ***" {
		t.Errorf("%+v", e)
	}
}

// Each case is an answer that is none of OSS's.
func TestStrangeAnswers(t *testing.T) {
	t.Parallel()
	elsewhere := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Error("redirected, with the signature") })
	cases := map[string]struct {
		answer http.HandlerFunc
		kind   transfer.Kind
		code   string
	}{
		"login page": {func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>log in") },
			transfer.Resumable, "UnexpectedAnswer"},
		"login redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere,
				http.StatusFound)
		}, transfer.Resumable, "UnexpectedAnswer"},
		"other region": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("x-oss-request-id", "R1")
			http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
		}, transfer.Final, "UnexpectedRedirect"},
		"gateway": {func(w http.ResponseWriter, r *http.Request) { http.Error(w, "<html>bad", http.StatusBadGateway) },
			transfer.Resumable, "InternalError"},
		"proxy's refuse": {func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "too big", http.StatusRequestEntityTooLarge)
		}, transfer.Final, "EntityTooLarge"},
		"endless": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("x-oss-request-id", "R1")
			junk := []byte(strings.Repeat("x", 1<<20))
			for r.Context().Err() == nil {
				if _, err := w.Write(junk); err != nil {
					return
				}
			}
		}, transfer.Resumable, "NetworkError"},
		"endless error": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("x-oss-request-id", "R1")
			w.WriteHeader(500)
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat("x", 1<<20)); err != nil {
					return
				}
			}
		}, transfer.Resumable, "InternalError"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remote := handler(t, c.answer, nil)
			_, err := remote.Initiate(t.Context(), upload.Target{Bucket: bucket, Key: "k"})
			as(t, err, c.kind, c.code)
		})
	}
}

func TestNetworkErrors(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for name, endpoint := range map[string]string{"refused": "http://" + closed.Addr().String(),
		"no such host": "http://oss.invalid"} {
		remote, err := New(Options{Endpoint: endpoint, Region: "x", Bucket: bucket,
			Credentials: fixed(keyID, secret, "")})
		if err != nil {
			t.Fatal(err)
		}
		_, err = remote.Initiate(t.Context(), upload.Target{Bucket: bucket, Key: "k"})
		if e := as(t, err, transfer.Resumable, "NetworkError"); e.Message == "" || strings.Contains(e.Message, "/k") {
			t.Errorf("%s: %q", name, e.Message)
		}
	}
}

func TestCredentialErrors(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]transfer.Kind{
		transfer.ErrKeyExpired: transfer.Renew, fmt.Errorf("asking: %w", transfer.ErrNoKey): transfer.Renew,
		errors.New("metadata server away"): transfer.Resumable,
	} {
		remote := handler(t, func(http.ResponseWriter, *http.Request) { t.Error("a request without credentials") },
			func(o *Options) {
				o.Credentials = func(context.Context) (Credentials, error) { return Credentials{}, err }
			})
		_, got := remote.Initiate(t.Context(), upload.Target{Bucket: bucket, Key: "k"})
		as(t, got, want, "")
	}
}

func TestListUploadsIsPagedAndExact(t *testing.T) {
	t.Parallel()
	b := start(t, nil)
	want := map[string]bool{}
	for _, key := range []string{"k", "k", "k", "k2", "k/3", "j"} {
		id, err := b.remote.Initiate(t.Context(), upload.Target{Bucket: bucket, Key: key})
		if err != nil {
			t.Fatal(err)
		}
		if key == "k" {
			want[id] = true
		}
	}
	under, now, err := b.remote.ListUploads(t.Context(), upload.Target{Bucket: bucket, Key: "k"})
	if err != nil || len(under) != 3 || time.Since(now).Abs() > time.Minute {
		t.Fatalf("%v at %v, %v", under, now, err)
	}
	for _, u := range under {
		if !want[u.UploadID] || time.Since(u.Initiated).Abs() > time.Minute {
			t.Errorf("%+v", u)
		}
	}
}

// The SDK's Complete sorts and spells what it is given: check that the ETags arrive quoted once.
func TestCompleteSpelling(t *testing.T) {
	t.Parallel()
	var got struct {
		Part []aliyun.UploadPart
	}
	remote := handler(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-oss-request-id", "R1")
		w.Header().Set("x-oss-hash-crc64ecma", "18446744073709551615")
		if err := xml.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		fmt.Fprint(w, `<CompleteMultipartUploadResult><ETag>"X-2"</ETag></CompleteMultipartUploadResult>`)
	}, nil)
	a, err := remote.Complete(t.Context(), upload.Target{Bucket: bucket, Key: "k", UploadID: "u"},
		[]transfer.Part{{Number: 1, ETag: "A"}, {Number: 2, ETag: `"B"`}})
	if err != nil || a.ETag != "X-2" || a.CRC64 != 1<<64-1 || !a.HasCRC || a.RequestID != "R1" {
		t.Errorf("%+v, %v", a, err)
	}
	if len(got.Part) != 2 || got.Part[0].ETag != `"A"` || got.Part[1].ETag != `"B"` || got.Part[1].PartNumber != 2 {
		t.Errorf("sent %+v", got)
	}
}

func TestHeadersAreSent(t *testing.T) {
	t.Parallel()
	got := make(chan http.Header, 1)
	remote := handler(t, func(w http.ResponseWriter, r *http.Request) {
		got <- r.Header.Clone()
		w.Header().Set("x-oss-request-id", "R1")
	}, nil)
	to := upload.Target{Bucket: bucket, Key: "k.mp4", Forbid: true,
		Header: map[string]string{"x-oss-storage-class": "IA", "Content-Type": "text/x-mine"}}
	if _, err := remote.Put(t.Context(), to, nil, 0); err != nil {
		t.Fatal(err)
	}
	h := <-got
	if h.Get("x-oss-storage-class") != "IA" || h.Get("Content-Type") != "text/x-mine" ||
		h.Get("x-oss-forbid-overwrite") != "true" ||
		h.Get("Content-Length") != "0" || h.Get("Transfer-Encoding") != "" {
		t.Errorf("headers %v", h)
	}
}

// A connection that served before, and is reset, says less than one that is reset at once.
func TestResetOfAKeptConnectionIsTold(t *testing.T) {
	t.Parallel()
	for _, before := range []int{0, 1} {
		for _, fault := range []ossdev.Fault{{Reset: true}, {ResetAfter: true}, {CutBody: 10},
			{Code: "InternalError"}} {
			b := start(t, nil)
			put := func() error {
				_, err := b.remote.Put(t.Context(), upload.Target{Bucket: bucket, Key: "k"},
					strings.NewReader("some content"), 12)
				return err
			}
			for range before {
				if err := put(); err != nil {
					t.Fatal(err)
				}
			}
			b.AddFault(fault)
			var e *transfer.Error
			if err := put(); !errors.As(err, &e) || e.Kind != transfer.Resumable ||
				e.Kept != (before > 0 && fault.Code == "") {
				t.Errorf("after %d others, %+v is answered by %+v", before, fault, e)
			}
		}
	}
}
