package vod

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/transfer"
)

var owner = Key{AccessKeyID: "owner", AccessKeySecret: "hush-secret"}

// service starts a VOD service and returns what asks it with key.
func service(t *testing.T, key Key, o ossdev.Options) (*ossdev.Running, *API) {
	t.Helper()
	o.Dir = t.TempDir()
	s, err := ossdev.Start("", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.AddKey(owner.AccessKeyID, owner.AccessKeySecret, "", time.Time{})
	a, err := NewAPI(APIOptions{Endpoint: s.URL, Key: func(context.Context) (Key, error) { return key, nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return s, a
}

func TestAPI(t *testing.T) {
	t.Parallel()
	s, a := service(t, owner, ossdev.Options{})
	for file, kind := range map[string]string{"clips/Ein Film+.mp4": "video", "a.JPG": "image", "a.srt": "attached"} {
		m := Media{File: file, Size: 5, Params: map[string]string{"Title": "Ein & Film", "Description": "d~*'",
			"Tags": "a,b", "CateId": "7"}}
		g, err := a.Create(t.Context(), m)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if g.VideoID == "" || g.Address.Endpoint != s.URL || g.Address.Bucket == "" || g.Address.Key == "" ||
			g.Auth.AccessKeySecret == "" || g.Auth.Region == "" ||
			time.Until(g.Auth.Expires) < 2900*time.Second {
			t.Errorf("%s: %+v", file, g)
		}
		var media ossdev.Media
		for _, media = range s.Media() {
			if media.ID == g.VideoID {
				break
			}
		}
		if media.ID != g.VideoID || media.Title != "Ein & Film" || fmt.Sprint(media.Tags) != "[a b]" ||
			media.Params["Description"] != "d~*'" || !strings.HasPrefix(media.Type, kind[:5]) {
			t.Errorf("%s: VOD has %+v", file, media)
		}
		m.VideoID = g.VideoID
		again, err := a.Refresh(t.Context(), m)
		if kind != "video" {
			if !is(err, codeNoVideo) {
				t.Errorf("%s: refreshed, %v", file, err)
			}
			continue
		}
		if err != nil || again.Address != g.Address || again.VideoID != g.VideoID ||
			again.Auth.AccessKeyID == g.Auth.AccessKeyID {
			t.Errorf("%s: refreshed to %+v, %v", file, again, err)
		}
		if err := a.Discard(t.Context(), g.VideoID); err != nil {
			t.Errorf("%s: discard: %v", file, err)
		}
	}
	if _, err := a.Refresh(t.Context(), Media{File: "a.mp4", VideoID: strings.Repeat("0", 32)}); !is(err, codeNoVideo) {
		t.Errorf("a video that is not there: %v", err)
	}
	if err := a.Discard(t.Context(), strings.Repeat("0", 32)); err != nil {
		t.Errorf("a video that is not there: %v", err)
	}
	if _, err := a.Create(t.Context(), Media{File: "notes.doc"}); !is(err, "InvalidFileName.Extension") {
		t.Errorf("a file that VOD does not take: %v", err)
	}
}

// TestReference asks twice for a video of one name, as who lost the first answer does: there is one, which is found and
// removed by that.
func TestReference(t *testing.T) {
	t.Parallel()
	s, a := service(t, owner, ossdev.Options{})
	ask := func(name string) Grant {
		t.Helper()
		g, err := a.Create(t.Context(), Media{File: "a.mp4", Size: 5, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	first, other := ask("name-of-the-first"), ask("name-of-another")
	again := ask("name-of-the-first")
	if again.VideoID != first.VideoID || again.Address != first.Address || other.VideoID == first.VideoID ||
		len(s.Media()) != 2 {
		t.Errorf("%+v, %+v, %+v", first, again, other)
	}
	g, err := a.Refresh(t.Context(), Media{File: "a.mp4", VideoID: transfer.ByReference("name-of-another")})
	if err != nil || g.VideoID != other.VideoID {
		t.Errorf("refreshed: %+v, %v", g, err)
	}
	if _, err := a.Refresh(t.Context(), Media{File: "a.mp4", VideoID: transfer.ByReference("no-such-name")}); !is(err,
		codeNoVideo) {
		t.Errorf("no such name: %v", err)
	}
	for _, id := range []string{transfer.ByReference("name-of-another"), transfer.ByReference("no-such-name"),
		first.VideoID, first.VideoID} {
		if err := a.Remove(t.Context(), id, Video); err != nil {
			t.Errorf("removing %s: %v", id, err)
		}
	}
	for file, kind := range map[string]Kind{"a.png": Image, "a.srt": Attached} {
		g, err := a.Create(t.Context(), Media{File: file, Size: 5})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := a.Remove(t.Context(), g.VideoID, kind); err != nil {
				t.Errorf("removing %s: %v", file, err)
			}
		}
	}
	if all := s.Media(); len(all) != 0 {
		t.Errorf("left: %+v", all)
	}
	s.AddFault(ossdev.Fault{Action: "DeleteVideo", Code: "Forbidden.RAM"})
	if err := a.Remove(t.Context(), transfer.ByReference("no-such-name"), Video); !is(err, "Forbidden.RAM") {
		t.Errorf("without the right: %v", err)
	}
}

func TestAPIErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		key   Key
		fault ossdev.Fault
		code  string
		kind  transfer.Kind
	}{
		{key: Key{AccessKeyID: "nobody", AccessKeySecret: "hush-secret"}, code: "InvalidAccessKeyId.NotFound",
			kind: transfer.Final},
		{key: Key{AccessKeyID: "owner", AccessKeySecret: "hush-wrong"}, code: "SignatureDoesNotMatch",
			kind: transfer.Final},
		{key: Key{AccessKeyID: "nobody", AccessKeySecret: "hush-secret", SecurityToken: "hush-token"}, code: "",
			kind: transfer.Renew},
		{key: owner, fault: ossdev.Fault{Code: "Forbidden"}, code: "Forbidden", kind: transfer.Final},
		{key: owner, fault: ossdev.Fault{Code: "Throttling.User"}, code: "Throttling.User", kind: transfer.Resumable},
		{key: owner, fault: ossdev.Fault{Code: "InternalError"}, code: "InternalError", kind: transfer.Resumable},
		{key: owner, fault: ossdev.Fault{Code: "InvalidSecurityToken.Expired"}, code: "InvalidSecurityToken.Expired",
			kind: transfer.Renew},
		{key: owner, fault: ossdev.Fault{Code: "InvalidTemplateGroupId.NotFound"},
			code: "InvalidTemplateGroupId.NotFound", kind: transfer.Final},
		{key: owner, fault: ossdev.Fault{Reset: true}, code: "NetworkError", kind: transfer.Resumable},
	} {
		name := c.key.AccessKeyID + " " + c.code + " " + c.fault.Code
		s, a := service(t, c.key, ossdev.Options{})
		if c.fault != (ossdev.Fault{}) {
			s.AddFault(c.fault)
		}
		_, err := a.Create(t.Context(), Media{File: "a.mp4", Size: 1})
		var e *transfer.Error
		if !errors.As(err, &e) || e.Kind != c.kind || c.code != "" && e.Code != c.code {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.code != "NetworkError" && e.RequestID == "" {
			t.Errorf("%s: no request id", name)
		}
		if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "Signature=") {
			t.Errorf("%s: the error shows a secret: %v", name, err)
		}
	}
}

// A clock that is off is corrected by the server's, once it said so. What an auth has left is the same by any clock.
func TestAPICorrectsTheClock(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-3 * time.Hour, 3 * time.Hour} {
		s, _ := service(t, owner, ossdev.Options{})
		ours := func() time.Time { return time.Now().Add(off) }
		a, err := NewAPI(APIOptions{Endpoint: s.URL, Key: func(context.Context) (Key, error) { return owner, nil },
			Now: ours})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		g, err := a.Create(t.Context(), Media{File: "a.mp4", Size: 1})
		if err != nil {
			t.Fatalf("the first call: %v", err)
		}
		if _, err := a.Create(t.Context(), Media{File: "b.mp4", Size: 1}); err != nil || len(s.Requests()) != 3 {
			t.Errorf("the second: %v after %d requests", err, len(s.Requests()))
		}
		if left := g.Auth.Expires.Sub(ours()); left < 2900*time.Second || left > 3100*time.Second {
			t.Errorf("our clock is off by %v, and an auth of 3000 s ends in %v", off, left)
		}
	}
}

// A server that claims to live in another week is not believed, and the call fails only for now.
func TestAPIClockOfNobody(t *testing.T) {
	t.Parallel()
	s, _ := service(t, owner, ossdev.Options{})
	a, err := NewAPI(APIOptions{Endpoint: s.URL, Key: func(context.Context) (Key, error) { return owner, nil },
		Now: func() time.Time { return time.Now().Add(72 * time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	_, err = a.Create(t.Context(), Media{File: "a.mp4", Size: 1})
	var e *transfer.Error
	if !errors.As(err, &e) || e.Kind != transfer.Resumable || e.Hint != "set this machine's clock" ||
		len(s.Requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(s.Requests()))
	}
}

// TestAPISignature has every call signed by version 3 of signatures, and none of the parameters of the others.
func TestAPISignature(t *testing.T) {
	t.Parallel()
	var seen *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r
		w.WriteHeader(http.StatusTeapot)
	}))
	t.Cleanup(server.Close)
	key := Key{AccessKeyID: "STS.a", AccessKeySecret: "hush-secret", SecurityToken: "hush-token"}
	a, err := NewAPI(APIOptions{Endpoint: server.URL, Key: func(context.Context) (Key, error) { return key, nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if _, err = a.Create(t.Context(), Media{File: "a.mp4", Size: 1}); err == nil {
		t.Error("no error")
	}
	q := seen.URL.Query()
	if by := seen.Header.Get("Authorization"); !strings.HasPrefix(by, "ACS3-HMAC-SHA256 Credential=STS.a,") ||
		seen.Header.Get("x-acs-action") != "CreateUploadVideo" || q.Has("Signature") || q.Has("SecurityToken") ||
		q.Has("Timestamp") {
		t.Errorf("%s of %v", by, q)
	}
}

// The client would read HTTP_PROXY itself, quote it in its errors and send its password to VOD.
func TestProxyPasswordStaysHere(t *testing.T) {
	for _, proxy := range []string{"http://user:hush%zz@proxy.example:3128", "http://user:hush@proxy.example:3128"} {
		t.Setenv("HTTP_PROXY", proxy)
		asked := false
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = true
			for name := range r.Header {
				if strings.HasPrefix(name, "Proxy") {
					t.Errorf("VOD is sent %s", name)
				}
			}
			w.WriteHeader(http.StatusTeapot)
		}))
		a, err := NewAPI(APIOptions{Endpoint: server.URL, Key: func(context.Context) (Key, error) {
			return owner,
				nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Create(t.Context(), Media{File: "a.mp4", Size: 1})
		if !asked || err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("asked %v, error %v", asked, err)
		}
		a.Close()
		server.Close()
	}
}
