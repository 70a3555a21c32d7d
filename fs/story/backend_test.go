package story

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"inboxfs/queue/oss"
	"inboxfs/queue/upload"
	"inboxfs/queue/vod"
)

// backend is a user's own: it asks VOD with the account's key and passes on what it says.
type backend struct {
	s   *story
	api *vod.API

	anyTitle bool // it is asked for other files than a

	mu    sync.Mutex        // guards asked
	asked []string          // kinds of questions
	made  map[uint64]string // the video of a file, by its id; nil: nobody asks
	heard map[string]bool   // events that it has heeded, by number
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
	return &backend{s: s, api: api}
}

// answer is what VOD says, as a program passes it on.
func (b *backend) answer(kind, file, videoID string, size int64) string {
	return b.answerFor(0, kind, file, videoID, size)
}

func (b *backend) answerFor(id uint64, kind, file, videoID string, size int64) string {
	b.mu.Lock()
	b.asked = append(b.asked, strings.TrimSpace(kind+" "+strings.Repeat(videoID, strings.Count(kind, "create"))))
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
	if strings.HasPrefix(kind, "create") {
		b.makes(id, g.VideoID)
	}
	address, auth := b.pack(g)
	return fmt.Sprintf(`{"VideoId":%q,"UploadAddress":%q,"UploadAuth":%q}`, g.VideoID, address, auth)
}

// authorize answers an auth_process that posts its question.
func (b *backend) authorize(w http.ResponseWriter, r *http.Request) {
	var q struct {
		ID                uint64
		Kind, File, Title string
		VideoID           string `json:"video_id"`
		Size              int64
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || q.Title != "a" && !b.anyTitle {
		b.s.t.Errorf("the program is asked %+v, %v", q, err)
	}
	fmt.Fprint(w, b.answerFor(q.ID, q.Kind, q.File, q.VideoID, q.Size))
}

// kinds is the questions that it was asked.
func (b *backend) kinds() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.asked)
}

// byHand answers the events of a file until it is uploaded, as a script does that reads the event log.
func (b *backend) byHand(name string, size int64) {
	s := b.s
	s.until("it is asked where to", func() bool { return s.count("OnUploadStarted") == 1 })
	g, err := b.api.Create(context.Background(), vod.Media{File: name, Size: size})
	if err != nil {
		s.t.Fatal(err)
	}
	address, auth := b.pack(g)
	s.sh("echo setUploadAuthAndAddress " + auth + " " + address + " " + g.VideoID + " " + name + " > $MNT/control")
	renewals := 0
	s.until("it is uploaded", func() bool {
		if s.count("OnUploadTokenExpired") > renewals {
			renewals++
			if queue := s.sh("cat $MNT/queue"); !strings.Contains(queue, "state expired\n") ||
				!strings.Contains(queue, "resumeUploadWithAuth") {
				s.t.Errorf("queue:\n%s", queue)
			}
			again, err := b.api.Refresh(context.Background(), vod.Media{File: name, VideoID: g.VideoID})
			if err != nil {
				s.t.Fatal(err)
			}
			_, auth := b.pack(again)
			s.sh("echo resumeUploadWithAuth " + auth + " > $MNT/control")
		}
		return s.count("OnUploadSucceed") == 1
	})
	for line := range strings.Lines(s.events()) {
		if f := fields(line); f["event"] == "OnUploadTokenExpired" && f["file"] != name {
			s.t.Errorf("whose auth expired is not said: %s", line)
		}
	}
}

// put uploads something to a video by itself.
func (b *backend) put(videoID, file string) {
	g, err := b.api.Refresh(context.Background(), vod.Media{File: file, VideoID: videoID})
	if err != nil {
		b.s.t.Fatal(err)
	}
	to, err := oss.New(oss.Options{Endpoint: g.Address.Endpoint, Bucket: g.Address.Bucket, Region: g.Auth.Region,
		Credentials: func(context.Context) (oss.Credentials, error) {
			return oss.Credentials{AccessKeyID: g.Auth.AccessKeyID, AccessKeySecret: g.Auth.AccessKeySecret,
				SecurityToken: g.Auth.SecurityToken}, nil
		}})
	if err == nil {
		_, err = to.Put(context.Background(), upload.Target{Bucket: g.Address.Bucket, Key: g.Address.Key},
			strings.NewReader("by itself"), 9)
		to.Close()
	}
	if err != nil {
		b.s.t.Fatal(err)
	}
}

// pack is a grant as VOD writes it, and a secret.
func (b *backend) pack(g vod.Grant) (address, auth string) {
	b64 := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.StdEncoding.EncodeToString(text)
	}
	auth = b64(map[string]string{"AccessKeyId": g.Auth.AccessKeyID, "AccessKeySecret": g.Auth.AccessKeySecret,
		"SecurityToken": g.Auth.SecurityToken,
		"ExpireUTCTime": g.Auth.Expires.UTC().Format(time.RFC3339), "Region": g.Auth.Region})
	b.s.secret(g.Auth.AccessKeySecret, g.Auth.SecurityToken, auth)
	return b64(map[string]string{"Endpoint": g.Address.Endpoint, "Bucket": g.Address.Bucket,
		"FileName": g.Address.Key}), auth
}
