package story

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"inboxfs/queue/ossdev"
)

func TestEndpointThatFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]ossdev.Fault{
		"503":        {Action: "UploadPart", Part: 2, Count: 3, Code: "ServiceUnavailable", Status: 503},
		"reset":      {Action: "UploadPart", Part: 2, Count: 1, Reset: true},
		"reset late": {Action: "UploadPart", Part: 2, Count: 1, ResetAfter: true},
		"wrong crc":  {Action: "UploadPart", Part: 2, Count: 1, WrongCRC: true},
		"cut":        {Action: "UploadPart", Part: 2, Count: 1, CutBody: 1000},
		"lost end":   {Action: "CompleteMultipartUpload", Count: 1, ResetAfter: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, "INBOXFS_UPLOAD_PART_SIZE=1MiB")
			hit := s.server.AddFault(fault)
			s.sh("head -c 3M /dev/urandom > a.mov; cp a.mov $MNT/inbox/; echo wait a.mov > $MNT/control")
			s.arrived("a.mov", filepath.Join(s.dir, "a.mov"))
			if hit.Hits() != fault.Count {
				t.Errorf("the fault struck %d times", hit.Hits())
			}
			if retry, resume := s.count("OnUploadRetry"), s.count("OnUploadRetryResume"); retry != 1 || resume != 1 {
				t.Errorf("%d OnUploadRetry and %d OnUploadRetryResume for one outage", retry, resume)
			}
			if n := s.count("OnUploadSucceed"); n != 1 {
				t.Errorf("%d OnUploadSucceed", n)
			}
			if n := len(s.server.Uploads()); n != 0 {
				t.Errorf("%d multipart uploads are left", n)
			}
			s.seen()
		})
	}
}

func TestAccessDeniedFailsOneFile(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_UPLOAD_FILES=1")
	s.server.AddFault(ossdev.Fault{Key: "secret.mov", Code: "AccessDenied"})
	s.sh("echo x > $MNT/inbox/secret.mov; echo y > $MNT/inbox/next.mov")
	if out := s.fails("echo wait secret.mov > $MNT/control"); !strings.Contains(out, "Input/output error") {
		t.Errorf("wait says %s", out)
	}
	s.sh("echo wait next.mov > $MNT/control")
	if n := s.count("OnUploadRetry"); n != 0 {
		t.Errorf("it was tried again %d times", n)
	}
	failed := ""
	for line := range strings.Lines(s.events()) {
		if strings.Contains(line, "OnUploadFailed") {
			failed = line
		}
	}
	f := fields(failed)
	if f["file"] != "secret.mov" || f["code"] != "AccessDenied" || f["resumable"] != "false" || f["request_id"] == "" {
		t.Errorf("the event is %s", failed)
	}
	if got := s.sh("cat $MNT/inbox/secret.mov"); got != "x" {
		t.Errorf("the data of the failed file is %q", got)
	}
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	s := begin(t)
	said := func() string { return s.sh("head -1 $MNT/control") }
	for _, c := range []struct{ script, out, said string }{
		{"echo frobnicate > $MNT/control", "Invalid argument", `unknown verb "frobnicate"`},
		{"echo delete no/such.mp4 > $MNT/control", "No such file", `"no/such.mp4" is not in the list`},
		{"(head -c 70000 /dev/zero | tr '\\0' x; echo) > line; cp line $MNT/control", "Argument list too long",
			"65536"},
		{"echo limit fast > $MNT/control", "Invalid argument", "20MiB/s"},
		{"echo cancel > $MNT/control", "Invalid argument", "cancelFile NAME"},
		{"echo resume > $MNT/control", "", ""}, // running already: fine
		{"echo token only-an-id > $MNT/control", "Invalid argument", "resumeUploadWithToken"},
		{"touch $MNT/inbox/'\\back'", "Invalid argument", `\`},
		{"touch \"$MNT/inbox/$(printf '\\xff')\"", "Invalid argument", "UTF-8"},
		{"echo x > $MNT/list", "Permission denied", ""},
		{"rm $MNT/list", "Operation not permitted", ""},
		{"mv $MNT/list $MNT/liste", "Operation not permitted", ""},
		{"mkdir $MNT/folder", "Operation not permitted", ""},
		{"rm -r $MNT/status", "", ""},
	} {
		out, err := s.try(c.script)
		if (err == nil) != (c.out == "") && c.script != "rm -r $MNT/status" || !strings.Contains(out, c.out) {
			t.Errorf("%s\nends with %v and says %q", c.script, err, out)
		}
		if got := said(); c.said != "" && (!strings.HasPrefix(got, "error: ") || !strings.Contains(got, c.said)) {
			t.Errorf("%s\ncontrol says %q", c.script, got)
		}
	}
	s.until("the refusals are logged", func() bool { return s.count("OnControlError") >= 7 })
	if out, err := s.try("exec 3<$MNT/control; echo start >&3"); err == nil ||
		!strings.Contains(out, "Bad file descriptor") {
		t.Errorf("writing to control opened for reading: %v: %s", err, out)
	}
	s.sh("printf pause > $MNT/control") // half a line: without its newline
	if got := s.sh("head -1 $MNT/queue"); got != "state paused" {
		t.Errorf("the queue says %q", got)
	}
	for _, line := range []string{"resume", "pause"} {
		s.sh(fmt.Sprintf("echo %s | tee $MNT/control >/dev/null; printf '# a comment\\n\\n' >> $MNT/control", line))
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.sh("printf '[upload]\\npartsize = \"8MiB\"\\n' > bad.toml")
	out := s.fails(program + " mount --config bad.toml other; test $? = 2 && echo usage && exit 1")
	for _, want := range []string{"partsize", "bad.toml:2:1", "part_size", "usage"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in: %s", want, out)
		}
	}
	if out := s.fails(program + " mount other"); !strings.Contains(out, "another inboxfs") {
		t.Errorf("a second daemon on the spool says: %s", out)
	}
}
