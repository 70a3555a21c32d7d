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

	"inboxfs/queue/oss/ossdev"
)

// issuer gives out tokens of the endpoint, as STS does.
type issuer struct {
	s     *story
	ready chan struct{} // closed when s is set
	life  time.Duration
	url   string

	mu     sync.Mutex // guards the rest
	issued int
	away   bool // it answers 500
	all    []string
}

// issues starts a credentials URI. Its story begins later: what it needs of that is known then.
func issues(t *testing.T, life time.Duration) *issuer {
	t.Helper()
	is := &issuer{life: life, ready: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		<-is.ready
		is.mu.Lock()
		away := is.away
		is.mu.Unlock()
		if away {
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, "story-token-0")
			return
		}
		id, secret, token, expires := is.issue()
		fmt.Fprintf(w, `{"Code":"Success","AccessKeyId":%q,"AccessKeySecret":%q,"SecurityToken":%q,"Expiration":%q}`, id, secret, token, expires)
	}))
	t.Cleanup(server.Close)
	is.url = server.URL
	return is
}

// of says whose endpoint the tokens are for.
func (is *issuer) of(s *story) {
	is.s = s
	close(is.ready)
}

// issue makes a token that is good for a while.
func (is *issuer) issue() (id, secret, token, expires string) {
	is.mu.Lock()
	defer is.mu.Unlock()
	is.issued++
	end := time.Now().Add(is.life)
	id, secret, token = fmt.Sprintf("STS.story%d", is.issued), "story-secret-"+rand.Text(), "story-token-"+rand.Text()
	is.all = append(is.all, secret, token)
	is.s.server.AddKey(id, secret, token, end)
	return id, secret, token, end.UTC().Format("2006-01-02T15:04:05Z")
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

// hidden fails if anything that was issued can be read anywhere.
func (is *issuer) hidden() {
	is.s.t.Helper()
	for _, word := range append(is.all, "story-token-0") {
		if out, err := is.s.try("grep -r -a -l -e " + word + " spool $MNT/list $MNT/list.json $MNT/queue $MNT/control $MNT/events $MNT/status"); out != "" {
			is.s.t.Errorf("%s stands in %s (%v)", word, out, err)
		}
		if strings.Contains(is.s.log.String(), word) {
			is.s.t.Errorf("%s stands in the log", word)
		}
	}
}

// refused is how many requests met an expiry.
func (s *story) refused() int {
	n := 0
	for _, r := range s.server.Requests() {
		if r.Status == http.StatusForbidden {
			n++
		}
	}
	return n
}

// TestCredentialsURI uploads for three lifetimes of a token and notices none of their ends.
func TestCredentialsURI(t *testing.T) {
	t.Parallel()
	is := issues(t, 3*time.Second)
	s := begin(t, "INBOXFS_START=false", "INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_UPLOAD_PARTS=8", "INBOXFS_UPLOAD_LIMIT=3MiB/s",
		"INBOXFS_CREDENTIAL_MODE=sts", "INBOXFS_CREDENTIAL_SOURCE=credentials_uri", "INBOXFS_CREDENTIAL_URI="+is.url, "INBOXFS_UPLOAD_MAX_RETRIES=1")
	is.of(s)
	s.sh("head -c 32M /dev/urandom > a.mov; cp a.mov $MNT/inbox/; echo start > $MNT/control; echo wait > $MNT/control")
	s.arrived("a.mov", filepath.Join(s.dir, "a.mov"))
	for _, event := range []string{"OnUploadTokenExpired", "OnUploadFailed", "OnUploadRetry"} {
		if n := s.count(event); n != 0 {
			t.Errorf("%d %s", n, event)
		}
	}
	if n := s.count("OnUploadProgress"); n != 128 {
		t.Errorf("progress was told %d times", n)
	}
	refused, issued := s.refused(), is.count()
	if issued < 3 || issued > 6 {
		t.Errorf("%d tokens were asked for", issued)
	}
	if refused > 9*issued { // the parts in flight, and a request beside them
		t.Errorf("%d requests met %d expiries", refused, issued)
	}
	t.Logf("%d tokens, %d requests met an expiry", issued, refused)
	if n := len(s.server.Uploads()); n != 0 {
		t.Errorf("%d multipart uploads are left", n)
	}
	s.seen()
	is.hidden()
}

// TestCredentialsURIAway has the server of credentials out of reach for longer than anybody waits for it: the queue says
// so once, and goes on by itself.
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
	is.hidden()
}

// TestTokensWritten is the user's script: on OnUploadTokenExpired it fetches a token and writes it to control.
func TestTokensWritten(t *testing.T) {
	t.Parallel()
	is := issues(t, 2*time.Second)
	s := begin(t, "INBOXFS_START=false", "INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_UPLOAD_PARTS=8", "INBOXFS_UPLOAD_LIMIT=4MiB/s",
		"INBOXFS_CREDENTIAL_MODE=sts", "ALIBABA_CLOUD_ACCESS_KEY_ID=", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=")
	is.of(s)
	write := func() {
		id, secret, token, expires := is.issue()
		s.sh(fmt.Sprintf("echo 'token {\"Credentials\":{\"AccessKeyId\":%q,\"AccessKeySecret\":%q,\"SecurityToken\":%q,\"Expiration\":%q}}' > $MNT/control",
			id, secret, token, expires))
	}
	if out := s.fails("echo start > $MNT/control"); !strings.Contains(out, "not available") {
		t.Errorf("start without credentials says %s", out)
	}
	s.sh("head -c 24M /dev/urandom > a.mov; cp a.mov $MNT/inbox/")
	write()
	s.sh("echo start > $MNT/control")
	for n := 1; s.count("OnUploadEnd") == 0; {
		s.until("the token expires or the upload ends", func() bool { return s.count("OnUploadTokenExpired") == n || s.count("OnUploadEnd") == 1 })
		if s.count("OnUploadTokenExpired") < n {
			break
		}
		if n++; n%2 == 0 {
			s.fails("echo token " + secret + " > $MNT/control; test $? = 0") // malformed: nothing comes of it
			s.fails("echo token STS.story1 " + secret + " t 2020-01-01T00:00:00Z > $MNT/control")
		}
		write()
	}
	s.arrived("a.mov", filepath.Join(s.dir, "a.mov"))
	if expired, issued := s.count("OnUploadTokenExpired"), is.count(); expired != issued-1 || expired < 2 {
		t.Errorf("%d tokens were given, %d OnUploadTokenExpired", issued, expired)
	}
	for _, event := range []string{"OnUploadFailed", "OnUploadRetry"} {
		if n := s.count(event); n != 0 {
			t.Errorf("%d %s", n, event)
		}
	}
	if sent, met := len(s.parts("a.mov")), s.count("OnUploadProgress"); sent != 96 || met != 96 {
		t.Errorf("%d parts arrived, %d were told", sent, met)
	}
	s.seen()
	is.hidden()
}

// TestProcessSource has a command make the token, with a profile's JSON.
func TestProcessSource(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=sts", "INBOXFS_CREDENTIAL_SOURCE=process", "INBOXFS_CREDENTIAL_PROCESS=cat $HOME/token.json")
	s.server.AddKey("STS.p", "story-process-secret", "story-process-token", time.Now().Add(time.Hour))
	s.sh("echo x > $MNT/inbox/a")
	s.until("the queue is expired", func() bool { return s.count("OnUploadTokenExpired") == 1 })
	err := os.WriteFile(filepath.Join(s.dir, "token.json"), []byte(`{"access_key_id":"STS.p","access_key_secret":"story-process-secret","sts_token":"story-process-token"}`), 0o600)
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
	if out := s.fails("echo token STS.c story-clock-secret story-clock-token " + expires + " > $MNT/control"); !strings.Contains(out, "expired") {
		t.Errorf("a token that is over there, too: %s", out)
	}
}
