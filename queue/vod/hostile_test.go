package vod

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/transfer"
)

// given is an answer to CreateUploadVideo, with its address.
func given(videoID string, address map[string]string) string {
	b64 := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.StdEncoding.EncodeToString(text)
	}
	answer, err := json.Marshal(map[string]string{"RequestId": "R1", "VideoId": videoID, "UploadAddress": b64(address),
		"UploadAuth": b64(map[string]string{"AccessKeyId": "STS.a", "AccessKeySecret": "b", "SecurityToken": "c"})})
	if err != nil {
		panic(err)
	}
	return string(answer)
}

// Where files may be sent to. Credentials for it are those of the same answer, so that the answer may name any host;
// but not what no file is sent to.
func TestAddresses(t *testing.T) {
	t.Parallel()
	at := func(endpoint, bucket, key string) map[string]string {
		return map[string]string{"Endpoint": endpoint, "Bucket": bucket, "FileName": key}
	}
	for _, c := range []struct {
		address  map[string]string
		endpoint string // "": refused
	}{
		{at("https://oss-cn-shanghai.aliyuncs.com", "b", "a/ä b.mp4"), "https://oss-cn-shanghai.aliyuncs.com"},
		{at("oss-cn-shanghai.aliyuncs.com", "b", "k"), "https://oss-cn-shanghai.aliyuncs.com"},
		{at("http://oss-cn-shanghai.aliyuncs.com", "b", "k"), "https://oss-cn-shanghai.aliyuncs.com"},
		{at("http://oss.example.com", "b", "k"), "http://oss.example.com"},
		{at("http://127.0.0.1:8080", "b", "k"), "http://127.0.0.1:8080"},
		{at("http://10.1.2.3", "b", "k"), "http://10.1.2.3"},
		{at("http://169.254.169.254", "b", "k"), ""},
		{at("http://[::ffff:169.254.169.254]", "b", "k"), ""},
		{at("http://[fe80::1]", "b", "k"), ""},
		{at("http://100.100.100.200", "b", "k"), ""},
		{at("http://0.0.0.0:80", "b", "k"), ""},
		{at("http://224.0.0.1", "b", "k"), ""},
		{at("file:///etc/passwd", "b", "k"), ""},
		{at("/etc/passwd", "b", "k"), ""},
		{at("ftp://host", "b", "k"), ""},
		{at("https://user:password@host", "b", "k"), ""},
		{at("https://host", "b", "a\nb"), ""},
		{at("https://host", "b", "a\x1b[31m"), ""},
		{at("https://host", "b", "\u009b31m"), ""},
		{at("https://host", "b", strings.Repeat("k", 1024)), ""},
		{at("https://host", "", "k"), ""},
		{at("https://host", "b", ""), ""},
	} {
		g, err := ParseGrant([]byte(given("V", c.address)), Clock{})
		if (err == nil) != (c.endpoint != "") || g.Address.Endpoint != c.endpoint {
			t.Errorf("%q: %+v, %v", c.address, g.Address, err)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\x1b\u009b\n") {
			t.Errorf("%q: %q", c.address, err.Error())
		}
	}
}

// A VOD that lies is an outage: nothing of what it says is kept, is believed or keeps us.
func TestLyingAnswers(t *testing.T) {
	t.Parallel()
	good := map[string]string{"Endpoint": "https://host", "Bucket": "b", "FileName": "k"}
	endless := func(status int, begin, piece string, pause time.Duration) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			_, err := io.WriteString(w, begin)
			for err == nil && r.Context().Err() == nil {
				time.Sleep(pause)
				if _, err = io.WriteString(w, piece); err == nil {
					err = http.NewResponseController(w).Flush()
				}
			}
		}
	}
	says := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text) // the client says what came of it
		}
	}
	mib := strings.Repeat("x", 1<<20)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("redirected, with the signature")
	}))
	t.Cleanup(elsewhere.Close)
	for name, h := range map[string]http.HandlerFunc{
		"a video id of a MiB":       says(200, given(mib, good)),
		"a video id with an escape": says(200, given("\u009b31m", good)),
		"a video id of two lines":   says(200, given("a\nb", good)),
		"metadata": says(200,
			given("V", map[string]string{"Endpoint": "http://169.254.169.254", "Bucket": "b", "FileName": "k"})),
		"a number":            says(200, "5"),
		"null":                says(200, "null"),
		"a list":              says(200, "[]"),
		"nothing":             says(200, ""),
		"a page":              says(200, "<html>log in"),
		"a page with 502":     says(502, "<html>bad gateway"),
		"numbers for strings": says(200, `{"VideoId":1,"UploadAddress":2,"UploadAuth":{}}`),
		"deep":                says(200, strings.Repeat("[", 200_000)),
		"deep objects":        says(200, strings.Repeat(`{"VideoId":`, 20_000)),
		"endless":             endless(200, `{"VideoId":"`, mib, 0),
		"an endless error":    endless(403, `{"Code":"`, mib, 0),
		"dripping":            endless(200, `{"VideoId":"`, "x", 20*time.Millisecond),
		"a dripping error":    endless(403, `{"Code":"`, "x", 20*time.Millisecond),
		"a long code": says(500, fmt.Sprintf(`{"Code":%q,"Message":%q,"RequestId":%q}`, mib[:50_000],
			mib[:50_000], mib[:50_000])),
		"escapes": says(500,
			"{\"Code\":\"\u009b31m\",\"Message\":\"\\u001b[31m\u009b\",\"RequestId\":\"<script>\\u001b\"}"),
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		},
		"a gateway that compresses": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "no gzip") // the client says what came of it
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(h)
			t.Cleanup(s.Close)
			a, err := NewAPI(APIOptions{Endpoint: s.URL, Timeout: time.Second, Key: func(context.Context) (Key, error) {
				return owner, nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(a.Close)
			began := time.Now()
			g, err := a.Create(t.Context(), Media{File: "a.mp4", Size: 5})
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("took %v", took)
			}
			var e *transfer.Error
			if !errors.As(err, &e) || e.Kind != transfer.Resumable || g.VideoID != "" {
				t.Fatalf("%+v, %v", g, err)
			}
			if all := e.Error() + e.RequestID; len(all) > 3000 || strings.ContainsAny(all, "\x1b\u009b\n") ||
				strings.Contains(all, owner.AccessKeySecret) {
				t.Errorf("%.3000q", all)
			}
		})
	}
}

func TestCertificateIsChecked(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked") }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it is the server that is refused
	s.StartTLS()
	t.Cleanup(s.Close)
	a, err := NewAPI(APIOptions{Endpoint: s.URL, Key: func(context.Context) (Key, error) { return owner, nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	_, err = a.Create(t.Context(), Media{File: "a.mp4", Size: 5})
	var e *transfer.Error
	if !errors.As(err, &e) || e.Kind != transfer.Resumable || !strings.Contains(e.Hint, "SSL_CERT_FILE") {
		t.Errorf("%#v", err)
	}
}
