package credential

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"inboxfs/queue/transfer"
)

func serve(t *testing.T, answer func(n int32) (status int, body string)) (url string, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		status, body := answer(asked.Add(1))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // the client says what came of it
	}))
	t.Cleanup(s.Close)
	return s.URL + "/path?secret=" + mark, asked
}

func stsAnswer(n int32, life time.Duration) string {
	return fmt.Sprintf(
		`{"Code":"Success","AccessKeyId":"%sid%d","AccessKeySecret":"%ssecret","SecurityToken":"%stoken","Expiration":"%s"}`,
		mark, n, mark, mark, time.Now().Add(life).UTC().Format("2006-01-02T15:04:05Z"))
}

func TestURI(t *testing.T) {
	t.Parallel()
	url, asked := serve(t, func(n int32) (int, string) { return 200, stsAnswer(n, time.Hour) })
	s := URI(url)
	for range 3 {
		c, err := s.Get(t.Context())
		if err != nil || c.AccessKeyID != mark+"id1" || c.SecurityToken != mark+"token" {
			t.Fatalf("error %v", err)
		}
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times within the hour", asked.Load())
	}
	if c, err := s.Renew(t.Context()); err != nil || c.AccessKeyID != mark+"id2" {
		t.Errorf("renewed: error %v", err)
	}
	check(t, "the source", fmt.Sprintf("%v %+v %#v", s, s, s))
}

// Whatever a server answers, nothing of it is shown, and the process goes on.
func TestURIRefuses(t *testing.T) {
	t.Parallel()
	for body, says := range map[string]string{
		"": "not shown", "{": "no credentials", "null": "lacks", `{"AccessKeyId":"Hush"}`: "lacks",
		`{"AccessKeyId":1,"AccessKeySecret":"Hush"}`:                                                                   "no credentials",
		`{"Code":"Forbidden.RAM","Message":"Hush"}`:                                                                    "lacks",
		`{"AccessKeyId":"Hush","AccessKeySecret":"Hush","SecurityToken":"Hush","Expiration":"Hush"}`:                   "Expiration",
		`{"AccessKeyId":"Hu\nsh","AccessKeySecret":"Hush","SecurityToken":"Hush","Expiration":"2999-01-01T00:00:00Z"}`: "malformed",
		`{"AccessKeyId":"","AccessKeySecret":"Hush","SecurityToken":"Hush","Expiration":"2999-01-01T00:00:00Z"}`:       "malformed",
		"500 Hush " +
			stsAnswer(1, time.Hour): "no credentials",
	} {
		status, text := 200, body
		if rest, ok := strings.CutPrefix(body, "500 "); ok {
			status, text = 500, rest
		}
		url, _ := serve(t, func(int32) (int, string) { return status, text })
		c, err := URI(url).Get(t.Context())
		if err == nil || (c != Credentials{}) {
			t.Errorf("%s: no error", body)
			continue
		}
		check(t, body, err.Error())
		if body != "" && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v does not say %q", body, err, says)
		}
	}
	_, err := URI("http://127.0.0.1:1/?secret=" + mark).Get(t.Context())
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("nobody there: %v", err)
	}
	check(t, "nobody there", err.Error())
}

// A server that accepts and says nothing keeps nobody longer than he wants to wait.
func TestURIHangs(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	url, asked := serve(t, func(int32) (int, string) { <-release; return 200, stsAnswer(1, time.Hour) })
	s := URI(url)
	for i := range mostCalls + 2 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		began := time.Now()
		_, err := s.Get(ctx)
		cancel()
		if err == nil || !strings.Contains(err.Error(), "does not answer") || time.Since(began) > 5*time.Second {
			t.Errorf("question %d: %v after %v", i, err, time.Since(began))
		}
	}
	if n := asked.Load(); n > mostCalls {
		t.Errorf("%d questions are open", n)
	}
	close(release)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, err := s.Get(t.Context()); err == nil {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("it answers again, and yet: %v", err)
		}
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	tls := httptest.NewUnstartedServer(http.NotFoundHandler()) // whose certificate nobody believes
	tls.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	tls.StartTLS()
	t.Cleanup(tls.Close)
	role := Role{ARN: "acs:ram::1:role/x", Session: "s", Lifetime: time.Hour, Endpoint: strings.TrimPrefix(tls.URL,
		"https://")}
	none := filepath.Join(t.TempDir(), "none")
	for what, c := range map[string]struct {
		s    Source
		says string
	}{
		"certificate": {AssumedRole(role, Static(Credentials{AccessKeyID: mark, AccessKeySecret: mark})),
			"an authority that this machine does not know"},
		"no key":  {AssumedRole(role, Static(Credentials{})), "the key that assumes the RAM role: no credentials"},
		"no file": {OIDCRole(role, "acs:ram::1:oidc-provider/x", none), "none: no such file"},
		"short": {AssumedRole(Role{ARN: "a", Session: "s", Lifetime: time.Minute},
			Static(Credentials{AccessKeyID: mark, AccessKeySecret: mark})), "15 minutes"},
	} {
		_, err := c.s.Get(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v does not say %q", what, err, c.says)
			continue
		}
		check(t, what, err.Error())
	}
}

func TestProcess(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ command, id, says string }{
		{"echo '" + stsAnswer(7, time.Hour) + "' | cat", mark + "id7", ""},
		{
			`echo '{"RequestId":"x","Credentials":{"AccessKeyId":"a","AccessKeySecret":"b","SecurityToken":"c","Expiration":"2999-01-01T00:00:00Z"}}'`, "a", ""},
		{`echo '{"mode":"StsToken","access_key_id":"a","access_key_secret":"b","sts_token":"c"}'`, "a", ""},
		{`echo '{"mode":"AK","access_key_id":"a","access_key_secret":"b"}'`, "a", ""},
		{`sleep 5 & echo '{"mode":"AK","access_key_id":"a","access_key_secret":"b"}'`, "a", ""},
		{"echo " + mark + " >&2; echo " + mark + "; exit 3", "", "exit status 3"},
		{"echo " + mark, "", "malformed JSON"},
		{"/nowhere/" + mark, "", "exit status 127"},
		{"head -c 100000 /dev/zero", "", "more than 65536 bytes"},
		{`echo '{"AccessKeyId":"` + mark + `"}'`, "", "access key secret is missing"},
		{"echo '" + stsAnswer(7, -time.Hour) + "'", mark + "id7", ""}, // by our clock, which nobody has compared
	} {
		got, err := Process(c.command).Get(t.Context())
		if got.AccessKeyID != c.id || (err == nil) != (c.says == "") {
			t.Errorf("%s: error %v", c.command, err)
			continue
		}
		if err != nil {
			check(t, c.command, err.Error())
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v does not say %q", c.command, err, c.says)
			}
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := Process("sleep 60 & sleep 60").Get(ctx); !errors.Is(err, context.DeadlineExceeded) ||
		time.Since(began) > 10*time.Second {
		t.Errorf("a command that hangs: %v after %v", err, time.Since(began))
	}
}

func TestProfile(t *testing.T) { // what is of somebody else in the environment fills no gap
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "others")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "Hush")
	t.Setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "others")
	file := filepath.Join(t.TempDir(), "config.json")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := func(token string) string {
		return `{"current":"main","profiles":[
			{"name":"main","mode":"StsToken","access_key_id":"i","access_key_secret":"Hush","sts_token":"` + token + `"},
			{"name":"key","mode":"AK","access_key_id":"k","access_key_secret":"Hush"},
			{"name":"run","mode":"External","process_command":"echo '{\"access_key_id\":\"p\",\"access_key_secret\":\"Hush\",\"sts_token\":\"t\"}'"},
			{"name":"bad","mode":"External","process_command":"echo Hush"},
			{"name":"chain","mode":"ChainableRamRoleArn","source_profile":"run"},
			{"name":"round","mode":"ChainableRamRoleArn","ram_role_arn":"a","source_profile":"round"},
			{"name":"half","mode":"AK","access_key_id":"Hush"},
			{"name":"tokenless","mode":"StsToken","access_key_id":"i","access_key_secret":"Hush"},
			{"name":"half a role","mode":"RamRoleArn","ram_role_arn":"a","access_key_id":"Hush"},
			{"name":"half a chain","mode":"ChainableRamRoleArn","ram_role_arn":"a","source_profile":"half"},
			{"name":"sso","mode":"CloudSSO"},
			{"name":"odd","mode":"Hush"}]}`
	}
	write(config("1"))
	main := Profile(file, "", "")
	for _, c := range []struct {
		s    Source
		id   string
		says string
	}{
		{main, "i", ""}, {Profile(file, "main", ""), "i", ""}, {Profile(file, "key", ""), "k", ""},
		{Profile(file, "run", ""), "p", ""},
		{Profile(file, "bad", ""), "", "malformed JSON"}, {Profile(file, "chain", ""), "", "no ram_role_arn"},
		{Profile(file, "round", ""), "", "circle"}, {Profile(file, "none", ""), "", `no profile "none"`},
		{Profile(file, "half", ""), "", `"half" in ` + file + " lacks access_key_id or"},
		{Profile(file, "tokenless", ""), "", "has no sts_token"},
		{Profile(file, "half a role", ""), "", "lacks access_key_id or"}, {Profile(file, "half a chain", ""), "",
			`"half" in`},
		{Profile(file, "sso", ""), "", "sign in again"},
		{Profile(file, "odd", ""), "", "none that is known here: AK, "},
		{Profile(file+"x", "", ""), "", "no such file"},
	} {
		got, err := c.s.Get(t.Context())
		if got.AccessKeyID != c.id || (err == nil) != (c.id != "") {
			t.Errorf("want key %q: error %v", c.id, err)
			continue
		}
		if err != nil {
			check(t, "profile", err.Error())
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v does not say %q", err, c.says)
			}
		}
	}
	write(config("2"))
	if c, err := main.Renew(t.Context()); err != nil || c.SecurityToken != "2" {
		t.Errorf("the file was written anew: error %v, token renewed %v", err, c.SecurityToken == "2")
	}
	write(`{"Hush"`)
	_, err := main.Renew(t.Context())
	if !errors.Is(err, transfer.ErrInvalid) {
		t.Errorf("not JSON: %v", err)
	}
	check(t, "not JSON", err.Error())
}
