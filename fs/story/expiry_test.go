package story

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

// renew runs the script of the manual until the story ends. It is taken from there as it stands, and its fetch-token is
// a program that asks the issuer for a token in the form called form.
func (is *issuer) renew(form string) {
	s := is.s
	s.t.Helper()
	var script strings.Builder
	for line := range strings.Lines(page(s.t, "credentials")) {
		code, indented := strings.CutPrefix(line, "    ")
		if strings.HasPrefix(code, "#!/bin/bash") || script.Len() > 0 && indented {
			script.WriteString(code)
		} else if script.Len() > 0 {
			break
		}
	}
	bin := filepath.Join(s.dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		s.t.Fatal(err)
	}
	for name, text := range map[string]string{"renew": script.String(), "fetch-token": "#!/bin/sh\nexec curl -sS " +
		is.url + "/" + form + "\n"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o755); err != nil {
			s.t.Fatal(err)
		}
	}
	c := exec.Command("bash", filepath.Join(bin, "renew"), s.mnt)
	c.Env = append(slices.Clone(s.env), "PATH="+bin+":"+os.Getenv("PATH"))
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var said bytes.Buffer
	c.Stdout, c.Stderr, c.WaitDelay = &said, &said, time.Second
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := syscall.Kill(-c.Process.Pid, syscall.SIGKILL); err != nil {
			s.t.Error(err)
		}
		_ = c.Wait() // it was killed
		if s.t.Failed() {
			s.t.Logf("the script says:\n%s", clip(said.String()))
		}
	})
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

// once fails unless each part of an object was taken exactly once.
func (s *story) once(key string, parts int) {
	s.t.Helper()
	sent := s.parts(key)
	if slices.Sort(sent); len(sent) != parts || len(slices.Compact(sent)) != parts {
		s.t.Errorf("%d parts were taken for %d", len(sent), parts)
	}
}

// unnoticed fails if an expiry was taken for a failure.
func (s *story) unnoticed(name string) {
	s.t.Helper()
	for _, event := range []string{"OnUploadFailed", "OnUploadRetry"} {
		if n := s.count(event); n != 0 {
			s.t.Errorf("%d %s", n, event)
		}
	}
	if status := s.sh("cat $MNT/status/" + name); !strings.Contains(status, "\nstate success\n") ||
		strings.Contains(status, "\nretries ") && !strings.Contains(status, "\nretries 0\n") {
		s.t.Errorf("status/%s:\n%s", name, status)
	}
	if n := len(s.server.Uploads()); n != 0 {
		s.t.Errorf("%d multipart uploads are left", n)
	}
	s.seen()
}

// none is an environment without a key.
var none = []string{"ALIBABA_CLOUD_ACCESS_KEY_ID=", "ALIBABA_CLOUD_ACCESS_KEY_SECRET="}

// TestExpiry uploads for some lifetimes of a token in each mode, and from each place that tokens come from.
func TestExpiry(t *testing.T) {
	t.Parallel()
	needPrograms(t, "curl")
	const parts = 24
	short := ossdev.Options{AuthLifetime: 2 * time.Second}
	for name, c := range map[string]struct {
		env     []string // $TOKENS is the issuer
		o       ossdev.Options
		form    string // of what the script of the manual writes; empty: it does not run
		byHand  bool
		expires bool // whether OnUploadTokenExpired is said of each expiry; otherwise nobody hears of any
	}{
		"sts, words":      {env: none, form: "words", expires: true},
		"sts, AssumeRole": {env: none, form: "role", expires: true},
		"sts, aliyun sts": {env: none, form: "cli", expires: true},
		"sts, credentials_uri": {env: []string{"INBOXFS_CREDENTIAL_SOURCE=credentials_uri",
			"INBOXFS_CREDENTIAL_URI=$TOKENS/uri"}},
		"sts, process": {env: []string{"INBOXFS_CREDENTIAL_SOURCE=process",
			"INBOXFS_CREDENTIAL_PROCESS=curl -sS $TOKENS/role"}},
		"sts, profile": {env: []string{"INBOXFS_CREDENTIAL_SOURCE=profile",
			"INBOXFS_CREDENTIAL_PROFILE_FILE=$DIR/profiles"}},
		"access_key": {env: []string{"INBOXFS_CREDENTIAL_MODE=access_key", "INBOXFS_UPLOAD_LIMIT=off"}},
		"vod":        {env: []string{"INBOXFS_CREDENTIAL_MODE=vod"}, o: short},
		"vod, unknown key": {env: []string{"INBOXFS_CREDENTIAL_MODE=vod"},
			o: ossdev.Options{AuthLifetime: 2 * time.Second, ExpiredCode: "InvalidAccessKeyId"}},
		"vod, tokens": {env: append(none, "INBOXFS_CREDENTIAL_MODE=vod"), o: short, form: "role",
			expires: true},
		"vod-auth, auth_process": {env: append(none, "INBOXFS_CREDENTIAL_MODE=vod-auth",
			"INBOXFS_VOD_AUTH_PROCESS=curl,-sS,-d,@-,$TOKENS/auth"), o: short},
		"vod-auth, control": {env: append(none, "INBOXFS_CREDENTIAL_MODE=vod-auth"), o: short, byHand: true,
			expires: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			is := issues(t, 2*time.Second)
			profiles := t.TempDir()
			err := os.WriteFile(profiles+"/profiles",
				fmt.Appendf(nil,
					`{"current":"p","profiles":[{"name":"p","mode":"External","process_command":"curl -sS %s/role"}]}`,
					is.url), 0o600)
			if err != nil {
				t.Fatal(err)
			}
			env := append([]string{"INBOXFS_CREDENTIAL_MODE=sts", "INBOXFS_VOD_ENDPOINT=$URL",
				"INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_UPLOAD_PARTS=8",
				"INBOXFS_UPLOAD_LIMIT=2MiB/s", "INBOXFS_UPLOAD_MAX_RETRIES=1", "INBOXFS_START=false",
				"INBOXFS_LOG_LEVEL=debug"}, c.env...)
			for i, variable := range env {
				env[i] = strings.NewReplacer("$TOKENS", is.url, "$DIR", profiles).Replace(variable)
			}
			s := beginAt(t, c.o, env...)
			is.of(s)
			if c.form != "" {
				s.fails("echo start > $MNT/control") // there are no credentials yet
				is.renew(c.form)
				s.until("there are credentials",
					func() bool { _, err := s.try("echo start > $MNT/control"); return err == nil })
			}
			s.sh(fmt.Sprintf("head -c %d /dev/urandom > a.mpg; cp a.mpg $MNT/inbox/; echo start > $MNT/control",
				parts<<18))
			if c.byHand {
				is.vod.byHand("a.mpg", parts<<18)
			}
			s.sh("echo wait > $MNT/control")
			key := "a.mpg"
			if strings.HasPrefix(name, "vod") {
				m := s.filmed("a.mpg")
				if key = m.Key; len(s.server.Media()) != 1 || m.Refreshed == 0 || m.Refreshed > 8 {
					t.Errorf("refreshed %d times, %d media", m.Refreshed, len(s.server.Media()))
				}
			} else {
				s.arrived("a.mpg", filepath.Join(s.dir, "a.mpg"))
			}
			s.once(key, parts)
			s.unnoticed("a.mpg")
			if kinds := is.vod.kinds(); strings.HasSuffix(name, "auth_process") &&
				(len(kinds) < 2 || kinds[0] != "create-video" || kinds[1] != "refresh-video") {
				t.Errorf("the program was asked %v", kinds)
			}
			told, refused, tokens := s.count("OnUploadTokenExpired"), s.refused(), s.server.TokenCount()
			t.Logf("%d tokens of STS, %d of VOD, %d OnUploadTokenExpired, %d requests met an expiry", is.count(),
				tokens.Uploads, told, refused)
			switch {
			case !c.expires && told != 0, c.byHand && told != tokens.Uploads-1, c.expires && told == 0:
				t.Errorf("%d OnUploadTokenExpired", told)
			case c.form != "" && !strings.HasPrefix(name, "vod") && told != is.count()-1:
				t.Errorf("%d OnUploadTokenExpired, %d tokens", told, is.count())
			}
			if ends := is.count() + tokens.Uploads; refused > 9*ends { // the parts in flight, and a request beside them
				t.Errorf("%d requests met %d ends", refused, ends)
			}
			s.hidden()
		})
	}
}
