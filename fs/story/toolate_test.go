package story

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

// tooLate is a file called off after its object was made, and before the server has said so.
type tooLate struct {
	what   string
	script string
	there  string // keys of the objects in the end
	told   string // what OnUploadTooLate says; "": there is none
	status string // what status/w says
}

// late has a file sent to a server that makes the object and takes its time to say so.
func (s *story) late(action string, answers time.Duration) (size int) {
	s.t.Helper()
	if size = 1000; action == "CompleteMultipartUpload" {
		size = 900_000
	}
	s.server.AddFault(ossdev.Fault{Key: "w", Action: action, Late: answers, Count: 1})
	s.sh(fmt.Sprintf("head -c %d /dev/urandom > older; cp older $MNT/inbox/w", size))
	s.until("its object is there", func() bool { return s.exists("w") })
	return size
}

// line is the first line of the log with that event, or "".
func (s *story) line(event string) string {
	return s.sh("grep 'event=" + event + " ' $MNT/events | head -n 1 || true")
}

// keys is the keys in the bucket.
func (s *story) keys() string {
	all := s.stored()
	for i, at := range all {
		all[i] = strings.TrimPrefix(at, bucket+"/")
	}
	return strings.Join(all, " ")
}

// ends fails unless that is what came of it.
func (s *story) ends(c tooLate, size int) {
	s.t.Helper()
	if c.told != "" {
		s.until("it is told", func() bool { return s.line("OnUploadTooLate") != "" })
	}
	s.until("these objects are there: "+c.there, func() bool { return s.keys() == c.there })
	s.sh("echo wait > $MNT/control || true")
	if keys := s.keys(); keys != c.there {
		s.t.Errorf("there is %q", keys)
	}
	line := s.line("OnUploadTooLate")
	for _, want := range []string{" file=w ", " key=w ", fmt.Sprintf(" size=%d ", size), " bucket=" + bucket + " ",
		c.told} {
		if c.told != "" && !strings.Contains(line, want) {
			s.t.Errorf("%q is not told: %s", want, line)
		}
	}
	if c.told == "" && line != "" {
		s.t.Errorf("told: %s", line)
	}
	if n := s.count("OnUploadTooLate"); n > 1 {
		s.t.Errorf("told %d times", n)
	}
	if status := s.sh("cat $MNT/status/w || true"); !strings.Contains(status, c.status) {
		s.t.Errorf("status:\n%s", status)
	}
}

const (
	stays = "object w is in bucket " + bucket
	goes  = "removed=true"
)

var (
	tooLateToCancel = tooLate{"canceled", "echo cancelFile w > $MNT/control", "w", stays, stays}
	tooLateToRemove = tooLate{"removed", "rm $MNT/inbox/w", "w", stays, ""}
	tooLateToRename = tooLate{"renamed", "mv $MNT/inbox/w $MNT/inbox/v", "v", goes, ""}
)

// TestTooLate calls files off when their objects are there already, of which the server has not said anything yet: that
// is told, and what has another name by now has no object under the old one.
func TestTooLate(t *testing.T) {
	t.Parallel()
	for _, c := range []tooLate{tooLateToCancel, tooLateToRemove, tooLateToRename,
		{"deleted", "echo deleteFile w > $MNT/control", "w", stays, ""},
		{"cleared", "echo clearFiles > $MNT/control", "w", stays, ""},
		{"moved over another", "cp older $MNT/inbox/v; mv $MNT/inbox/w $MNT/inbox/v", "v", goes, ""},
		{"moved with its folder", "mkdir $MNT/inbox/d; mv $MNT/inbox/w $MNT/inbox/d; mv $MNT/inbox/d $MNT/inbox/e",
			"e/w", goes, ""},
		{"overwritten", "head -c 500 older > newer; cp newer $MNT/inbox/w", "w", "", "state success"},
		{"renamed, and dropped again", "mv $MNT/inbox/w $MNT/inbox/v; echo newer > $MNT/inbox/w", "v w", "",
			"state success"},
		{"there and back", "mv $MNT/inbox/w $MNT/inbox/v; mv $MNT/inbox/v $MNT/inbox/w", "w", "", "state success"},
		{"paused", "echo pause > $MNT/control; sleep 2; echo resume > $MNT/control", "w", "", "state success"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			s := begin(t, "INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_INBOX_SETTLE=100ms")
			size := s.late("PutObject", 1500*time.Millisecond)
			s.sh(c.script)
			s.ends(c, size)
		})
	}
}

// TestTooLateForParts is the same for an upload in parts, whose last answer is waited for a while, or outlives that.
func TestTooLateForParts(t *testing.T) {
	t.Parallel()
	for _, answers := range []time.Duration{300 * time.Millisecond, 1500 * time.Millisecond} {
		for _, c := range []tooLate{tooLateToCancel, tooLateToRename} {
			t.Run(fmt.Sprint(c.what, answers), func(t *testing.T) {
				t.Parallel()
				s := begin(t, "INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_INBOX_SETTLE=100ms")
				size := s.late("CompleteMultipartUpload", answers)
				s.sh(c.script)
				s.ends(c, size)
				if n := len(s.server.Uploads()); n > 0 {
					t.Errorf("%d uploads are open", n)
				}
			})
		}
	}
}

// TestTooLateUnheard has the answer never come, as the server goes silent or inboxfs is killed after the file is called
// off, or before, when only the file itself tells what was sent: then it is asked.
func TestTooLateUnheard(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"PutObject", "CompleteMultipartUpload"} {
		for _, c := range []tooLate{tooLateToCancel, tooLateToRemove, tooLateToRename} {
			for _, when := range []string{"not killed", "killed", "killed before"} {
				if action == "CompleteMultipartUpload" && (when != "killed" || c.what == "removed") {
					continue
				}
				t.Run(action+", "+c.what+", "+when, func(t *testing.T) {
					t.Parallel()
					s := begin(t, "INBOXFS_UPLOAD_PART_SIZE=256KiB", "INBOXFS_INBOX_SETTLE=100ms")
					size := s.late(action, time.Minute)
					if when == "killed before" {
						s.with("INBOXFS_START=false") // so that it is not found before
						s.kill()
						s.mount()
					}
					s.sh(c.script)
					if when == "killed" {
						s.kill()
						s.mount()
					}
					s.sh("echo start > $MNT/control")
					s.ends(c, size)
				})
			}
		}
	}
}

// TestTooLateAndNoRights has nobody allowed to remove, or to look for, what is there: that is said.
func TestTooLateAndNoRights(t *testing.T) {
	t.Parallel()
	for action, c := range map[string]tooLate{
		"DeleteObject": {"renamed", "mv $MNT/inbox/w $MNT/inbox/v", "v w", stays + " under its old name (AccessDenied",
			""},
		"HeadObject": {"canceled", "echo cancelFile w > $MNT/control", "w", "nobody knows",
			"whether object w is in bucket"},
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			s := begin(t, "INBOXFS_INBOX_SETTLE=100ms")
			s.server.AddFault(ossdev.Fault{Action: action, Code: "AccessDenied"})
			late := 1500 * time.Millisecond
			if action == "HeadObject" {
				late = time.Minute
			}
			size := s.late("PutObject", late)
			s.sh(c.script)
			s.ends(c, size)
			if c.what == "renamed" {
				s.until("its status says so", func() bool { return strings.Contains(s.sh("cat $MNT/status/v"), stays) })
			}
		})
	}
}

func (s *story) exists(key string) bool {
	_, _, ok := s.server.Object(bucket, key)
	return ok
}

// TestTooLateForVOD is the same for videos: one that was canceled stays and is told, others are deleted.
func TestTooLateForVOD(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		script string
		left   int // videos that are used in the end
	}{
		"canceled": {"echo cancelFile w.mp4 > $MNT/control", -1},
		"removed":  {"rm $MNT/inbox/w.mp4", 0},
		"renamed":  {"mv $MNT/inbox/w.mp4 $MNT/inbox/v.mp4", 1},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL", "INBOXFS_INBOX_SETTLE=100ms")
			s.server.AddFault(ossdev.Fault{Action: "PutObject", Late: 1500 * time.Millisecond, Count: 1})
			s.sh("head -c 1000 /dev/urandom > w.mp4; cp w.mp4 $MNT/inbox/")
			s.until("it is there", func() bool {
				all := s.server.Media()
				return len(all) == 1 && all[0].Status == "UploadSucc"
			})
			id := s.server.Media()[0].ID
			s.sh(c.script)
			if c.left < 0 {
				s.until("it is told", func() bool {
					return strings.Contains(s.line("OnUploadTooLate"), " video_id="+id+
						" ")
				})
				if status := s.sh("cat $MNT/status/w.mp4"); !strings.Contains(status, "VOD has the video "+id) {
					t.Error(status)
				}
				s.sh("echo resumeFile w.mp4 > $MNT/control; echo wait > $MNT/control")
				c.left = 1
			}
			s.sh("echo wait > $MNT/control || true")
			s.used(c.left)
		})
	}
}
