package story

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

// issuer gives out tokens of the endpoint, as STS does.
type issuer struct {
	s     *story
	ready chan struct{} // closed when s is set
	life  time.Duration
	url   string

	mu     sync.Mutex // guards the rest
	vod    *backend
	issued int
	away   bool // it answers 500
}

// errorToken stands in the answer of an issuer that is away.
const errorToken = "story-token-0"

// issues starts a credentials URI. Its story begins later: what it needs of that is known then.
func issues(t *testing.T, life time.Duration) *issuer {
	t.Helper()
	is := &issuer{life: life, ready: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-is.ready
		is.mu.Lock()
		away := is.away
		is.mu.Unlock()
		if away {
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, errorToken)
			return
		}
		if r.URL.Path == "/auth" {
			is.vod.authorize(w, r)
			return
		}
		fmt.Fprint(w, is.issue(strings.TrimPrefix(r.URL.Path, "/")))
	}))
	t.Cleanup(server.Close)
	is.url = server.URL
	return is
}

// of says whose endpoint the tokens are for.
func (is *issuer) of(s *story) {
	is.s, is.vod = s, s.backend()
	s.secret(errorToken)
	close(is.ready)
}

// issue makes a token that is good for a while, in one of the forms in which tokens come.
func (is *issuer) issue(form string) string {
	is.mu.Lock()
	defer is.mu.Unlock()
	is.issued++
	end := time.Now().Add(is.life)
	id, secret, token := fmt.Sprintf("STS.story%d", is.issued), "story-secret-"+rand.Text(), "story-token-"+rand.Text()
	is.s.secret(secret, token)
	is.s.server.AddKey(id, secret, token, end)
	expires := end.UTC().Format("2006-01-02T15:04:05Z")
	role := fmt.Sprintf(`"SecurityToken":%q,"AccessKeyId":%q,"AccessKeySecret":%q,"Expiration":%q`, token, id, secret,
		expires)
	switch form {
	case "words": // which say nothing of the end: the endpoint's answer does
		return strings.Join([]string{id, secret, token}, " ")
	case "role": // what AssumeRole answers
		return `{"RequestId":"R","AssumedRoleUser":{"Arn":"acs:ram::1:role/r/s","AssumedRoleId":"3:s"},"Credentials":{` + role + `}}`
	case "cli": // what aliyun sts AssumeRole makes of it
		return "{\n\t\"AssumedRoleUser\": {\n\t\t\"Arn\": \"acs:ram::1:role/r/s\"\n\t},\n\t\"Credentials\": {\n\t\t" +
			strings.ReplaceAll(role, ",", ",\n\t\t") +
			"\n\t},\n\t\"RequestId\": \"R\"\n}\n"
	}
	return `{"Code":"Success",` + role + `}`
}

func (is *issuer) count() int {
	is.mu.Lock()
	defer is.mu.Unlock()
	return is.issued
}

func (is *issuer) leave(away bool) {
	is.mu.Lock()
	defer is.mu.Unlock()
	is.away = away
}

// TestCredentialsURIAway has the server of credentials out of reach for longer than anybody waits for it: the queue
// says so once, and goes on by itself.
func TestCredentialsURIAway(t *testing.T) {
	t.Parallel()
	is := issues(t, 3*time.Second)
	s := begin(t, "INBOXFS_START=false", "INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_UPLOAD_LIMIT=2MiB/s",
		"INBOXFS_CREDENTIAL_MODE=sts", "INBOXFS_CREDENTIAL_SOURCE=credentials_uri", "INBOXFS_CREDENTIAL_URI="+is.url)
	is.of(s)
	s.sh("head -c 12M /dev/urandom > a.mov; cp a.mov $MNT/inbox/; echo start > $MNT/control")
	s.until("some parts are there", func() bool { return s.count("OnUploadProgress") >= 4 })
	is.leave(true)
	s.until("the queue is expired", func() bool { return s.count("OnUploadTokenExpired") == 1 })
	if out := s.fails("echo start > $MNT/control"); !strings.Contains(out, "has expired") {
		t.Errorf("start says %s", out)
	}
	is.leave(false)
	if n := s.count("OnUploadTokenExpired"); n != 1 {
		t.Errorf("%d OnUploadTokenExpired", n)
	}
	s.sh("echo start > $MNT/control; echo wait > $MNT/control") // asks at once
	s.arrived("a.mov", filepath.Join(s.dir, "a.mov"))
	if n := s.count("OnUploadTokenExpired"); n != 1 {
		t.Errorf("%d OnUploadTokenExpired", n)
	}
	s.hidden()
}

// TestProcessSource has a command make the token, with a profile's JSON.
func TestProcessSource(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=sts", "INBOXFS_CREDENTIAL_SOURCE=process",
		"INBOXFS_CREDENTIAL_PROCESS=cat $HOME/token.json")
	s.server.AddKey("STS.p", "story-process-secret", "story-process-token", time.Now().Add(time.Hour))
	s.sh("echo x > $MNT/inbox/a")
	s.until("the queue is expired", func() bool { return s.count("OnUploadTokenExpired") == 1 })
	err := os.WriteFile(filepath.Join(s.dir, "token.json"),
		[]byte(
			`{"access_key_id":"STS.p","access_key_secret":"story-process-secret","sts_token":"story-process-token"}`),
		0o600)
	if err != nil {
		t.Fatal(err)
	}
	s.until("it goes on by itself", func() bool { return s.count("OnUploadSucceed") == 1 })
	if !strings.Contains(s.log.String(), "exit status 1") {
		t.Errorf("the log does not say why: %s", s.log.String())
	}
}

// TestClockAhead has a machine whose clock is an hour ahead of the server's: a token that is good there is taken.
func TestClockAhead(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=sts", "ALIBABA_CLOUD_ACCESS_KEY_ID=", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=")
	s.server.AddFault(ossdev.Fault{Skew: -time.Hour})
	s.server.AddKey("STS.c", "story-clock-secret", "story-clock-token", time.Time{})
	s.sh("echo x > $MNT/inbox/a")
	expires := time.Now().Add(-30 * time.Minute).UTC().Format(time.RFC3339)
	s.sh("echo token STS.c story-clock-secret story-clock-token " + expires + " > $MNT/control")
	s.sh("echo start > $MNT/control || true; echo wait > $MNT/control")
	if _, _, ok := s.server.Object(bucket, "a"); !ok {
		t.Error("it did not arrive")
	}
	expires = time.Now().Add(-90 * time.Minute).UTC().Format(time.RFC3339)
	if out := s.fails("echo token STS.c story-clock-secret story-clock-token " + expires +
		" > $MNT/control"); !strings.Contains(out, "expired") {
		t.Errorf("a token that is over there, too: %s", out)
	}
}
