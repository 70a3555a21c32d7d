package story

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// secretive is a word like those that keys and tokens are.
func secretive(prefix string) string { return prefix + strings.ToLower(rand.Text()) + rand.Text() }

// TestNoSecret has each mode fail with a wrong key, which the endpoint and a program answer with what they were sent,
// writes secrets where they do not belong, and looks for them everywhere; at last in the goroutines of a daemon that is
// aborted.
func TestNoSecret(t *testing.T) {
	t.Parallel()
	for mode, env := range map[string][]string{
		"access_key": {"ALIBABA_CLOUD_ACCESS_KEY_ID=", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=",
			"INBOXFS_CREDENTIAL_ACCESS_KEY_ID=" + keyID,
			"INBOXFS_CREDENTIAL_ACCESS_KEY_SECRET=$SECRET"},
		"sts": {"INBOXFS_CREDENTIAL_SOURCE=process", "INBOXFS_CREDENTIAL_PROCESS=sh $DIR/program",
			"INBOXFS_LOG_FORMAT=json"},
		"vod": none,
		"vod-auth": {"INBOXFS_VOD_AUTH_PROCESS=sh,$DIR/program", "INBOXFS_LOG_FORMAT=json",
			"INBOXFS_CREDENTIAL_ACCESS_KEY_ID=" + keyID,
			"INBOXFS_CREDENTIAL_ACCESS_KEY_SECRET=$SECRET"},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			const token = "STS.story"
			w, k, p := secretive("wrong"), secretive("CAIS"), secretive("proxy")
			env := append([]string{"INBOXFS_CREDENTIAL_MODE=" + mode, "INBOXFS_VOD_ENDPOINT=$URL",
				"INBOXFS_LOG_LEVEL=debug", "DEBUG=tea,dara,credential",
				"GODEBUG=http2debug=2", "HTTP_PROXY=http://user:" + p + "@127.0.0.1:9", "HTTPS_PROXY=http://user:" + p +
					"@127.0.0.1:9"}, env...)
			for i, variable := range env {
				env[i] = strings.NewReplacer("$SECRET", w, "$DIR", dir).Replace(variable)
			}
			// A program gets the user's environment, but nothing of what is for the daemon alone.
			program := `{ env | grep -v -e _PROXY= -e ^ALIBABA_; tr '\0' ' ' < /proc/self/cmdline; tr '\0' ' ' < /proc/$PPID/cmdline; } > "$HOME/places/$$"; echo ` + w + ` is wrong >&2; `
			if mode == "sts" {
				program += fmt.Sprintf(`echo '{"AccessKeyId":%q,"AccessKeySecret":%q,"SecurityToken":%q}'`, token, w, k)
			} else {
				program += fmt.Sprintf(`echo '{"Code":"Forbidden","Message":"signed %s with %s and %s"}'`, token, w, k)
			}
			if err := os.WriteFile(filepath.Join(dir, "program"), []byte(program+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			s := begin(t, append([]string{"INBOXFS_START=false"}, env...)...)
			s.secret(w, k, p)
			s.sh("mkdir -p places")
			if mode == "sts" || mode == "vod" {
				s.server.AddKey(token, secretive("right"), k, time.Time{})
			}
			if mode == "vod" {
				s.sh("echo token " + token + " " + w + " " + k + " > $MNT/control")
			}
			s.sh("echo x > $MNT/inbox/a.mpg; echo start > $MNT/control; ! echo wait a.mpg > $MNT/control")
			code := "SignatureDoesNotMatch"
			if mode == "vod-auth" {
				code = "Forbidden"
			}
			if status := s.sh("cat $MNT/status/a.mpg"); !strings.Contains(status, "\nerror "+code) {
				t.Errorf("status:\n%s", status)
			}
			s.misplace()
			s.hidden()

			if err := s.daemon.Process.Signal(syscall.SIGQUIT); err != nil {
				t.Fatal(err)
			}
			<-s.exited
			s.daemon = nil
			if log := s.log.String(); !strings.Contains(log, "SIGQUIT") || !strings.Contains(log, "goroutine 1 ") {
				t.Errorf("it says nothing of its goroutines:\n%s", clip(log))
			}
			s.hidden()
		})
	}
}

// misplace writes secrets to control as mistakes would have it: cut, malformed, expired, to the wrong verb, as a name.
func (s *story) misplace() {
	s.t.Helper()
	a, b, c := secretive("STS."), secretive("sec"), secretive("CAIS+/")+"=="
	s.secret(a, b, c)
	for _, words := range []string{
		a + " " + b + " " + c, "token2 " + a + " " + b + " " + c, "token " + a, "token " + a + " " + b, "token " + a +
			" " + b + " " + c + " soon",
		"token " + a + " " + b + " " + c + " 2020-01-01T00:00:00Z", "token " + a + " " + b + " " + c + " 3600 " + c,
		`token {"AccessKeyId":"` + a + `","AccessKeySecret":"` + b,
		`token {"AccessKeyId":"` + a + `","AccessKeySecret":{"` + b + `":"` + c + `"}}`, "start " + a + " " + b,
		"delete " + a + " " + b + " " + c, "rm " + c, "retry " + b,
		"wait " + c, "release " + a, "flush #" + b, "limit " + b, "limit " + b + "MiB/s", "add " + c, "add /" + b,
		"add /tmp/" + c, "clear " + a, "auth " + c,
		"auth " + c + " a.mpg", "setUploadAuthAndAddress " + c + " " + b + " " + a + " a.mpg",
		"setUploadAuthAndAddress {} " + b, `delete "` + b + `"`, `delete "` + b,
		"resumeUploadWithToken\t" + b + "\t" + c,
	} {
		file := filepath.Join(s.dir, "line")
		if err := os.WriteFile(file, []byte(words+"\n"), 0o600); err != nil {
			s.t.Fatal(err)
		}
		if _, err := s.try("cp line $MNT/control"); err == nil {
			s.t.Errorf("%s: it is taken", strings.Fields(words)[0])
		}
		if said := s.sh("head -1 $MNT/control"); !strings.HasPrefix(said, "error: ") || strings.Contains(said, b) ||
			strings.Contains(said, c) || strings.Contains(said, a) {
			s.t.Errorf("control says %q", said)
		}
	}
	s.sh("rm line")
}
