package story

import (
	"strings"
	"testing"
	"time"

	"inboxfs/queue/oss/ossdev"
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
