package story

import (
	"maps"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestStreamedRecording has a recorder write for some seconds, and its header anew at the end. What it has written goes
// up meanwhile; a moment after it ended the object is there, as it is in the end.
func TestStreamedRecording(t *testing.T) {
	t.Parallel()
	for _, passthrough := range []string{"true", "false"} {
		t.Run("passthrough "+passthrough, func(t *testing.T) {
			t.Parallel()
			python := needPrograms(t, "python3")
			s := begin(t, "INBOXFS_UPLOAD_STREAM=true", "INBOXFS_UPLOAD_PART_SIZE=100KiB", "INBOXFS_INBOX_SETTLE=200ms",
				"INBOXFS_INBOX_PASSTHROUGH="+passthrough, "INBOXFS_INBOX_CHECK_MEDIA=false")
			sent := func() (n int) {
				for _, r := range s.server.Requests() {
					if r.Action == "UploadPart" && r.Status == 200 {
						n++
					}
				}
				return n
			}
			stop := s.recorder(python, `import os, sys, time
f = open(os.environ["MNT"] + "/inbox/show.mov", "wb", buffering=0)
copy = open("show.mov", "wb")
for i in range(60):
    for out in f, copy:
        out.write(bytes([i]) * 50_000)
    time.sleep(0.05)
sys.stdin.read(1)
for out in f, copy:
    out.seek(100)
    out.write(b"the header, which is written last")
    out.close()
`)
			s.until("it is sent ahead", func() bool { return sent() >= 6 })
			if state := s.sh("grep ^state $MNT/status/show.mov"); state != "state receiving" {
				t.Errorf("meanwhile it says %q", state)
			}
			if _, _, ok := s.server.Object(bucket, "show.mov"); ok {
				t.Error("half of it is there")
			}
			before := sent()
			stop()
			s.sh("echo wait > $MNT/control")
			s.arrived("show.mov", filepath.Join(s.dir, "show.mov"))
			// The part with the header, the last one, and what came since the last look.
			if again := sent() - before; again > 4 {
				t.Errorf("%d parts were sent before its end, and %d after it", before, again)
			}
			s.seen()
			if left := s.server.Uploads(); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// recorder runs a Python program. stop gives it a byte to read, and waits for its end.
func (s *story) recorder(python, program string) (stop func()) {
	s.t.Helper()
	c := exec.Command(python, "-c", program)
	c.Dir, c.Env = s.dir, s.env
	var said syncBuffer
	c.Stderr = &said
	in, err := c.StdinPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return func() {
		s.t.Helper()
		if _, err := in.Write([]byte("x")); err != nil {
			s.t.Error(err)
		}
		if err := c.Wait(); err != nil {
			s.t.Errorf("%v: %s", err, said.String())
		}
	}
}

// TestStreamThatIsGivenUp removes a file while it is written, and kills the daemon in the middle of another: nothing is
// left of the one, and the other is held, with what was sent of it.
func TestStreamThatIsGivenUp(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_UPLOAD_STREAM=true", "INBOXFS_UPLOAD_PART_SIZE=100KiB", "INBOXFS_INBOX_SETTLE=200ms")
	parts := func(want int) func() bool {
		return func() bool {
			n := 0
			for _, u := range s.server.Uploads() {
				n += len(u.Parts)
			}
			return n == want
		}
	}
	s.sh("head -c 1300000 /dev/urandom > a; (cat a; echo > ready; until test -e go; do sleep 0.02; done; " +
		"rm $MNT/inbox/a.bin) > $MNT/inbox/a.bin 2> err & until test -e ready; do sleep 0.02; done")
	s.until("it is sent ahead", parts(3))
	s.sh("touch go")
	s.until("it is aborted", parts(0))

	s.sh("(cat a; touch ready2; until test -e stop; do sleep 0.02; done) > $MNT/inbox/b.bin 2> err & " +
		"until test -e ready2; do sleep 0.02; done")
	s.until("it is sent ahead", parts(3))
	s.until("that is in the journal",
		func() bool { return s.sh("grep ^uploaded $MNT/status/b.bin") == "uploaded 1228800" })
	time.Sleep(200 * time.Millisecond) // nobody waits for the rows of parts, which lag behind a little
	s.kill()
	s.sh("touch stop")
	s.mount()
	s.until("it is held", func() bool { return s.sh("grep ^state $MNT/status/b.bin") == "state held" })
	s.sh("echo start > $MNT/control || true; echo release b.bin > $MNT/control; echo wait > $MNT/control")
	s.arrived("b.bin", filepath.Join(s.dir, "a"))
	n := 0
	for _, r := range s.server.Requests() {
		if r.Action == "UploadPart" && r.Key == "b.bin" {
			n++
		}
	}
	if n != 4 {
		t.Errorf("%d parts were sent of b.bin, which has 4", n)
	}
}

// TestAttributesWhileStreaming sets attributes of files that are being written and sent ahead. What is set when a file
// is complete is what its object has: the ACL costs nothing, as it goes with the end; for anything else the upload is
// begun anew.
func TestAttributesWhileStreaming(t *testing.T) {
	t.Parallel()
	needPrograms(t, "setfattr")
	s := begin(t, "INBOXFS_UPLOAD_STREAM=true", "INBOXFS_UPLOAD_PART_SIZE=100KiB", "INBOXFS_INBOX_SETTLE=200ms")
	s.sh("head -c 900000 /dev/urandom > file")
	for name, c := range map[string]struct {
		set    string
		want   map[string]string
		begins int
	}{
		"acl.bin":   {"-n user.oss.acl -v private", map[string]string{"X-Oss-Object-Acl": "private"}, 1},
		"class.bin": {"-n user.oss.storage-class -v IA", map[string]string{"X-Oss-Storage-Class": "IA"}, 2},
	} {
		s.sh("(cat file; until test -e set-" + name + "; do sleep 0.02; done) > $MNT/inbox/" + name + " 2> err &")
		s.until("it is sent ahead", func() bool { return s.actions(name, "UploadPart") == 2 })
		s.sh("setfattr " + c.set + " $MNT/inbox/" + name + "; touch set-" + name)
		s.until("it is there", func() bool { _, _, ok := s.server.Object(bucket, name); return ok })
		s.arrived(name, filepath.Join(s.dir, "file"))
		c.want["Content-Type"] = "application/octet-stream"
		if _, meta, _ := s.server.Object(bucket, name); !maps.Equal(meta.Header, c.want) {
			t.Errorf("%s has %v", name, meta.Header)
		}
		if n := s.actions(name, "InitiateMultipartUpload"); n != c.begins {
			t.Errorf("%s was begun %d times", name, n)
		}
	}
	if left := s.server.Uploads(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// actions counts the requests of one kind for a key that succeeded.
func (s *story) actions(key, action string) (n int) {
	for _, r := range s.server.Requests() {
		if r.Action == action && r.Key == key && r.Status == 200 {
			n++
		}
	}
	return n
}
