package story

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"inboxfs/queue/ossdev"
)

// reel makes a file that goes in parts, by a name that VOD takes.
const reel = "head -c 5M /dev/urandom > a.mpg; "

// media is what VOD has of the file called name.
func (s *story) media(name string) ossdev.Media {
	s.t.Helper()
	for _, m := range s.server.Media() {
		if m.FileName == name || m.Params["OriginalFileName"] == name {
			return m
		}
	}
	s.t.Fatalf("VOD knows nothing of %s", name)
	return ossdev.Media{}
}

// filmed fails unless VOD has name exactly once, complete and equal to the file.
func (s *story) filmed(name string) ossdev.Media {
	s.t.Helper()
	return s.filmedAs(name, name)
}

// filmedAs is filmed of a copy of another file.
func (s *story) filmedAs(name, of string) ossdev.Media {
	s.t.Helper()
	m := s.media(name)
	if m.Status != "UploadSucc" {
		s.t.Errorf("VOD says of %s that it is %s", name, m.Status)
	}
	object, _, ok := s.server.Object(m.Bucket, m.Key)
	if !ok {
		s.t.Fatalf("%s did not arrive", name)
	}
	if out, err := exec.Command("cmp", s.dir+"/"+of, object).CombinedOutput(); err != nil {
		s.t.Errorf("%s is not what was dropped: %s", name, out)
	}
	if n := len(s.server.Uploads()); n != 0 {
		s.t.Errorf("%d multipart uploads are left", n)
	}
	return m
}

func TestVOD(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL", "INBOXFS_UPLOAD_PART_SIZE=1MiB",
		"INBOXFS_UPLOAD_ATTRIBUTES=vod.category=7")
	s.sh(reel + "echo picture > b.jpg; echo words > c.srt; echo text > d.doc")
	s.sh("cp a.mpg b.jpg c.srt d.doc $MNT/inbox/; ! echo wait > $MNT/control")
	for _, name := range []string{"a.mpg", "b.jpg", "c.srt"} {
		m := s.filmed(name)
		if want := strings.TrimSuffix(name, name[1:]); m.Title != want {
			t.Errorf("%s is called %s", name, m.Title)
		}
		if status := s.sh("cat $MNT/status/" + name); !strings.Contains(status, "\nvideo_id "+m.ID+"\n") ||
			!strings.Contains(status, "\nkey "+m.Key+"\n") {
			t.Errorf("status/%s:\n%s", name, status)
		}
	}
	if m := s.media("a.mpg"); m.Params["CateId"] != "7" || m.Params["FileSize"] != "5242880" {
		t.Errorf("VOD was told %v", m.Params)
	}
	if status := s.sh("cat $MNT/status/d.doc"); !strings.Contains(status, "\nstate failure\n") ||
		!strings.Contains(status, "InvalidFileName.Extension") {
		t.Errorf("status/d.doc:\n%s", status)
	}
	for line := range strings.Lines(s.events()) {
		if f := fields(line); (f["event"] == "OnUploadStarted" || f["event"] == "OnUploadSucceed") &&
			f["video_id"] == "" {
			t.Errorf("no video id: %s", line)
		}
	}
	if n := s.count("OnUploadTokenExpired"); n != 0 {
		t.Errorf("%d OnUploadTokenExpired", n)
	}
}

// TestVODGoesOn kills the daemon in the middle: the same video gets the parts that it lacks.
func TestVODGoesOn(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL", "INBOXFS_UPLOAD_PART_SIZE=256KiB",
		"INBOXFS_UPLOAD_LIMIT=1MiB/s")
	s.sh(reel + "cp a.mpg $MNT/inbox/")
	s.until("some parts are there", func() bool { return s.count("OnUploadProgress") > 4 })
	s.kill()
	m := s.media("a.mpg")
	before := s.parts(m.Key)
	s.env = append(s.env, "INBOXFS_UPLOAD_LIMIT=off")
	s.mount()
	s.sh("echo wait > $MNT/control")
	if len(s.server.Media()) != 1 || s.filmed("a.mpg").ID != m.ID {
		t.Errorf("VOD has %v", s.server.Media())
	}
	all := s.parts(m.Key)
	if slices.Sort(all); len(all) > 20+5 || len(slices.Compact(all)) != 20 || len(before) < 4 {
		t.Errorf("sent were %d parts before and %d in all", len(before), len(all))
	}
}

// TestVODThatIsGone loses its video before the upload goes on: it is made anew.
func TestVODThatIsGone(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL", "INBOXFS_UPLOAD_PART_SIZE=256KiB",
		"INBOXFS_UPLOAD_LIMIT=1MiB/s")
	s.sh(reel + "cp a.mpg $MNT/inbox/")
	s.until("some parts are there", func() bool { return s.count("OnUploadProgress") > 1 })
	s.sh("echo pause > $MNT/control")
	old := s.media("a.mpg")
	if err := s.server.RemoveMedia(old.ID); err != nil {
		t.Fatal(err)
	}
	s.sh("echo limit off > $MNT/control; echo resume > $MNT/control; echo wait > $MNT/control")
	if m := s.filmed("a.mpg"); m.ID == old.ID {
		t.Error("it went to a video that is gone")
	}
}

// TestVODDeletes takes a file back while it is sent.
func TestVODDeletes(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=$URL", "INBOXFS_UPLOAD_PART_SIZE=256KiB",
		"INBOXFS_UPLOAD_LIMIT=1MiB/s")
	s.sh(reel + "cp a.mpg $MNT/inbox/")
	s.until("some parts are there", func() bool { return s.count("OnUploadProgress") > 1 })
	s.sh("rm $MNT/inbox/a.mpg")
	s.until("no parts are left", func() bool { return len(s.server.Uploads()) == 0 })
	s.until("VOD was told", func() bool {
		return slices.ContainsFunc(s.server.Requests(),
			func(r ossdev.Request) bool { return r.Action == "DeleteMultipartUpload" })
	})
}
