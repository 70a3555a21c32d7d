package story

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
	"inboxfs/queue/ossdev/faultproxy"
)

const viaProxy = "INBOXFS_OSS_ENDPOINT=$PROXY"

// whole fails unless all that is listed arrived as it was dropped, once, and outages were told with their ends.
func (s *story) whole(names ...string) {
	s.t.Helper()
	for _, name := range names {
		s.arrived(name, filepath.Join(s.dir, name))
	}
	if n := s.count("OnUploadSucceed"); n != len(names) {
		s.t.Errorf("%d OnUploadSucceed for %d files", n, len(names))
	}
	if retry, resume := s.count("OnUploadRetry"), s.count("OnUploadRetryResume"); retry != resume {
		s.t.Errorf("%d OnUploadRetry, %d OnUploadRetryResume", retry, resume)
	}
	s.until("no multipart upload is left", func() bool { return len(s.left()) == 0 })
	s.seen()
}

// left is the multipart uploads on the server but those whose id nobody heard, as it was begun again: they have no
// part, and are looked for an hour later.
func (s *story) left() []ossdev.Upload {
	begun := make(map[string]int)
	for _, r := range s.server.Requests() {
		if r.Action == "InitiateMultipartUpload" {
			begun[r.Key]++
		}
	}
	return slices.DeleteFunc(s.server.Uploads(), func(u ossdev.Upload) bool {
		return len(u.Parts) == 0 &&
			begun[u.Key] > 1
	})
}

// requests is how many came as far as the proxy.
func (s *story) requests() (n int) {
	for _, of := range s.proxy.Requests() {
		n += of
	}
	return n
}

// TestFaultyNetwork has each request of an upload meet something, in one life of a daemon. The same without a mount,
// and everything with everything, is in queue/oss.
func TestFaultyNetwork(t *testing.T) {
	t.Parallel()
	s := begin(t, viaProxy, "INBOXFS_UPLOAD_PART_SIZE=1MiB", "INBOXFS_OSS_IDLE_TIMEOUT=3s")
	var rules []*faultproxy.Handle
	for _, r := range []faultproxy.Rule{
		{Action: "PutObject", Fault: faultproxy.LostAfter},
		{Action: "InitiateMultipartUpload", Fault: faultproxy.TwiceLast},
		{Action: "UploadPart", Fault: faultproxy.CutRequest},
		{Action: "UploadPart", Skip: 1, Fault: faultproxy.LateAnswer},
		{Action: "CompleteMultipartUpload", Fault: faultproxy.CutAnswer},
		{Action: "HeadObject", Fault: faultproxy.HTML502},
	} {
		r.Count = 1
		rules = append(rules, s.proxy.Add(r))
	}
	s.sh("head -c 4M /dev/urandom > a.mov; echo small > b.txt; cp a.mov b.txt $MNT/inbox/; echo wait > $MNT/control")
	s.whole("a.mov", "b.txt")
	for i, r := range rules {
		if r.Hits() != 1 {
			t.Errorf("fault %d struck %d times", i, r.Hits())
		}
	}
	if n := s.requests(); n > 60 {
		t.Errorf("%d requests", n)
	}
	t.Logf("%d faults injected, %d requests, %d outages told, 2 objects", len(rules), s.requests(),
		s.count("OnUploadRetry"))
}

// TestFaultyVOD is the same for what VOD is asked. An answer that is longer than it says makes net/http complain of the
// rest, which is the credentials for the upload: they do not get into the log.
func TestFaultyVOD(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$PROXY", "INBOXFS_UPLOAD_PART_SIZE=1MiB")
	short := s.proxy.Add(faultproxy.Rule{Action: "CreateUploadVideo", Count: 1, Fault: faultproxy.ShortLength})
	// by which the lost video is found
	cut := s.proxy.Add(faultproxy.Rule{Action: "RefreshUploadVideo", Count: 1, Fault: faultproxy.CutAnswer})
	part := s.proxy.Add(faultproxy.Rule{Action: "UploadPart", Count: 1, Fault: faultproxy.LostAfter})
	s.sh(reel + "cp a.mpg $MNT/inbox/; echo wait > $MNT/control")
	if short.Hits()+cut.Hits()+part.Hits() != 3 {
		t.Error("not all faults struck")
	}
	uploaded := 0
	for _, m := range s.server.Media() {
		if m.Status == "UploadSucc" {
			uploaded++
			object, _, _ := s.server.Object(m.Bucket, m.Key)
			if out, err := exec.Command("cmp", s.dir+"/a.mpg", object).CombinedOutput(); err != nil {
				t.Errorf("the video is not the file: %s", out)
			}
		}
	}
	if uploaded != 1 || s.count("OnUploadSucceed") != 1 {
		t.Errorf("%d videos, %d told", uploaded, s.count("OnUploadSucceed"))
	}
	s.until("the library has complained", func() bool { return strings.Contains(s.log.String(), "a library says") })
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, "a library says") && (!strings.Contains(line, "(left out)") || len(line) > 300) {
			t.Errorf("the log repeats an answer: %s", line)
		}
	}
	t.Logf("3 faults injected, %d requests, %d outages told, 1 object", s.requests(), s.count("OnUploadRetry"))
}

// TestLocalSpeed uses the mount while the network is away and uploads are under way. A call that waited for the network
// would take a minute; how fast they are, a benchmark must say: here they are only printed.
func TestLocalSpeed(t *testing.T) {
	t.Parallel()
	for name, begone := range map[string]func(s *story) (end func()){
		"black hole": func(s *story) func() {
			return s.proxy.Add(faultproxy.Rule{Fault: faultproxy.Hang}).Remove
		},
		"all packets lost": func(s *story) func() {
			if err := s.proxy.Lose(true); err != nil {
				s.t.Fatal(err)
			}
			return func() {
				if err := s.proxy.Lose(false); err != nil {
					s.t.Error(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "all packets lost" && runtime.GOOS != "linux" {
				t.Skip("needs Linux")
			}
			s := begin(t, viaProxy, "INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_OSS_IDLE_TIMEOUT=60s",
				"INBOXFS_UPLOAD_FILES=3", "INBOXFS_UPLOAD_LIMIT=1MiB/s")
			s.sh("head -c 3M /dev/urandom > a.mov; cp a.mov $MNT/inbox/")
			s.until("a part has arrived", func() bool { return s.count("OnUploadProgress") > 0 })
			end := begone(s)
			p := s.pace()
			t.Logf("p99/worst of 200 rounds without a network:%v", p)
			if kind, took := p.worst(); took > 20*time.Second {
				t.Errorf("a %s took %v", kind, took)
			}
			if status := s.sh("cat $MNT/status/a.mov"); !strings.Contains(status, "\nstate uploading\n") {
				t.Errorf("nothing was under way:\n%s", status)
			}
			// Somebody who takes everything back need not wait for the network either, whose requests go on for a
			// minute.
			began := time.Now()
			s.sh("rm $MNT/inbox/a.mov $MNT/inbox/pace*; test -z \"$(ls $MNT/inbox)\"")
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("rm took %v", took)
			}
			end()
			s.proxy.Cut()
			s.sh("echo limit off > $MNT/control; cp a.mov $MNT/inbox/b.mov; echo wait b.mov > $MNT/control")
			s.arrived("b.mov", filepath.Join(s.dir, "a.mov"))
			s.until("no multipart upload is left", func() bool { return len(s.left()) == 0 })
			t.Logf("1 fault injected, %d requests, %d outages told, 1 object", s.requests(), s.count("OnUploadRetry"))
		})
	}
}

// pace has a process of its own use the mount.
func (s *story) pace() pace {
	s.t.Helper()
	self, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(s.env, "PACE_MOUNT="+s.mnt)
	out, err := c.Output()
	if err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
	var p pace
	if err := json.Unmarshal(out, &p); err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
	return p
}

// TestLossyLine loses all packets for half of the time. The long form is that of a bad line: 5 s of every 10.
func TestLossyLine(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux")
	}
	gone, most := 2*time.Second, 6*time.Second
	if *long > 0 {
		gone, most = 5*time.Second, *long
	}
	s := begin(t, viaProxy, "INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_OSS_IDLE_TIMEOUT=1s",
		"INBOXFS_OSS_CONNECT_TIMEOUT=1s", "INBOXFS_UPLOAD_LIMIT=1MiB/s")
	losses, parts := 0, 0
	var names []string
	lose := func(on bool) {
		if err := s.proxy.Lose(on); err != nil {
			t.Fatal(err)
		}
	}
	for began := time.Now(); time.Since(began) < most; losses++ {
		name := fmt.Sprintf("f%03d.mov", len(names))
		names = append(names, name)
		s.sh("head -c 3M /dev/urandom > " + name + "; cp " + name + " $MNT/inbox/")
		parts += 12
		time.Sleep(gone / 2)
		lose(true)
		time.Sleep(gone)
		lose(false)
		time.Sleep(gone / 2)
	}
	s.sh("echo limit off > $MNT/control; echo wait > $MNT/control")
	s.whole(names...)
	sent, retries := s.proxy.Requests()["UploadPart"], s.count("OnUploadRetry")
	if most := parts + 10*losses; sent > most || retries == 0 {
		t.Errorf("%d parts were sent for %d, in %d losses with %d outages", sent, parts, losses, retries)
	}
	t.Logf("%d losses of %v, %d requests, %d parts sent for %d, %d outages told, %d objects", losses, gone,
		s.requests(), sent, parts, retries, len(names))
}

// TestCertificates has an endpoint whose certificate nobody knows, and then one that the user named.
func TestCertificates(t *testing.T) {
	t.Parallel()
	var behind atomic.Pointer[ossdev.Server]
	var asked atomic.Int32
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		behind.Load().ServeHTTP(w, r)
	}))
	web.Config.ErrorLog = log.New(io.Discard, "", 0) // it is the server that is refused
	web.StartTLS()
	t.Cleanup(web.Close)
	s := begin(t, "INBOXFS_OSS_ENDPOINT="+web.URL)
	behind.Store(s.server.Server)
	s.sh("echo x > a.txt; cp a.txt $MNT/inbox/")
	s.until("it is told that this does not go", func() bool { return s.count("OnUploadRetry") == 1 })
	if !strings.Contains(s.events(), "certificate") {
		t.Errorf("nothing is said of certificates:\n%s", s.events())
	}
	if status := s.sh("cat $MNT/status/a.txt"); !strings.Contains(status, "SSL_CERT_FILE") ||
		!strings.Contains(status, "\nstate uploading\n") {
		t.Errorf("status:\n%s", status)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("%d requests went to a server that nobody trusts", n)
	}
	s.stop()
	file := filepath.Join(s.dir, "authority.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}),
		0o600); err != nil {
		t.Fatal(err)
	}
	s.env = append(s.env, "SSL_CERT_FILE="+file)
	s.mount()
	s.sh("echo wait a.txt > $MNT/control")
	s.arrived("a.txt", filepath.Join(s.dir, "a.txt"))
	if asked.Load() == 0 {
		t.Error("it went elsewhere")
	}
}
