package oss

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	v2 "github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"inboxfs/queue/attribute"
	"inboxfs/queue/ossdev"
	"inboxfs/queue/upload"
)

// everything is an attribute of each kind, of two that exclude each other one.
var everything = []string{"oss.content-type=video/mp4", "oss.cache-control=no-cache", "oss.content-disposition=inline",
	"oss.content-encoding=gzip",
	"oss.content-language=de", "oss.expires=2033-12-01T16:00:00Z", "oss.storage-class=IA", "oss.acl=private",
	"oss.server-side-encryption=KMS",
	"oss.server-side-encryption-key-id=key-1", "oss.server-side-data-encryption=SM4", "oss.tagging=a=1",
	"oss.meta.take=7",
	`oss.callback={"callbackUrl":"http://127.0.0.1:1","callbackBody":"x"}`, `oss.callback-var={"x:a":"b"}`}

// TestEachHeaderWithItsRequest compares which of PutObject, InitiateMultipartUpload, UploadPart and
// CompleteMultipartUpload carries which header of an object with what Alibaba Cloud's SDK for Go, version 2, has for
// each; and looks at the object.
func TestEachHeaderWithItsRequest(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	set, err := attribute.Parse(everything)
	if err != nil {
		t.Fatal(err)
	}
	want := set.Headers()
	if missing := attribute.Names("oss."); len(missing) != len(want) {
		t.Fatalf("%d attributes are tried, there are %q", len(want), missing)
	}
	server, seen := overheard(t)
	remote, err := New(Options{Endpoint: server.url, Region: "cn-hangzhou", Bucket: bucket,
		Credentials: fixed(keyID, secret, token)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remote.Close)
	requests := map[string]reflect.Type{"PutObject": reflect.TypeFor[v2.PutObjectRequest](),
		"InitiateMultipartUpload": reflect.TypeFor[v2.InitiateMultipartUploadRequest](),
		"UploadPart":              reflect.TypeFor[v2.UploadPartRequest](),
		"CompleteMultipartUpload": reflect.TypeFor[v2.CompleteMultipartUploadRequest]()}
	for _, size := range []int{part, 2 * part} {
		u := upload.New(remote, upload.Options{PartSize: part, Overwrite: "forbid", Attributes: set})
		job, _ := file(t, size)
		job.Name = map[int]string{part: "one", 2 * part: "many"}[size]
		if _, err := u.Upload(t.Context(), job, &watcher{}); err != nil {
			t.Fatal(err)
		}
		_, meta, _ := server.Object(bucket, job.Name)
		got := maps.Clone(meta.Header)
		if delete(got, "X-Oss-Meta-Take"); !maps.Equal(got, without(want, "X-Oss-Meta-take", "X-Oss-Callback",
			"X-Oss-Callback-Var")) || meta.Header["X-Oss-Meta-Take"] != "7" {
			t.Errorf("%s has %q", job.Name, meta.Header)
		}
	}
	for action, request := range requests {
		takes := headersOf(request)
		if action == "PutObject" || action == "InitiateMultipartUpload" {
			takes["Content-Language"] = true // has a name in both SDKs, and a field only in the first
		}
		sent := seen()[action]
		for name := range want {
			name = http.CanonicalHeaderKey(name)
			known := takes[name] || strings.HasPrefix(name, "X-Oss-Meta-") && takes["X-Oss-Meta-"]
			// which the SDK itself sends with every body
			if (sent.Get(name) != "") != known && !(name == "Content-Type" && !known) {
				t.Errorf("%s carries %s: %q; the SDK has it there: %v", action, name, sent.Get(name), known)
			}
		}
		if (sent.Get("x-oss-forbid-overwrite") != "") != takes["X-Oss-Forbid-Overwrite"] {
			t.Errorf("%s carries x-oss-forbid-overwrite: %q", action, sent.Get("x-oss-forbid-overwrite"))
		}
	}
}

// headersOf is which headers a request of the SDK can have.
func headersOf(request reflect.Type) map[string]bool {
	takes := map[string]bool{}
	for i := range request.NumField() {
		if where := strings.Split(request.Field(i).Tag.Get("input"), ","); len(where) > 1 && where[0] == "header" {
			takes[http.CanonicalHeaderKey(where[1])] = true
		}
	}
	return takes
}

func without(m map[string]string, names ...string) map[string]string {
	m = maps.Clone(m)
	for _, name := range names {
		delete(m, name)
	}
	return m
}

type overhearing struct {
	*ossdev.Server
	url string
}

// overheard is a development endpoint of which the headers of each action's last request are seen.
func overheard(t *testing.T) (server overhearing, seen func() map[string]http.Header) {
	t.Helper()
	dev, err := ossdev.New(ossdev.Options{Dir: t.TempDir(),
		Keys: map[string]ossdev.Key{keyID: {Secret: secret, Token: token, Expires: time.Time{}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := dev.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex // guards last
	last := map[string]http.Header{}
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := r.Header.Clone()
		dev.ServeHTTP(w, r)
		mu.Lock()
		defer mu.Unlock()
		last[action(r)] = header
	}))
	t.Cleanup(func() {
		listener.Close()
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	})
	return overhearing{dev, listener.URL}, func() map[string]http.Header {
		mu.Lock()
		defer mu.Unlock()
		return maps.Clone(last)
	}
}

func action(r *http.Request) string {
	switch q := r.URL.Query(); {
	case r.Method == http.MethodPut && q.Has("partNumber"):
		return "UploadPart"
	case r.Method == http.MethodPut:
		return "PutObject"
	case r.Method == http.MethodPost && q.Has("uploads"):
		return "InitiateMultipartUpload"
	case r.Method == http.MethodPost:
		return "CompleteMultipartUpload"
	}
	return r.Method
}
