package daemon

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"inboxfs/control/config"
	"inboxfs/queue/list"
	"inboxfs/queue/ossdev"
)

const (
	part  = 100 << 10
	parts = 100
	life  = 100 * time.Millisecond // of the first credentials: an upload sees the end of many
	verbs = 100
)

// rig is a daemon that is not mounted: what it uploads is added by reference. All of it but FUSE is as it is mounted.
type rig struct {
	*Daemon
	t      *testing.T
	server *ossdev.Running
	file   string
	data   []byte
}

func open(t *testing.T, server *ossdev.Running, c config.Config) *rig {
	t.Helper()
	dir := t.TempDir()
	r := &rig{t: t, server: server, file: filepath.Join(dir, "a.mp4"), data: make([]byte, parts*part)}
	_, _ = rand.Read(r.data) // never fails
	if err := os.WriteFile(r.file, r.data, 0o600); err != nil {
		t.Fatal(err)
	}
	c.Spool, c.Start = filepath.Join(dir, "spool"), true
	c.OSS.Endpoint, c.OSS.Region, c.OSS.Bucket = server.URL, "cn-hangzhou", "race"
	c.Upload.PartSize, c.Upload.Parts, c.Upload.MaxRetries = part, 8, 1
	err := c.Upload.Limit.Set("3MiB/s") // so that it takes three seconds, longer than the verbs do
	if err != nil {
		t.Fatal(err)
	}
	if r.Daemon, err = Open(t.Context(), c, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, err := r.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	if err := r.Queue.Mounted(""); err != nil {
		t.Fatal(err)
	}
	return r
}

func serve(t *testing.T, o ossdev.Options) *ossdev.Running {
	t.Helper()
	o.Dir = t.TempDir()
	server, err := ossdev.Start("", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := server.CreateBucket("race"); err != nil {
		t.Fatal(err)
	}
	return server
}

// exec runs a line that must be taken.
func (r *rig) exec(line string) {
	if err := r.Control.Exec(r.t.Context(), line); err != nil {
		r.t.Errorf("%s: %v", strings.Fields(line)[0], err)
	}
}

// race uploads the file while verbs lines are written, by eight writers at once, and again whenever the queue is
// expired.
func (r *rig) race(line func(life time.Duration) string) {
	r.t.Helper()
	r.exec("add " + r.file)
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	var written atomic.Int64
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for ctx.Err() == nil {
				if written.Load() < verbs || r.Queue.State() == list.Expired {
					// longer in the end: a machine may be too busy for one part in that time
					r.exec(line(life << (2 * written.Add(1) / verbs)))
				}
				select {
				case <-time.After(100 * time.Millisecond):
				case <-ctx.Done():
				}
			}
		})
	}
	err := r.Queue.Wait(ctx, 1)
	cancel()
	writers.Wait()
	if err != nil {
		info, _ := r.Queue.Info(1) // it is there
		r.t.Fatalf("%v: %+v, the queue is %v", err, info, r.Queue.State())
	}
	r.t.Logf("%d verbs were written", written.Load())
}

// arrived fails unless the object is the file, each part was taken once, and nobody noticed anything.
func (r *rig) arrived() {
	r.t.Helper()
	info, err := r.Queue.Info(1)
	if err != nil {
		r.t.Fatal(err)
	}
	object, _, ok := r.server.Object(info.Bucket, info.Key)
	if !ok {
		r.t.Fatal("it did not arrive")
	}
	if got, err := os.ReadFile(object); err != nil || !bytes.Equal(got, r.data) {
		r.t.Errorf("another object, %v", err)
	}
	taken, refused := make(map[int]int), 0
	for _, q := range r.server.Requests() {
		if q.Action == "UploadPart" && q.Status == http.StatusOK {
			taken[q.Part]++
		}
		if q.Status == http.StatusForbidden {
			refused++
		}
	}
	for n := 1; n <= parts; n++ {
		if taken[n] != 1 {
			r.t.Errorf("part %d was taken %d times", n, taken[n])
		}
	}
	if info.Retries != 0 {
		r.t.Errorf("%d retries", info.Retries)
	}
	if refused == 0 {
		r.t.Error("nothing met an expiry")
	}
	if n := len(r.server.Uploads()); n != 0 {
		r.t.Errorf("%d multipart uploads are left", n)
	}
	r.t.Logf("%d requests met an expiry", refused)
}

// TestTokensRaceParts writes a hundred tokens while a hundred parts are sent.
func TestTokensRaceParts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	server := serve(t, ossdev.Options{})
	c := config.Default()
	c.Credential.Mode = config.STS
	// of which nothing is set, or it is not used: a token that was written wins
	c.Credential.Source = config.Environment
	r := open(t, server, c)
	r.race(func(life time.Duration) string {
		token := server.IssueToken(life)
		return fmt.Sprintf("token %s %s %s", token.AccessKeyID, token.AccessKeySecret, token.SecurityToken)
	})
	r.arrived()
}

// TestSourceRacesParts counts at the source how often it is asked: by one at a time, and once for each expiry, however
// many parts meet it and whatever start says meanwhile.
func TestSourceRacesParts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	server := serve(t, ossdev.Options{})
	var asked, asking atomic.Int64
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asking.Add(1) > 1 {
			t.Error("two ask at once")
		}
		defer asking.Add(-1)
		asked.Add(1)
		time.Sleep(300 * time.Millisecond) // so that others could
		// It ends without a word before: the source says an hour, and keeps no one from finding out.
		token := server.IssueToken(longEnough)
		fmt.Fprintf(w, `{"Code":"Success","AccessKeyId":%q,"AccessKeySecret":%q,"SecurityToken":%q,"Expiration":%q}`,
			token.AccessKeyID, token.AccessKeySecret,
			token.SecurityToken, time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05Z"))
	}))
	t.Cleanup(source.Close)
	c := config.Default()
	c.Credential.Mode, c.Credential.Source, c.Credential.URI = config.STS, config.URI, source.URL
	r := open(t, server, c)
	r.race(func(time.Duration) string { return "start" })
	r.arrived()
	expired := server.TokenCount().Expired
	if n := int(asked.Load()); n > expired+1 || n < 2 {
		t.Errorf("the source was asked %d times for %d expiries", n, expired)
	}
}

// longEnough is more than credentials may live that are refused as soon as they came.
const longEnough = 2100 * time.Millisecond

// TestAuthsRaceParts writes a hundred UploadAuths of one video while its parts are sent.
func TestAuthsRaceParts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	server := serve(t, ossdev.Options{})
	c := config.Default()
	c.Credential.Mode = config.ModeVODAuth
	r := open(t, server, c)
	b64 := func(format string, args ...any) string {
		return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, format, args...))
	}
	auth := func(life time.Duration) string {
		token := server.IssueToken(life)
		return b64(`{"AccessKeyId":%q,"AccessKeySecret":%q,"SecurityToken":%q,"Region":"cn-hangzhou"}`,
			token.AccessKeyID, token.AccessKeySecret, token.SecurityToken)
	}
	address := b64(`{"Endpoint":%q,"Bucket":"race","FileName":"video/a.mp4"}`, server.URL)
	r.race(func(life time.Duration) string {
		return "setUploadAuthAndAddress " + auth(life) + " " + address + " video a.mp4"
	})
	r.arrived()
}
