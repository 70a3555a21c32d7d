package story

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

// TestServerSlowToStore has the server still at work on what was sent when another content of that name comes: that is
// the object in the end, once it is said to be. Others need not wait for it, nor who does that.
func TestServerSlowToStore(t *testing.T) {
	t.Parallel()
	for what, script := range map[string]string{
		"written over":              "echo newer > $MNT/inbox/w",
		"removed and dropped again": "rm $MNT/inbox/w; echo newer > $MNT/inbox/w",
		"renamed and dropped again": "mv $MNT/inbox/w $MNT/inbox/v; echo newer > $MNT/inbox/w",
		"another moved over it":     "echo newer > $MNT/inbox/n; mv $MNT/inbox/n $MNT/inbox/w",
		"deleted and dropped again": "echo delete w > $MNT/control; echo newer > $MNT/inbox/w",
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := begin(t, "INBOXFS_UPLOAD_FILES=1")
			slow := s.server.AddFault(ossdev.Fault{Key: "w", Action: "PutObject", Delay: 4 * time.Second, Count: 1})
			s.sh("echo older > $MNT/inbox/w")
			s.until("it is sent", func() bool { return slow.Hits() == 1 })
			began := time.Now()
			s.sh(script + "; echo x > $MNT/inbox/other; echo wait other > $MNT/control")
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("another file took %v", took)
			}
			s.sh("echo wait w > $MNT/control")
			for range 2 {
				path, _, ok := s.server.Object(bucket, "w")
				if content := s.sh("cat " + path); !ok || strings.TrimSpace(content) != "newer" {
					t.Errorf("the object is %q", content)
				}
				time.Sleep(time.Until(began.Add(5 * time.Second))) // until the first request is surely over
			}
			for _, q := range s.server.Requests() {
				if q.Key == "w" {
					t.Logf("%s %d", q.Action, q.Status)
				}
			}
		})
	}
}

// TestServerSlowToStoreAfterAKill is the same for a daemon that was killed after it had sent the older content.
func TestServerSlowToStoreAfterAKill(t *testing.T) {
	t.Parallel()
	s := begin(t)
	slow := s.server.AddFault(ossdev.Fault{Key: "w", Action: "PutObject", Delay: 4 * time.Second, Count: 1})
	s.sh("echo older > $MNT/inbox/w")
	s.until("it is sent", func() bool { return slow.Hits() == 1 })
	began := time.Now()
	s.kill()
	s.mount()
	s.sh("echo newer > $MNT/inbox/w; echo wait w > $MNT/control")
	time.Sleep(time.Until(began.Add(5 * time.Second))) // until the first request is surely over
	path, _, ok := s.server.Object(bucket, "w")
	if content := s.sh("cat " + path); !ok || strings.TrimSpace(content) != "newer" {
		t.Errorf("the object is %q", content)
	}
}

// TestServerSlowToStoreAtTheOldKey: the daemon that comes after the kill has another prefix. The file goes there, and
// it is told that there is an object under the old one, too.
func TestServerSlowToStoreAtTheOldKey(t *testing.T) {
	t.Parallel()
	s := begin(t)
	slow := s.server.AddFault(ossdev.Fault{Key: "w", Action: "PutObject", Delay: 3 * time.Second, Count: 1})
	s.sh("echo content > $MNT/inbox/w")
	s.until("it is sent", func() bool { return slow.Hits() == 1 })
	s.kill()
	s.env = append(s.env, "INBOXFS_UPLOAD_PREFIX=new/")
	s.mount()
	s.sh("echo wait w > $MNT/control")
	s.until("it is told", func() bool { return s.line("OnUploadTooLate") != "" })
	if line := s.line("OnUploadTooLate"); !strings.Contains(line, " key=w ") ||
		!strings.Contains(line, "object w is in bucket") {
		t.Error(line)
	}
	for _, key := range []string{"w", "new/w"} {
		if _, _, ok := s.server.Object(bucket, key); !ok {
			t.Errorf("there is no object %s", key)
		}
	}
}

// TestServerSlowToStoreForAuth: the same for what a server says where it goes, and says so again for the next content.
func TestServerSlowToStoreForAuth(t *testing.T) {
	t.Parallel()
	needPrograms(t, "curl")
	var b *backend
	answer := sync.OnceValue(func() string { return b.answer("create-video", "w.mp4", "", 6) })
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(answer())) // who is killed does not take it
	}))
	t.Cleanup(web.Close)
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod-auth", `INBOXFS_VOD_AUTH_PROCESS=["curl", "-sS", "-d", "@-", "`+web.URL+
		`"]`)
	b = s.backend()
	slow := s.server.AddFault(ossdev.Fault{Action: "PutObject", Delay: 3 * time.Second, Count: 1})
	s.sh("echo older > w.mp4; cp w.mp4 $MNT/inbox/")
	s.until("it is sent", func() bool { return slow.Hits() == 1 })
	s.sh("echo newer > w.mp4; cp w.mp4 $MNT/inbox/; echo wait w.mp4 > $MNT/control")
	time.Sleep(4 * time.Second) // until the first request is surely over
	s.filmed("w.mp4")
}

// TestSameBytesOtherAttributes: the object of an older drop is none of a newer one that has the same bytes and other
// attributes, though the answer of its own request is lost, or its daemon is killed.
func TestSameBytesOtherAttributes(t *testing.T) {
	t.Parallel()
	const drop = "; cp --preserve=xattr w $MNT/inbox/; "
	for what, c := range map[string]struct {
		first ossdev.Fault
		again func(s *story)
	}{
		"the request is lost": {ossdev.Fault{ResetAfter: true}, func(s *story) {
			deaf := s.server.AddFault(ossdev.Fault{Key: "w", Action: "HeadObject", Code: "InternalError"})
			s.sh("sleep 4; setfattr -n user.oss.meta.take -v two w" + drop)
			s.server.AddFault(ossdev.Fault{Key: "w", Action: "PutObject", Reset: true, Count: 1})
			deaf.Remove()
		}},
		"the daemon is killed": {ossdev.Fault{Delay: 2 * time.Second}, func(s *story) {
			s.sh("setfattr -n user.oss.meta.take -v two w" + drop + "sleep 0.5")
			s.kill()
			s.mount()
		}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			needPrograms(t, "setfattr")
			s := begin(t, "INBOXFS_INBOX_SETTLE=200ms")
			c.first.Key, c.first.Action, c.first.Count = "w", "PutObject", 1
			first := s.server.AddFault(c.first)
			s.sh("echo bytes > w; setfattr -n user.oss.meta.take -v one w" + drop)
			s.until("it is sent", func() bool { return first.Hits() == 1 })
			c.again(s)
			s.sh("echo wait w > $MNT/control")
			s.until("it is uploaded", func() bool { return s.field("w", "state") == "success" })
			_, meta, ok := s.server.Object(bucket, "w")
			if !ok || meta.Header["X-Oss-Meta-Take"] != "two" {
				t.Errorf("the object has %v", meta.Header)
			}
		})
	}
}
