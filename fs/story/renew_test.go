package story

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inboxfs/queue/ossdev"
)

// TestRenewScript uploads a large file with tokens of three seconds, which the script of the manual writes: 256 MiB, or
// 2 GiB with -long. Nothing but the endpoint says that they end, to all parts in flight.
func TestRenewScript(t *testing.T) {
	t.Parallel()
	needPrograms(t, "curl")
	blocks, part, limit := 4, 1, 32 // of 64 MiB each; MiB; MiB/s
	if *long > 0 {
		blocks, part, limit = 32, 8, 100
	}
	is := issues(t, 3*time.Second)
	s := beginAt(t, ossdev.Options{FastETag: true}, append(none, "INBOXFS_CREDENTIAL_MODE=sts",
		"INBOXFS_UPLOAD_PARTS=8", "INBOXFS_UPLOAD_MAX_RETRIES=1",
		fmt.Sprintf("INBOXFS_UPLOAD_PART_SIZE=%dMiB", part), fmt.Sprintf("INBOXFS_UPLOAD_LIMIT=%dMiB/s", limit))...)
	is.of(s)
	is.renew("words")
	s.until("there is a first token", func() bool {
		return strings.HasPrefix(s.sh("head -1 $MNT/control"),
			"ok: resumeUploadWithToken")
	})
	began := time.Now()
	s.sh(
		fmt.Sprintf("head -c 64M /dev/urandom > block; for i in $(seq %d); do cat block; done > a.mov; "+
			"cp a.mov $MNT/inbox/; echo wait > $MNT/control", blocks))
	took := time.Since(began)
	parts := blocks * 64 / part
	s.arrived("a.mov", filepath.Join(s.dir, "a.mov"))
	s.once("a.mov", parts)
	s.unnoticed("a.mov")
	told, refused, sent := s.count("OnUploadTokenExpired"), s.refused(), 0
	for _, r := range s.server.Requests() {
		if r.Action == "UploadPart" {
			sent++
		}
	}
	t.Logf("%d MiB in %v: %d tokens, %d OnUploadTokenExpired, %d parts sent for %d, %d requests met an expiry",
		blocks*64, took.Round(time.Second),
		is.count(), told, sent, parts, refused)
	if told != is.count()-1 || told < 1 {
		t.Errorf("%d OnUploadTokenExpired, %d tokens", told, is.count())
	}
	if most := 8 * told; sent > parts+most || refused < told || refused > most+told { // a request beside the parts
		t.Errorf("%d parts were sent for %d, %d requests were refused at %d ends", sent, parts, refused, told)
	}
	s.hidden()
}

// TestWhileExpired uses the mount while there are no credentials, has the script of the manual write some, and again
// after a restart, which forgets them.
func TestWhileExpired(t *testing.T) {
	t.Parallel()
	needPrograms(t, "curl")
	is := issues(t, time.Hour)
	s := begin(t, append(none, "INBOXFS_CREDENTIAL_MODE=sts")...)
	is.of(s)
	s.sh("echo one > $MNT/inbox/a")
	s.until("the queue is expired", func() bool { return s.count("OnUploadTokenExpired") == 1 })
	if queue := s.sh("cat $MNT/queue"); !strings.Contains(queue, "state expired\n") ||
		!strings.Contains(queue, "\ndo "+program+" control --mount "+s.mnt+" resumeUploadWithToken") {
		t.Errorf("queue:\n%s", queue)
	}
	s.sh(
		`cd $MNT; mkdir inbox/d; echo two > inbox/b; cp inbox/b inbox/c; mv inbox/b inbox/d/b; echo four > inbox/e; rm inbox/e; ls -lR inbox
		echo 'flush' > control; cat inbox/a inbox/d/b list list.json aside events README status/a status/d/b > /dev/null`)
	if out := s.fails("echo start > $MNT/control"); !strings.Contains(out, "not available") {
		t.Errorf("start says %s", out)
	}
	s.fails("echo token STS.x y > $MNT/control")
	s.fails("echo token STS.x y z 2020-01-01T00:00:00Z > $MNT/control")
	if n := s.count("OnUploadTokenExpired"); n != 1 {
		t.Errorf("%d OnUploadTokenExpired", n)
	}
	is.renew("cli")
	s.sh("echo wait > $MNT/control")
	for key, words := range map[string]string{"a": "one", "d/b": "two", "c": "two"} {
		s.sh("echo " + words + " > words")
		s.arrived(key, filepath.Join(s.dir, "words"))
	}
	s.stop()
	s.mount()
	s.sh("echo five > $MNT/inbox/f; cp $MNT/inbox/f f; echo wait > $MNT/control")
	s.until("it is uploaded", func() bool { return s.count("OnUploadSucceed") == 4 })
	s.arrived("f", filepath.Join(s.dir, "f"))
	if n := is.count(); n < 2 || n > 3 {
		t.Errorf("%d tokens", n)
	}
	s.hidden()
}
