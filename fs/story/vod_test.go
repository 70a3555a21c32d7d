package story

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"inboxfs/queue/oss/ossdev"
	"inboxfs/queue/vod"
)

// reel makes a file that goes in parts, by a name that VOD takes.
const reel = "head -c 5M /dev/urandom > a.mpg; "

// media is what VOD has of the file called name.
func (s *story) media(name string) ossdev.Media {
	s.t.Helper()
	for _, m := range s.server.Media() {
		if m.FileName == name || m.Params["OriginalFileName"] == name {
			return m
		}
	}
	s.t.Fatalf("VOD knows nothing of %s", name)
	return ossdev.Media{}
}

// filmed fails unless VOD has name exactly once, complete and equal to the file.
func (s *story) filmed(name string) ossdev.Media {
	s.t.Helper()
	m := s.media(name)
	if m.Status != "UploadSucc" {
		s.t.Errorf("VOD says of %s that it is %s", name, m.Status)
	}
	object, _, ok := s.server.Object(m.Bucket, m.Key)
	if !ok {
		s.t.Fatalf("%s did not arrive", name)
	}
	if out, err := exec.Command("cmp", s.dir+"/"+name, object).CombinedOutput(); err != nil {
		s.t.Errorf("%s is not what was dropped: %s", name, out)
	}
	if n := len(s.server.Uploads()); n != 0 {
		s.t.Errorf("%d multipart uploads are left", n)
	}
	return m
}

func TestVOD(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL", "INBOXFS_UPLOAD_PART_SIZE=1MiB", "INBOXFS_UPLOAD_ATTRIBUTES=vod.category=7")
	s.sh(reel + "echo picture > b.jpg; echo words > c.srt; echo text > d.doc")
	s.sh("cp a.mpg b.jpg c.srt d.doc $MNT/inbox/; ! echo wait > $MNT/control")
	for _, name := range []string{"a.mpg", "b.jpg", "c.srt"} {
		m := s.filmed(name)
		if want := strings.TrimSuffix(name, name[1:]); m.Title != want {
			t.Errorf("%s is called %s", name, m.Title)
		}
		if status := s.sh("cat $MNT/status/" + name); !strings.Contains(status, "\nvideo_id "+m.ID+"\n") || !strings.Contains(status, "\nkey "+m.Key+"\n") {
			t.Errorf("status/%s:\n%s", name, status)
		}
	}
	if m := s.media("a.mpg"); m.Params["CateId"] != "7" || m.Params["FileSize"] != "5242880" {
		t.Errorf("VOD was told %v", m.Params)
	}
	if status := s.sh("cat $MNT/status/d.doc"); !strings.Contains(status, "\nstate failure\n") || !strings.Contains(status, "InvalidFileName.Extension") {
		t.Errorf("status/d.doc:\n%s", status)
	}
	for line := range strings.Lines(s.events()) {
		if f := fields(line); (f["event"] == "OnUploadStarted" || f["event"] == "OnUploadSucceed") && f["video_id"] == "" {
			t.Errorf("no video id: %s", line)
		}
	}
	if n := s.count("OnUploadTokenExpired"); n != 0 {
		t.Errorf("%d OnUploadTokenExpired", n)
	}
}

// TestVODRefreshes gives each file credentials that are over long before it is sent: nobody notices.
func TestVODRefreshes(t *testing.T) {
	t.Parallel()
	for _, expired := range []string{"SecurityTokenExpired", "InvalidAccessKeyId"} {
		t.Run(expired, func(t *testing.T) {
			t.Parallel()
			s := beginAt(t, ossdev.Options{AuthLifetime: 2 * time.Second, ExpiredCode: expired}, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL",
				"INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_UPLOAD_LIMIT=1MiB/s")
			s.sh(reel + "cp a.mpg $MNT/inbox/; echo wait > $MNT/control")
			m := s.filmed("a.mpg")
			if m.Refreshed == 0 || m.Refreshed > 6 {
				t.Errorf("refreshed %d times", m.Refreshed)
			}
			if parts := s.parts(m.Key); len(parts) != 20 {
				t.Errorf("%d parts were sent for 20", len(parts))
			}
			for _, event := range []string{"OnUploadTokenExpired", "OnUploadRetry", "OnUploadFailed"} {
				if n := s.count(event); n != 0 {
					t.Errorf("%d %s", n, event)
				}
			}
		})
	}
}

// TestVODGoesOn kills the daemon in the middle: the same video gets the parts that it lacks.
func TestVODGoesOn(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL", "INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_UPLOAD_LIMIT=1MiB/s")
	s.sh(reel + "cp a.mpg $MNT/inbox/")
	s.until("some parts are there", func() bool { return s.count("OnUploadProgress") > 4 })
	s.kill()
	m := s.media("a.mpg")
	before := s.parts(m.Key)
	s.env = append(s.env, "INBOXFS_UPLOAD_LIMIT=off")
	s.mount()
	s.sh("echo wait > $MNT/control")
	if len(s.server.Media()) != 1 || s.filmed("a.mpg").ID != m.ID {
		t.Errorf("VOD has %v", s.server.Media())
	}
	all := s.parts(m.Key)
	if slices.Sort(all); len(all) > 20+5 || len(slices.Compact(all)) != 20 || len(before) < 4 {
		t.Errorf("sent were %d parts before and %d in all", len(before), len(all))
	}
}

// TestVODThatIsGone loses its video before the upload goes on: it is made anew.
func TestVODThatIsGone(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL", "INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_UPLOAD_LIMIT=1MiB/s")
	s.sh(reel + "cp a.mpg $MNT/inbox/")
	s.until("some parts are there", func() bool { return s.count("OnUploadProgress") > 1 })
	s.sh("echo pause > $MNT/control")
	old := s.media("a.mpg")
	if err := s.server.RemoveMedia(old.ID); err != nil {
		t.Fatal(err)
	}
	s.sh("echo limit off > $MNT/control; echo resume > $MNT/control; echo wait > $MNT/control")
	if m := s.filmed("a.mpg"); m.ID == old.ID {
		t.Error("it went to a video that is gone")
	}
}

// TestVODDeletes takes a file back while it is sent.
func TestVODDeletes(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL", "INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_UPLOAD_LIMIT=1MiB/s")
	s.sh(reel + "cp a.mpg $MNT/inbox/")
	s.until("some parts are there", func() bool { return s.count("OnUploadProgress") > 1 })
	s.sh("rm $MNT/inbox/a.mpg")
	s.until("no parts are left", func() bool { return len(s.server.Uploads()) == 0 })
	s.until("VOD was told", func() bool {
		return slices.ContainsFunc(s.server.Requests(), func(r ossdev.Request) bool { return r.Action == "DeleteMultipartUpload" })
	})
}

// backend is a user's own: it asks VOD with the account's key and passes on what it says.
type backend struct {
	api   *vod.API
	mu    sync.Mutex // guards asked
	asked []string
}

func (s *story) backend() *backend {
	s.t.Helper()
	api, err := vod.NewAPI(vod.APIOptions{Endpoint: s.server.URL,
		Key: func(context.Context) (vod.Key, error) {
			return vod.Key{AccessKeyID: keyID, AccessKeySecret: secret}, nil
		}})
	if err != nil {
		s.t.Fatal(err)
	}
	b := &backend{api: api}
	return b
}

// answer is what VOD says, as a program passes it on.
func (b *backend) answer(kind, file, videoID string, size int64) string {
	b.mu.Lock()
	b.asked = append(b.asked, kind)
	b.mu.Unlock()
	m := vod.Media{File: file, Size: size, VideoID: videoID}
	ask := b.api.Create
	if strings.HasPrefix(kind, "refresh") {
		ask = b.api.Refresh
	}
	g, err := ask(context.Background(), m)
	if err != nil {
		return fmt.Sprintf(`{"Code":"InternalError","Message":%q}`, err)
	}
	address, auth := pack(g)
	return fmt.Sprintf(`{"VideoId":%q,"UploadAddress":%q,"UploadAuth":%q}`, g.VideoID, address, auth)
}

func pack(g vod.Grant) (address, auth string) {
	b64 := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.StdEncoding.EncodeToString(text)
	}
	return b64(map[string]string{"Endpoint": g.Address.Endpoint, "Bucket": g.Address.Bucket, "FileName": g.Address.Key}),
		b64(map[string]string{"AccessKeyId": g.Auth.AccessKeyID, "AccessKeySecret": g.Auth.AccessKeySecret, "SecurityToken": g.Auth.SecurityToken,
			"ExpireUTCTime": g.Auth.Expires.UTC().Format(time.RFC3339), "Region": g.Auth.Region})
}

func TestVODAuthProcess(t *testing.T) {
	t.Parallel()
	needPrograms(t, "curl")
	var b *backend
	ready := make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-ready
		var q struct {
			Kind, File, Title string
			VideoID           string `json:"video_id"`
			Size              int64
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil || q.Title != "a" {
			t.Errorf("the program is asked %+v, %v", q, err)
		}
		fmt.Fprint(w, b.answer(q.Kind, q.File, q.VideoID, q.Size))
	}))
	t.Cleanup(web.Close)
	s := beginAt(t, ossdev.Options{AuthLifetime: 2 * time.Second}, "INBOXFS_CREDENTIAL_MODE=vod-auth", "INBOXFS_VOD_AUTH_PROCESS=curl,-sS,-d,@-,"+web.URL,
		"ALIBABA_CLOUD_ACCESS_KEY_ID=", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=", "INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_UPLOAD_LIMIT=1MiB/s")
	b = s.backend()
	close(ready)
	s.sh(reel + "cp a.mpg $MNT/inbox/; echo wait > $MNT/control")
	s.filmed("a.mpg")
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.asked); n < 2 || n > 7 || b.asked[0] != "create-video" || b.asked[1] != "refresh-video" {
		t.Errorf("the program was asked %v", b.asked)
	}
	if n := s.count("OnUploadTokenExpired"); n != 0 {
		t.Errorf("%d OnUploadTokenExpired", n)
	}
}

// TestVODAuthByHand answers OnUploadStarted and OnUploadTokenExpired as a script does that reads the event log.
func TestVODAuthByHand(t *testing.T) {
	t.Parallel()
	s := beginAt(t, ossdev.Options{AuthLifetime: 2 * time.Second}, "INBOXFS_CREDENTIAL_MODE=vod-auth", "ALIBABA_CLOUD_ACCESS_KEY_ID=",
		"ALIBABA_CLOUD_ACCESS_KEY_SECRET=", "INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_UPLOAD_LIMIT=1MiB/s")
	b := s.backend()
	s.sh(reel + "cp a.mpg $MNT/inbox/")
	s.until("it is asked where to", func() bool { return s.count("OnUploadStarted") == 1 })
	if out := s.fails("set +H; echo setUploadAuthAndAddress !! yy a.mpg > $MNT/control"); !strings.Contains(out, "Invalid argument") {
		t.Errorf("nonsense is answered with %s", out)
	}
	if out := s.sh("head -1 $MNT/control"); !strings.Contains(out, "neither base64 nor JSON") {
		t.Errorf("control says %s", out)
	}
	g, err := b.api.Create(t.Context(), vod.Media{File: "a.mpg", Size: 5 << 20})
	if err != nil {
		t.Fatal(err)
	}
	address, auth := pack(g)
	secrets := []string{g.Auth.AccessKeySecret, g.Auth.SecurityToken, auth}
	s.sh("echo setUploadAuthAndAddress " + auth + " " + address + " " + g.VideoID + " a.mpg > $MNT/control")
	renewals := 0
	s.until("it is uploaded", func() bool {
		if n := s.count("OnUploadTokenExpired"); n > renewals {
			renewals++
			if queue := s.sh("cat $MNT/queue"); !strings.Contains(queue, "state expired\n") || !strings.Contains(queue, "resumeUploadWithAuth") {
				t.Errorf("queue:\n%s", queue)
			}
			again, err := b.api.Refresh(t.Context(), vod.Media{File: "a.mpg", VideoID: g.VideoID})
			if err != nil {
				t.Fatal(err)
			}
			_, auth := pack(again)
			secrets = append(secrets, again.Auth.AccessKeySecret, again.Auth.SecurityToken, auth)
			s.sh("echo resumeUploadWithAuth " + auth + " > $MNT/control")
		}
		return s.count("OnUploadSucceed") == 1
	})
	if m := s.filmed("a.mpg"); m.ID != g.VideoID || renewals < 1 || renewals > 5 {
		t.Errorf("%d renewals of %s, the video is %s", renewals, g.VideoID, m.ID)
	}
	if n := len(s.parts(g.Address.Key)); n != 20 {
		t.Errorf("%d parts arrived for 20", n)
	}
	for line := range strings.Lines(s.events()) {
		if f := fields(line); f["event"] == "OnUploadTokenExpired" && f["file"] != "a.mpg" {
			t.Errorf("whose auth expired is not said: %s", line)
		}
	}
	s.stop()
	for _, secret := range secrets {
		if out, err := exec.Command("grep", "-rlF", "--", secret, s.dir+"/spool").CombinedOutput(); err == nil {
			t.Errorf("a secret is in %s", out)
		}
		if strings.Contains(s.log.String(), secret) {
			t.Error("a secret is in the log")
		}
	}
}
