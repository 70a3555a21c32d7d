package story

import (
	"strings"
	"testing"

	"inboxfs/queue/ossdev"
)

// TestUploadLeftToAnotherMode goes on with VOD in the middle of an upload to OSS: what is left in the bucket is told
// once, however often inboxfs is started, and aborted when that mode is back.
func TestUploadLeftToAnotherMode(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_UPLOAD_PART_SIZE=1MiB", "INBOXFS_UPLOAD_PARTS=1")
	slow := s.server.AddFault(ossdev.Fault{Action: "UploadPart", SlowBody: 1 << 20})
	s.sh(reel + "cp a.mpg $MNT/inbox/")
	s.until("some parts are there", func() bool { return s.count("OnUploadProgress") >= 2 })
	s.stop()
	slow.Remove()
	env := s.env
	s.env = append(env[:len(env):len(env)], "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT="+s.server.URL)
	for range 2 {
		s.mount()
		s.sh("echo wait > $MNT/control")
		s.until("it is told", func() bool { return s.count("OnUploadLeft") > 0 })
		s.stop()
	}
	s.env = env
	s.mount()
	s.until("it is aborted", func() bool { return len(s.server.Uploads()) == 0 })
	told := 0
	for line := range strings.Lines(s.events()) {
		if f := fields(line); f["event"] == "OnUploadLeft" {
			told++
			if f["bucket"] != bucket || f["key"] != "a.mpg" || f["upload_id"] == "" || f["message"] == "" {
				t.Errorf("it is told: %s", line)
			}
		}
	}
	if told != 1 {
		t.Errorf("it is told %d times", told)
	}
	s.seen()
}
