package ossdev

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"
)

// credentials reads the Credentials of an AssumeRole's answer.
func credentials(t testing.TB, a rpcAnswer) (signer, time.Time) {
	t.Helper()
	c, _ := a.body["Credentials"].(map[string]any)
	text := func(name string) string { s, _ := c[name].(string); return s }
	at, err := time.Parse("2006-01-02T15:04:05Z", text("Expiration"))
	if err != nil {
		t.Fatalf("%v: %v", a.body, err)
	}
	return signer{id: text("AccessKeyId"), secret: text("AccessKeySecret"), token: text("SecurityToken")}, at
}

func TestAssumeRole(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := start(t, Options{Now: c.now})
	const arn = "acs:ram::123456789012:role/uploader"
	asked := []string{"RoleArn", arn, "RoleSessionName", "alice"}
	for _, form := range []bool{false, true} {
		k := owner1
		k.form = form
		a := k.call(t, s.URL, "AssumeRole", append(asked, "DurationSeconds", "900", "Policy", "{}")...)
		a.wantCode(t, "assume", 200, "")
		temporary, at := credentials(t, a)
		if left := at.Sub(c.now()); left > 900*time.Second || left < 890*time.Second {
			t.Errorf("%v left", left)
		}
		if user, _ := a.body["AssumedRoleUser"].(map[string]any); user["Arn"] != arn+"/alice" ||
			!strings.HasSuffix(user["AssumedRoleId"].(string), ":alice") {
			t.Errorf("%v", a.body)
		}
		put(t, as(t, s, temporary.id, temporary.secret, temporary.token, aliyun.AuthV4), "a", []byte("x"))
		temporary.call(t, s.URL, "CreateUploadVideo", "Title", "t", "FileName", "a.mp4").wantCode(t, "VOD", 200, "")
		before := s.TokenCount().Expired
		if c.add(900 * time.Second); s.TokenCount().Expired != before+1 {
			t.Errorf("%+v", s.TokenCount())
		}
		c.add(-900 * time.Second) // the client's clock stays, and must not be that far off
		s.ExpireKey(temporary.id)
		want(t, "expired", as(t, s, temporary.id, temporary.secret, temporary.token, aliyun.AuthV1).PutObject("a",
			strings.NewReader("x")), "SecurityTokenExpired")
		temporary.call(t, s.URL, "CreateUploadVideo", "Title", "t", "FileName", "a.mp4").wantCode(t, "expired", 400,
			"InvalidSecurityToken.Expired")
	}
	if _, at := credentials(t, owner1.call(t, s.URL, "AssumeRole", asked...)); at.Sub(c.now()).Round(
		time.Minute) != time.Hour {
		t.Errorf("without DurationSeconds: %v", at)
	}
	for name, change := range map[string][]string{
		"MissingParameter":                 {"RoleArn", ""},
		"InvalidParameter.RoleArn":         {"RoleArn", "uploader"},
		"InvalidParameter.RoleSessionName": {"RoleSessionName", "a"},
		"InvalidParameter.DurationSeconds": {"DurationSeconds", "899"},
	} {
		owner1.call(t, s.URL, "AssumeRole", append(asked[:4:4], change...)...).wantCode(t, name, 400, name)
	}
	owner1.call(t, s.URL, "AssumeRole", "RoleArn", arn).wantCode(t, "session", 400, "MissingParameter")
	if got := s.TokenCount(); got.Issued != 3 || got.Uploads != 2 || got.Refused != 4 {
		t.Errorf("%+v", got)
	}
}

// The server's lifetime is stronger than what is asked for: a test wants tokens that end soon.
func TestTokenLifetime(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := start(t, Options{Now: c.now, TokenLifetime: 3 * time.Second, Admin: true})
	_, at := credentials(t, owner1.call(t, s.URL, "AssumeRole", "RoleArn", "acs:ram::1:role/r", "RoleSessionName",
		"alice", "DurationSeconds", "3600"))
	if left := at.Sub(c.now()); left > 3*time.Second {
		t.Errorf("%v left", left)
	}
	token := s.IssueToken(0)
	b := as(t, s, token.AccessKeyID, token.AccessKeySecret, token.SecurityToken, aliyun.AuthV4)
	put(t, b, "a", []byte("x"))
	c.add(2 * time.Second)
	put(t, b, "a", []byte("x"))
	c.add(time.Second)
	want(t, "expired", b.PutObject("a", strings.NewReader("x")), "SecurityTokenExpired")
	if got := s.TokenCount(); got != (TokenCount{Issued: 2, Expired: 2, Refused: 1}) {
		t.Errorf("%+v", got)
	}
	other := s.IssueToken(time.Hour)
	b = as(t, s, other.AccessKeyID, other.AccessKeySecret, other.SecurityToken, aliyun.AuthV4)
	s.ExpireKey(other.AccessKeyID)
	want(t, "ended", b.PutObject("a", strings.NewReader("x")), "SecurityTokenExpired")
	s.ExpireKey("nobody")
	if left := time.Until(start(t, Options{}).IssueToken(0).Expiration); left.Round(time.Minute) != time.Hour {
		t.Errorf("by default %v left", left)
	}
}

func TestCredentialsURI(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Admin: true})
	get := func(query string) (int, map[string]string) {
		r := must[*http.Response](t)(http.Get(s.URL + "/.ossdev/credentials" + query))
		var m map[string]string
		if err := json.Unmarshal(must[[]byte](t)(io.ReadAll(r.Body)), &m); err != nil {
			t.Fatal(err)
		}
		if err := r.Body.Close(); err != nil {
			t.Error(err)
		}
		return r.StatusCode, m
	}
	for query, lifetime := range map[string]time.Duration{"": time.Hour, "?lifetime=90s": 90 * time.Second} {
		status, m := get(query)
		at, err := time.Parse(time.RFC3339, m["Expiration"])
		if left := time.Until(at); status != 200 || m["Code"] != "Success" || err != nil || left > lifetime ||
			left < lifetime-10*time.Second {
			t.Errorf("%s: %d %v %v", query, status, m, err)
		}
		put(t, as(t, s, m["AccessKeyId"], m["AccessKeySecret"], m["SecurityToken"], aliyun.AuthV4), "a", []byte("x"))
	}
	if status, m := get("?lifetime=-1s"); status != 400 || m["Code"] != "InvalidParameter" {
		t.Errorf("%d %v", status, m)
	}
	f := s.AddFault(Fault{Action: "GetCredentials", Count: 1, Code: "ServiceUnavailable"})
	if status, m := get(""); status != 503 || m["Code"] != "ServiceUnavailable" || f.Hits() != 1 {
		t.Errorf("%d %v", status, m)
	}
	r := must[*http.Response](t)(http.Post(s.URL+"/.ossdev/credentials", "", nil))
	if r.StatusCode != 404 {
		t.Error(r.Status)
	}
	if err := r.Body.Close(); err != nil {
		t.Error(err)
	}
	if got := s.TokenCount().Issued; got != 2 {
		t.Error(got)
	}
}

// Without Admin nobody gets a token for nothing.
func TestCredentialsURINeedsAdmin(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	r := must[*http.Response](t)(http.Get(s.URL + "/.ossdev/credentials"))
	if r.StatusCode < 400 || s.TokenCount().Issued != 0 {
		t.Error(r.Status)
	}
	if err := r.Body.Close(); err != nil {
		t.Error(err)
	}
}

func TestTokensFromEverywhereAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Admin: true})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			token := s.IssueToken(time.Hour)
			a := token.signer().call(t, s.URL, "CreateUploadVideo", "Title", "t", "FileName", "a.mp4")
			token.signer().call(t, s.URL, "RefreshUploadVideo", "VideoId", a.VideoID).wantCode(t, "refresh", 200, "")
			s.ExpireKey(token.AccessKeyID)
			s.TokenCount()
			if err := s.RemoveMedia(a.VideoID); err != nil {
				t.Error(err)
			}
			s.Media()
		})
	}
	wg.Wait()
	if got := s.TokenCount(); got != (TokenCount{Issued: 8, Uploads: 16, Expired: 8}) || len(s.Media()) != 0 {
		t.Errorf("%+v", got)
	}
}
