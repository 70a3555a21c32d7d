package story

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"inboxfs/queue/ossdev"
)

// TestCheckBesideADaemon looks at a spool that is in use, and does not get in the way.
func TestCheckBesideADaemon(t *testing.T) {
	t.Parallel()
	s := begin(t, "INBOXFS_START=false")
	s.sh("echo x > $MNT/inbox/a; echo flush > $MNT/control; until grep -q 'state ready' $MNT/status/a && " +
		"grep -q OnFileAdded $MNT/events; do :; done")
	before := s.sh("stat -c '%n %Y %s' spool/*")
	e := s.check(s.mnt)
	e.has("queue", "ok", fmt.Sprintf("inboxfs is running on this spool (process %d, mounted at %s)",
		s.daemon.Process.Pid, s.mnt))
	e.has("mountpoint", "ok", "an inboxfs is mounted there")
	if after := s.sh("stat -c '%n %Y %s' spool/*"); after != before {
		t.Errorf("the spool was\n%s\nand is\n%s", before, after)
	}
	s.sh("echo start > $MNT/control; echo wait a > $MNT/control")
	if _, _, ok := s.server.Object(bucket, "a"); !ok {
		t.Error("it did not arrive")
	}
	s.kill()
	e = s.check(s.mnt)
	e.has("queue", "ok", "the journal can be read; inboxfs is not running")
	e.has("mountpoint", "ok", "a dead inboxfs left its mount there")
	s.mount()
}

func TestCheckTheMachine(t *testing.T) {
	t.Parallel()
	s := prepareAt(t, ossdev.Options{})
	s.sh("mkdir spool; echo this is not a journal > spool/journal.db")
	s.check().has("queue", "warn", "the journal is damaged", "-> just mount")
	if got := s.sh("cat spool/journal.db"); got != "this is not a journal" {
		t.Errorf("the journal is now %q", got)
	}
	s.sh("mkdir -p other/mnt full; touch full/file file")
	s.check("--spool", s.dir+"/file/spool").has("spool", "fail", "-> set spool to a folder")
	s.check("--spool", s.dir+"/other", "other/mnt").has("mountpoint", "fail", "inside the spool",
		"-> choose an empty folder")
	s.check("--spool", s.dir+"/other/mnt", "other").has("mountpoint", "fail", "inside the mount point")
	s.check("full").has("mountpoint", "fail", "it is not empty")
	s.check("none").has("mountpoint", "ok", "it will be made")
	if _, err := s.try("test ! -e none"); err != nil {
		t.Error("it made the mount point")
	}
	s.check("--inbox-reserve", "1EiB").has("spool", "warn", "less than inbox.reserve", "-> make room")
	out := s.fails("ulimit -n 100; " + program + " check")
	if !strings.Contains(out, "fail  files        a process may have 100 files open here") ||
		!strings.Contains(out, "-> raise the limit: ulimit -n") {
		t.Errorf("with 100 descriptors it says\n%s", out)
	}
}

// TestCheckTheDisk needs disks of its own: one that is full, and one that cannot be written.
func TestCheckTheDisk(t *testing.T) {
	t.Parallel()
	s := prepareAt(t, ossdev.Options{})
	if os.Geteuid() != 0 {
		s.sh("mkdir -m 500 closed")
		s.check("--spool", s.dir+"/closed").has("spool", "fail", "cannot be written", "-> make it writable")
		s.check("--spool", s.dir+"/closed/spool").has("spool", "fail", "cannot be written")
		s.check("--spool", "/").has("spool", "fail", "belongs to another user", "-> run inboxfs")
		t.Skip("THE REST OF THIS STORY IS NOT TOLD: only root can mount small disks")
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=4m", "none",
		s.dirOf("small")).CombinedOutput(); err != nil {
		t.Skipf("THIS STORY IS NOT TOLD: a small disk cannot be mounted: %v: %s", err, out)
	}
	t.Cleanup(func() { s.sh("umount small") })
	e := s.check("--spool", s.dir+"/small")
	e.has("spool", "fail", "is full", "-> make room there")
	s.sh("mount -o remount,size=400m small")
	s.check("--spool", s.dir+"/small").has("spool", "warn", "a disk in memory", "is lost when the machine restarts")
	s.sh("mount -o remount,ro small")
	s.check("--spool", s.dir+"/small").has("spool", "fail", "read-only", "-> make it writable")
}

func (s *story) dirOf(name string) string {
	s.t.Helper()
	dir := filepath.Join(s.dir, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		s.t.Fatal(err)
	}
	return dir
}

// TestCheckInAScript reads what a script reads: JSON lines that say the same, and the exit code.
func TestCheckInAScript(t *testing.T) {
	t.Parallel()
	s := prepareAt(t, ossdev.Options{}, "INBOXFS_OSS_BUCKET=nobodys-bucket")
	words := s.check()
	out, err := s.try(program + " check --json 2> said; echo $? >> said")
	if err != nil {
		t.Fatal(err)
	}
	if said := s.sh("cat said"); !strings.HasSuffix(said, "\n1") || !strings.HasPrefix(said, "inboxfs: 1 of ") {
		t.Errorf("on standard error and as exit code: %s", said)
	}
	seen := 0
	for line := range strings.Lines(out) {
		var f struct{ Level, Check, Says, Do, Effective string }
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		seen++
		if text := words.by[f.Check]; len(text) == 0 || !strings.HasPrefix(text[0], f.Level+" ") || f.Do != "" &&
			text[1] != "-> "+f.Do {
			t.Errorf("%s\nis in words %q", line, text)
		}
		if (f.Check == "config") != strings.Contains(f.Effective, "bucket = \"nobodys-bucket\"") {
			t.Errorf("the configuration in effect is not where it belongs: %s", line)
		}
	}
	if seen < 10 || seen != len(words.by) {
		t.Errorf("%d lines for %d checks", seen, len(words.by))
	}
	wrong := s.check("--upload-files", "0", "--oss-region", "oss-cn-hangzhou")
	if wrong.code != 2 || !strings.Contains(wrong.all, "upload.files") ||
		!strings.Contains(wrong.all, "the region is cn-hangzhou") || len(wrong.by) != 0 {
		t.Errorf("with a wrong configuration it ends with %d: %s", wrong.code, wrong.all)
	}
	if n := len(s.server.Requests()); n == 0 {
		t.Error("nothing was asked")
	}
}

// TestHint has status tell what happened and, beside it, what to do.
func TestHint(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.server.AddFault(ossdev.Fault{Action: "PutObject", Key: "a", Code: "AccessDenied"})
	s.server.AddFault(ossdev.Fault{Action: "PutObject", Key: "b", Code: "AccessDenied",
		Message: "The bucket you are attempting to access must be addressed using the specified endpoint."})
	s.sh("echo x > $MNT/inbox/a; echo x > $MNT/inbox/b; ! echo wait > $MNT/control")
	for name, hint := range map[string]string{"a": "grant oss:PutObject", "b": "the bucket is in another region"} {
		status := s.sh("cat $MNT/status/" + name)
		if !strings.Contains(status, "\nerror AccessDenied\n") || !strings.Contains(status, "\nhint "+hint) ||
			strings.Count(status, hint) != 1 {
			t.Errorf("status/%s:\n%s", name, status)
		}
	}
	if json := s.sh("cat $MNT/list.json"); !strings.Contains(json, `"hint":"grant oss:PutObject`) {
		t.Errorf("list.json: %s", json)
	}
}

// TestCheckHides has secrets wherever people write them, and checks that fail on them: neither what a script reads nor
// what people read has any.
func TestCheckHides(t *testing.T) {
	t.Parallel()
	s := prepareAt(t, ossdev.Options{})
	word := secretive("hush")
	for name, env := range map[string][]string{
		"commands": {`INBOXFS_HOOKS_COMMAND=["curl", "-H", "key: WORD", "https://127.0.0.1:1/WORD"]`,
			"INBOXFS_VOD_AUTH_PROCESS=auth --key WORD",
			"INBOXFS_CREDENTIAL_PROCESS=echo WORD; false"},
		"addresses": {"INBOXFS_HOOKS_URL=http://127.0.0.1:1/?token=WORD",
			"INBOXFS_CREDENTIAL_STS_ENDPOINT=127.0.0.1:1?token=WORD"},
		"proxy": {"HTTP_PROXY=http://name:WORD@127.0.0.1:1",
			"INBOXFS_OSS_ENDPOINT=http://oss-cn-hangzhou.aliyuncs.com"},
		"endpoint":     {"INBOXFS_OSS_ENDPOINT=" + s.server.URL + "/?token=WORD"},
		"user":         {"INBOXFS_OSS_ENDPOINT=http://name:WORD@127.0.0.1:1"},
		"VOD endpoint": {"INBOXFS_CREDENTIAL_MODE=vod", "INBOXFS_VOD_ENDPOINT=http://127.0.0.1:1/?token=WORD"},
		"token": {"INBOXFS_CREDENTIAL_MODE=sts", "ALIBABA_CLOUD_ACCESS_KEY_ID=STS.WORD",
			"ALIBABA_CLOUD_SECURITY_TOKEN=WORD"},
	} {
		var set []string
		for _, variable := range env {
			set = append(set, "'"+strings.ReplaceAll(variable, "WORD", word)+"'")
		}
		for _, form := range []string{"--json", ""} {
			said, err := s.try("env " + strings.Join(set, " ") + " " + program + " check --timeout 2s " + form +
				" 2>&1; true")
			if err != nil || !strings.Contains(said, "endpoint") {
				t.Fatalf("%s %s: %v\n%s", name, form, err, said)
			}
			if strings.Contains(said, word) || strings.Contains(said, word[:len(word)-4]) {
				t.Errorf("%s %s shows it:\n%s", name, form, said)
			}
		}
	}
}
