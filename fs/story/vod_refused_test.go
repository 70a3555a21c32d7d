package story

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"inboxfs/queue/ossdev"
)

// What VOD or a back end of the user's gave is refused, or their own key has expired: no credentials of ours have, so
// the queue does not stop for somebody who would bring others, and all goes on when that has passed.

func TestVODGivesWhatIsRefused(t *testing.T) {
	t.Parallel()
	for name, action := range map[string]string{"parts": "UploadPart", "one request": "PutObject"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			size := map[string]string{"UploadPart": "256KiB", "PutObject": "16MiB"}[action]
			s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL", "INBOXFS_UPLOAD_PARTS=1",
				"INBOXFS_UPLOAD_PART_SIZE="+size)
			s.server.AddFault(ossdev.Fault{Action: action, Code: "SecurityTokenExpired", Count: 4})
			s.sh(reel + "cp a.mpg $MNT/inbox/; echo wait > $MNT/control")
			s.filmed("a.mpg")
			if n := s.count("OnUploadTokenExpired"); n != 0 || s.count("OnUploadRetry") == 0 {
				t.Errorf("%d OnUploadTokenExpired:\n%s", n, s.events())
			}
		})
	}
}

func TestBackendWhoseKeyExpired(t *testing.T) {
	t.Parallel()
	needFUSE(t)
	s := prepareAt(t, ossdev.Options{}, "INBOXFS_CREDENTIAL_MODE=vod-auth", "ALIBABA_CLOUD_ACCESS_KEY_ID=",
		"ALIBABA_CLOUD_ACCESS_KEY_SECRET=")
	b := s.backend()
	var asked atomic.Int64
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) <= 2 {
			// to nobody, if he left
			_, _ = w.Write(
				[]byte(
					`{"RequestId":"r","Code":"InvalidSecurityToken.Expired","Message":"Specified SecurityToken is expired."}`))
			return
		}
		b.authorize(w, r)
	}))
	t.Cleanup(web.Close)
	s.env = append(s.env, `INBOXFS_VOD_AUTH_PROCESS=["curl", "-sS", "-d", "@-", "`+web.URL+`"]`)
	s.mount()
	t.Cleanup(s.end)
	s.sh(reel + "cp a.mpg $MNT/inbox/")
	s.until("it is tried again", func() bool { return s.count("OnUploadRetry") > 0 })
	if hint := s.sh("grep -s ^hint $MNT/status/a.mpg || true"); hint != "" &&
		!strings.Contains(hint, "check vod.auth_process") {
		t.Errorf("status says %s", hint)
	}
	s.sh("echo wait > $MNT/control")
	s.filmed("a.mpg")
	if n := s.count("OnUploadTokenExpired"); n != 0 {
		t.Errorf("%d OnUploadTokenExpired:\n%s", n, s.events())
	}
}

// TestVODGrantOfAnother gives a file what was made for another: the hint is for who gives it, as no right can be
// granted.
func TestVODGrantOfAnother(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL")
	s.server.AddFault(ossdev.Fault{Action: "PutObject", Code: "AccessDenied"})
	s.sh("head -c 100k /dev/urandom > a.mpg; cp a.mpg $MNT/inbox/; ! echo wait > $MNT/control")
	if status := s.sh("cat $MNT/status/a.mpg"); !strings.Contains(status, "\nerror AccessDenied\n") ||
		!strings.Contains(status, "\nhint UploadAuth and UploadAddress must be") {
		t.Errorf("status:\n%s", status)
	}
}
