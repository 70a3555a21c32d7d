package story

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// roleAnswer is a token in the form that STS and the metadata service share.
func roleAnswer() string {
	return fmt.Sprintf(
		`"AccessKeyId":"STS.role","AccessKeySecret":"story-role-secret","SecurityToken":"story-role-token","Expiration":%q`,
		time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05Z"))
}

// uploads has the endpoint know the token, drops a file, and waits until it is an object.
func (s *story) uploads() {
	s.t.Helper()
	s.server.AddKey("STS.role", "story-role-secret", "story-role-token", time.Time{})
	s.sh("echo start > $MNT/control")
	s.sh("echo x > $MNT/inbox/a; echo wait a > $MNT/control")
	if _, _, ok := s.server.Object(bucket, "a"); !ok {
		s.t.Error("it did not arrive")
	}
}

// TestAssumedRoles has STS answer on this machine.
func TestAssumedRoles(t *testing.T) {
	t.Parallel()
	for action, env := range map[string][]string{
		"AssumeRole": {"INBOXFS_CREDENTIAL_SOURCE=ram_role_arn"},
		"AssumeRoleWithOIDC": {"INBOXFS_CREDENTIAL_SOURCE=oidc_role_arn",
			"INBOXFS_CREDENTIAL_OIDC_PROVIDER_ARN=acs:ram::1:oidc-provider/p"},
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var refused atomic.Bool
			sts := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked, by := r.Header.Get("x-acs-action"), r.Header.Get("Authorization")
				if asked != action || r.FormValue("RoleArn") != "acs:ram::1:role/uploader" ||
					r.FormValue("RoleSessionName") != "inboxfs" ||
					r.FormValue("DurationSeconds") != "1800" || action == "AssumeRole" &&
					!strings.HasPrefix(by, "ACS3-HMAC-SHA256 Credential="+keyID+",") ||
					action != "AssumeRole" && (by != "" || r.FormValue("OIDCToken") != "story-oidc-token") {
					t.Errorf("asked for %v", r.Form)
				}
				if !refused.Swap(true) {
					w.WriteHeader(http.StatusForbidden)
					fmt.Fprint(w, `{"Code":"NoPermission","Message":"story-role-secret"}`)
					return
				}
				fmt.Fprintf(w, `{"RequestId":"R","Credentials":{%s}}`, roleAnswer())
			}))
			t.Cleanup(sts.Close)
			cert, token := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "token")
			err := os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: sts.Certificate().Raw}),
				0o600)
			if err == nil {
				err = os.WriteFile(token, []byte("story-oidc-token"), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			s := begin(t, append(env, "INBOXFS_START=false", "INBOXFS_CREDENTIAL_MODE=sts",
				"INBOXFS_CREDENTIAL_ROLE_ARN=acs:ram::1:role/uploader",
				"INBOXFS_CREDENTIAL_ROLE_LIFETIME=30m", "INBOXFS_CREDENTIAL_OIDC_TOKEN_FILE="+token,
				"INBOXFS_CREDENTIAL_STS_ENDPOINT="+strings.TrimPrefix(sts.URL, "https://"), "SSL_CERT_FILE="+cert)...)
			s.uploads()
			if log := s.log.String(); !strings.Contains(log, "STS refuses (NoPermission)") ||
				strings.Contains(log, "story-role-secret") ||
				strings.Contains(log, secret) {
				t.Errorf("the log says %s", log)
			}
			if n := s.count("OnUploadTokenExpired"); n != 0 {
				t.Errorf("%d OnUploadTokenExpired", n)
			}
		})
	}
}
