package story

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

// TestEndWhileRequestsHang ends the daemon while requests get no answer, and a program keeps a file open: both have the
// same time to come to an end. What was dropped just before is not held for that.
func TestEndWhileRequestsHang(t *testing.T) {
	t.Parallel()
	for action, size := range map[string]string{"PutObject": "1k", "UploadPart": "9M", "CompleteMultipartUpload": "9M",
		"HeadObject": "1k"} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			s := begin(t, "INBOXFS_UPLOAD_FILES=4", "INBOXFS_INBOX_SETTLE=1m")
			if action == "HeadObject" { // which asks what came of a request whose answer was lost
				s.server.AddFault(ossdev.Fault{Action: "PutObject", ResetAfter: true})
			}
			h := s.server.AddFault(ossdev.Fault{Action: action, Hang: true})
			s.sh("for i in 1 2 3 4 5; do head -c " + size +
				" /dev/urandom > $MNT/inbox/$i; done; echo flush > $MNT/control")
			s.until("requests hang", func() bool { return h.Hits() > 0 })
			s.sh("sleep 60 > $MNT/inbox/open 2> /dev/null & echo $! > pid; echo x > $MNT/inbox/late")
			defer s.sh("kill $(cat pid)")
			began := time.Now()
			if err := s.daemon.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-s.exited:
				if err != nil {
					t.Errorf("it ends with %v\n%s", err, clip(s.log.String()))
				}
			case <-time.After(time.Minute):
				t.Fatal("it does not end")
			}
			s.daemon = nil
			t.Logf("it took %v", time.Since(began).Round(time.Millisecond))
			if took := time.Since(began); took > 15*time.Second {
				t.Errorf("it took %v", took)
			}
			h.Remove()
			s.mount()
			if state := s.state("late"); strings.Contains(state, "held") {
				t.Errorf("what was just dropped is %s\n%s", state, s.sh("cat $MNT/status/late"))
			}
		})
	}
}
