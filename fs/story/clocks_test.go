package story

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/acs"
	"inboxfs/queue/ossdev"
)

// TestClocksApart has this machine's clock hours from that of VOD and OSS, by more than an auth lasts: each file
// becomes one video, also when its upload takes longer than its first auth, whoever asks VOD.
func TestClocksApart(t *testing.T) {
	t.Parallel()
	needPrograms(t, "curl")
	for name, off := range map[string]time.Duration{"ahead": -5 * time.Hour, "behind": 5 * time.Hour} {
		for _, mode := range []string{"vod", "vod-auth", "vod-auth, a time only"} {
			t.Run(mode+", "+name, func(t *testing.T) {
				t.Parallel()
				var s *story
				web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					_, _ = w.Write(s.passedOn(r, strings.HasSuffix(mode, "only"))) // who is killed does not take it
				}))
				t.Cleanup(web.Close)
				env := []string{"INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL"}
				if mode != "vod" {
					env = []string{"INBOXFS_CREDENTIAL_MODE=vod-auth",
						`INBOXFS_VOD_AUTH_PROCESS=["curl", "-sS", "-d", "@-", "` + web.URL + `"]`}
				}
				o := ossdev.Options{AuthLifetime: 2 * time.Second, Now: func() time.Time { return time.Now().Add(off) }}
				s = prepareAt(t, o, append(env, "INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_UPLOAD_LIMIT=1MiB/s")...)
				s.mount()
				t.Cleanup(s.end)
				s.sh(reel + "cp a.mpg $MNT/inbox/; echo wait > $MNT/control")
				s.filmed("a.mpg")
				if all := s.server.Media(); len(all) != 1 {
					t.Errorf("VOD has made %d videos", len(all))
				}
			})
		}
	}
}

// passedOn is what VOD answers to the question of an auth_process, as a back end passes it on; bare: without how long
// it lasts.
func (s *story) passedOn(r *http.Request, bare bool) []byte {
	var q struct {
		Kind, File, Title string
		VideoID           string `json:"video_id"`
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		s.t.Error(err)
	}
	vod, err := acs.New(acs.Options{Name: "VOD", Version: "2017-03-21", Endpoint: s.server.URL})
	if err != nil {
		s.t.Error(err)
		return nil
	}
	defer vod.Close()
	action, query := "CreateUploadVideo", map[string]string{"FileName": q.File, "Title": q.Title}
	if q.Kind == "refresh-video" {
		action, query = "RefreshUploadVideo", map[string]string{"VideoId": q.VideoID}
	}
	body, err := vod.Call(context.Background(), acs.Key{AccessKeyID: keyID, AccessKeySecret: secret}, action, query)
	if err != nil {
		s.t.Error(err)
		return nil
	}
	if !bare {
		return body
	}
	var answer, auth map[string]string
	if err := json.Unmarshal(body, &answer); err != nil {
		s.t.Error(err)
	}
	text, err := base64.StdEncoding.DecodeString(answer["UploadAuth"])
	if err == nil {
		err = json.Unmarshal(text, &auth)
	}
	delete(auth, "Expiration")
	if err == nil {
		text, err = json.Marshal(auth)
	}
	if err != nil {
		s.t.Error(err)
	}
	answer["UploadAuth"] = base64.StdEncoding.EncodeToString(text)
	if body, err = json.Marshal(answer); err != nil {
		s.t.Error(err)
	}
	return body
}
