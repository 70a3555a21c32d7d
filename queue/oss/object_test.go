package oss

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"inboxfs/queue/upload"
)

// TestAge: by it an object that was there before the drop is told from one that the drop became.
func TestAge(t *testing.T) {
	t.Parallel()
	const now = "Fri, 27 Nov 2026 10:00:00 GMT"
	for made, want := range map[string]time.Duration{
		"Fri, 27 Nov 2026 09:58:30 GMT": 90 * time.Second,
		"Fri, 27 Nov 2026 10:00:01 GMT": 0, // made while it was asked
		"yesterday":                     -1,
		"":                              -1,
	} {
		if got := age(http.Header{"Date": {now}, "Last-Modified": {made}}); got != want {
			t.Errorf("made %q: %v, want %v", made, got, want)
		}
	}
	if got := age(http.Header{"Last-Modified": {now}}); got != -1 {
		t.Errorf("without a date: %v", got)
	}
}

// TestDelete removes one version, where the bucket has versions, as HEAD told it.
func TestDelete(t *testing.T) {
	t.Parallel()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path+"?"+r.URL.RawQuery)
		w.Header().Set("x-oss-request-id", "5C3D")
		w.Header().Set("x-oss-version-id", "CAEQ/8=")
		w.Header().Set("Content-Length", "0")
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	t.Cleanup(server.Close)
	remote, err := New(Options{Endpoint: server.URL, Region: "cn-hangzhou", Bucket: bucket,
		Credentials: fixed(keyID, secret, token)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remote.Close)
	to := upload.Target{Bucket: bucket, Key: "k"}
	o, _, err := remote.Head(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{o.Version, ""} {
		if err := remote.Delete(t.Context(), to, version); err != nil {
			t.Error(err)
		}
	}
	want := []string{"HEAD /drops/k?", "DELETE /drops/k?versionId=CAEQ%2F8%3D", "DELETE /drops/k?"}
	if !slices.Equal(asked, want) {
		t.Errorf("%q", asked)
	}
}
