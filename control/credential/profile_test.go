package credential

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/transfer"
)

// signatures is a Server's handler that notes how it was asked.
type signatures struct {
	http.Handler
	seen []string
}

func (s *signatures) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	s.seen = append(s.seen, scheme+r.URL.Query().Get("SignatureMethod"))
	s.Handler.ServeHTTP(w, r)
}

// TestProfileWithRole uses profiles that assume a role: STS is asked by version 3 of signatures, by its own clock, for
// what the profile says.
func TestProfileWithRole(t *testing.T) {
	t.Parallel()
	const off = 3 * time.Hour
	dev, err := ossdev.New(ossdev.Options{Dir: t.TempDir(), Now: func() time.Time { return time.Now().Add(off) }})
	if err != nil {
		t.Fatal(err)
	}
	dev.AddKey("owner", mark+"secret", "", time.Time{})
	seen := &signatures{Handler: dev}
	server := httptest.NewServer(seen)
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "config.json")
	text := `{"current":"key","profiles":[
		{"name":"key","mode":"RamRoleArn","access_key_id":"owner","access_key_secret":"` + mark + `secret",
			"ram_role_arn":"acs:ram::1:role/x","ram_session_name":"a.session","expired_seconds":1800,"sts_region":"cn-hangzhou"},
		{"name":"owner","mode":"AK","access_key_id":"owner","access_key_secret":"` + mark + `secret"},
		{"name":"run","mode":"External","process_command":"echo '{\"access_key_id\":\"owner\",\"access_key_secret\":\"` + mark + `secret\"}'"},
		{"name":"chain","mode":"ChainableRamRoleArn","source_profile":"owner","ram_role_arn":"acs:ram::1:role/y"},
		{"name":"chain of runs","mode":"ChainableRamRoleArn","source_profile":"run","ram_role_arn":"acs:ram::1:role/y"},
		{"name":"long chain","mode":"ChainableRamRoleArn","source_profile":"key","ram_role_arn":"acs:ram::1:role/z"},
		{"name":"wrong","mode":"RamRoleArn","access_key_id":"owner","access_key_secret":"` + mark + `","ram_role_arn":"acs:ram::1:role/x"}]}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, lasts := range map[string]time.Duration{"": 30 * time.Minute, "chain": time.Hour,
		"chain of runs": time.Hour,
		"long chain":    time.Hour} {
		p := Profile(file, name, server.URL)
		got, err := p.Get(t.Context())
		if err != nil || !strings.HasPrefix(got.AccessKeyID, "STS.") {
			t.Fatalf("%q: %v", name, err)
		}
		if left := got.Expires.Sub(time.Now().Add(off)); left < lasts-time.Minute || left > lasts {
			t.Errorf("%q: expires in %v", name, left)
		}
	}
	for _, scheme := range seen.seen {
		if scheme != "ACS3-HMAC-SHA256" {
			t.Errorf("STS was asked with %q", scheme)
		}
	}
	_, err = Profile(file, "wrong", server.URL).Get(t.Context())
	var e *transfer.Error
	if !errors.As(err, &e) || !strings.Contains(e.Message, "STS refuses (SignatureDoesNotMatch)") || e.Hint == "" {
		t.Errorf("a wrong secret: %v", err)
	}
	check(t, "the error", fmt.Sprint(err))
	p, err := readProfiles(file)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "the profiles", fmt.Sprintf("%v %+v %#v", p, p, p))
	for region, want := range map[string]string{"cn-hangzhou": "sts.cn-hangzhou.aliyuncs.com", "": ""} {
		if got := (oneProfile{Region: region}).role("").Endpoint; got != want {
			t.Errorf("STS of %q is %q", region, got)
		}
	}
	if got := (oneProfile{Region: "r", VPC: true}).role("").Endpoint; got != "sts-vpc.r.aliyuncs.com" {
		t.Errorf("STS of a VPC is %q", got)
	}
}

// TestOIDCRole has STS give a role for a token, and refuse it: the reason and what to do are told, and nothing that was
// sent.
func TestOIDCRole(t *testing.T) {
	t.Parallel()
	var refuses string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-acs-request-id", "R-1")
		body, _ := io.ReadAll(r.Body) // a short body is seen below
		if r.Header.Get("Authorization") != "" || strings.Contains(r.URL.String(), mark) ||
			r.Header.Get("x-acs-action") != "AssumeRoleWithOIDC" {
			t.Errorf("it was asked %s with %v", r.URL, r.Header)
		}
		for _, part := range []string{"OIDCToken=" + mark + "token&",
			"OIDCProviderArn=acs%3Aram%3A%3A1%3Aoidc-provider%2Fx", "DurationSeconds=3600",
			"RoleArn=acs%3Aram%3A%3A1%3Arole%2Fx", "RoleSessionName=s"} {
			if !strings.Contains(string(body)+"&", part) {
				t.Errorf("%q lacks %s", body, part)
			}
		}
		w.Header().Set("Content-Type", "application/json")
		if refuses != "" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"RequestId":"R-1","Code":%q,"Message":"it is so because of %stoken"}`, refuses, mark)
			return
		}
		fmt.Fprintf(w, `{"RequestId":"R-1","Credentials":%s}`, stsAnswer(1, time.Hour))
	}))
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(mark+"token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	role := Role{ARN: "acs:ram::1:role/x", Session: "s", Lifetime: time.Hour, Endpoint: server.URL}
	source := OIDCRole(role, "acs:ram::1:oidc-provider/x", file)
	if got, err := source.Get(t.Context()); err != nil || got.AccessKeyID != mark+"id1" || got.Expires.IsZero() {
		t.Fatal(err)
	}
	for code, hint := range roleHints {
		refuses = code
		_, err := source.Get(t.Context())
		var e *transfer.Error
		if !errors.As(err, &e) || e.Kind != transfer.Resumable || e.Hint != hint ||
			!strings.HasPrefix(e.Message, "assuming the RAM role with an OIDC token: STS refuses ("+code+
				") (request R-1") {
			t.Errorf("%s: %v", code, err)
		}
		check(t, code, fmt.Sprint(err))
	}
	if err := os.WriteFile(file, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := source.Get(t.Context()); err == nil || !strings.Contains(err.Error(), "the file is empty") {
		t.Errorf("an empty file: %v", err)
	}
	check(t, "the source", fmt.Sprintf("%v %+v %#v", source, source, source))
}
