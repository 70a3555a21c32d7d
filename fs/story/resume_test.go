package story

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

// interrupted drops a file of 24 parts, lets some of them arrive, and then does what break says; after that, mend. All
// parts that had been acknowledged must not be sent again.
func interrupted(t *testing.T, midway func(*story), after func(*story)) {
	s := begin(t, "INBOXFS_UPLOAD_PART_SIZE=1MiB", "INBOXFS_UPLOAD_PARTS=3")
	slow := s.server.AddFault(ossdev.Fault{Action: "UploadPart", SlowBody: 2 << 20})
	s.sh("head -c 24M /dev/urandom > big.mov; cp big.mov $MNT/inbox/")
	s.until("some parts are there", func() bool { return s.count("OnUploadProgress") >= 5 })
	midway(s)
	acked, sent := s.acked(), len(s.parts("big.mov"))
	slow.Remove()
	after(s)
	s.sh("echo wait > $MNT/control")
	s.arrived("big.mov", filepath.Join(s.dir, "big.mov"))
	for _, part := range s.parts("big.mov")[sent:] {
		if acked[part] {
			t.Errorf("part %d had been acknowledged and was sent again", part)
		}
	}
	if len(acked) == 0 || len(acked) == 24 {
		t.Errorf("%d parts were there at the break: nothing was tried", len(acked))
	}
	if n := s.count("OnUploadProgress"); n != 24 {
		t.Errorf("progress was told %d times for 24 parts", n)
	}
	if n := len(s.server.Uploads()); n != 0 {
		t.Errorf("%d multipart uploads are left", n)
	}
	initiated := 0
	for _, r := range s.server.Requests() {
		if r.Action == "InitiateMultipartUpload" {
			initiated++
		}
	}
	if initiated != 1 {
		t.Errorf("%d multipart uploads were begun", initiated)
	}
	s.seen() // no gaps
}

// acked is the parts that the event log calls acknowledged.
func (s *story) acked() map[int]bool {
	acked := make(map[int]bool)
	for line := range strings.Lines(s.events()) {
		if f := fields(line); f["event"] == "OnUploadProgress" {
			part, err := strconv.Atoi(f["part"])
			if err != nil {
				s.t.Fatal(line)
			}
			acked[part] = true
		}
	}
	return acked
}

// quiet fails unless no bytes reach the endpoint within a second from now.
func (s *story) quiet() {
	s.t.Helper()
	time.Sleep(time.Second) // what is promised: bytes stop within it
	before := len(s.server.Requests())
	time.Sleep(300 * time.Millisecond)
	if now := len(s.server.Requests()); now != before {
		s.t.Errorf("%d requests ended after the uploads had been stopped", now-before)
	}
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	interrupted(t, func(s *story) {
		s.sh("echo pause > $MNT/control")
		if got := s.sh("grep ^state $MNT/status/big.mov $MNT/queue -h"); got != "state paused\nstate paused" {
			t.Errorf("states: %s", got)
		}
		s.quiet()
	}, func(s *story) { s.sh("echo resume > $MNT/control") })
}

func TestStopAndStart(t *testing.T) {
	t.Parallel()
	interrupted(t, func(s *story) {
		s.sh("echo stop > $MNT/control")
		if got := s.sh("grep ^state $MNT/status/big.mov $MNT/queue -h"); got != "state ready\nstate stopped" {
			t.Errorf("states: %s", got)
		}
		s.quiet()
	}, func(s *story) {
		s.sh("echo start > $MNT/control")
		s.until("it starts again", func() bool { return s.count("OnUploadStarted") == 2 })
	})
}

func TestKillAndMount(t *testing.T) {
	t.Parallel()
	interrupted(t, func(s *story) {
		s.kill()
		if out := s.fails("ls $MNT"); !strings.Contains(out, "not connected") {
			t.Errorf("a stale mount says: %s", out)
		}
	}, func(s *story) { s.mount() })
}

func TestTermAndMount(t *testing.T) {
	t.Parallel()
	interrupted(t, func(s *story) {
		s.stop()
		if !strings.Contains(s.log.String(), "pending files are kept") {
			t.Error("nothing is said of the pending file")
		}
		if out := s.fails("cp big.mov $MNT/inbox/"); out == "" {
			t.Error("a copy into the unmounted folder fails without a word")
		}
	}, func(s *story) { s.mount() })
}
