package story

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// copiers bring big.mov into the inbox, as file. On a full disk what is left of it there, if anything, is short.
var copiers = []struct {
	program, script, file string
	clean                 bool   // it removes what it could not finish
	after                 string // must succeed then
}{
	{program: "cp", script: "cp big.mov $MNT/inbox/", file: "big.mov"},
	{program: "cp", script: "cp -r d $MNT/inbox/", file: "d/big.mov"},
	{program: "mv", script: "cp big.mov moving.mov && mv moving.mov $MNT/inbox/", file: "moving.mov",
		after: "cmp big.mov moving.mov"},
	{program: "dd", script: "dd if=big.mov of=$MNT/inbox/big.mov bs=64k", file: "big.mov"},
	{program: "tar", script: "tar cf big.tar big.mov && tar xf big.tar -C $MNT/inbox", file: "big.mov"},
	{program: "rsync", script: "rsync big.mov $MNT/inbox/", file: "big.mov", clean: true},
	{program: "rsync", script: "rsync --inplace big.mov $MNT/inbox/", file: "big.mov"},
	{program: "gio", script: "gio copy big.mov $MNT/inbox/", file: "big.mov"},
	{program: "python3",
		script: "python3 -c 'import os, shutil; shutil.copy(\"big.mov\", os.environ[\"MNT\"] + \"/inbox/\")'",
		file:   "big.mov"},
	{program: "curl", script: "curl -sS -o $MNT/inbox/big.mov $URL/big.mov", file: "big.mov"},
	{program: "wget", script: "wget -q -O $MNT/inbox/big.mov $URL/big.mov", file: "big.mov"},
	{program: "cat", script: "cat big.mov > $MNT/inbox/big.mov", file: "big.mov"},
}

// TestFullDisk has each program meet a disk that is too small, one after the other: each needs the space that the one
// before it got back.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	for _, passthrough := range []string{"false", "true"} {
		t.Run("passthrough "+passthrough, func(t *testing.T) {
			t.Parallel()
			s := smallDisk(t, "INBOXFS_INBOX_PASSTHROUGH="+passthrough, "INBOXFS_INBOX_RESERVE=3MiB")
			s.sh("head -c 12M /dev/urandom > big.mov; mkdir d; cp big.mov d/; head -c 1M /dev/urandom > small.mov")
			web := httptest.NewServer(http.FileServer(http.Dir(s.dir)))
			t.Cleanup(web.Close)
			s.env = append(s.env, "URL="+web.URL)
			for _, c := range copiers {
				if lookPath(c.program) == "" && debian[c.program] != "" && os.Getenv(strict) == "" {
					t.Logf("THIS COPIER IS NOT TRIED: %s is missing; install %s", c.program, debian[c.program])
					continue
				}
				s.fill(6 << 10)
				out, err := s.try(c.script)
				var exit *exec.ExitError
				if !errors.As(err, &exit) {
					t.Errorf("%s\nends with %v: %s", c.script, err, out)
				}
				if c.after != "" {
					s.sh(c.after)
				}
				if c.clean {
					s.until("nothing is left by "+c.program,
						func() bool { return s.sh("ls -A $MNT/inbox | grep -v ^d$ || true") == "" })
				} else {
					s.until(c.script+": what is short is held", func() bool { return s.state(c.file) == "held" })
					if why := s.sh("grep ^message $MNT/status/" + c.file); !strings.Contains(why, "space") {
						t.Errorf("after %s the status says: %s", c.script, why)
					}
					s.sh("echo flush > $MNT/control; echo wait > $MNT/control; echo delete " + c.file +
						" > $MNT/control")
				}
				// What is dropped now arrives, though the disk is as small as before.
				s.sh("cp small.mov $MNT/inbox/ && echo wait small.mov > $MNT/control")
				s.arrived("small.mov", filepath.Join(s.dir, "small.mov"))
				s.empty()
			}
			for _, e := range s.seen() {
				if strings.HasPrefix(e, "OnFileAdded") && e != "OnFileAdded:small.mov" {
					t.Errorf("what was short went on: %s", e)
				}
			}
			s.sh("cp big.mov $MNT/inbox/ && echo wait big.mov > $MNT/control")
			s.arrived("big.mov", filepath.Join(s.dir, "big.mov"))
		})
	}
}

// TestFullDiskGoesOn fills the disk with drops: their uploads make room for those to come.
func TestFullDiskGoesOn(t *testing.T) {
	t.Parallel()
	for _, passthrough := range []string{"false", "true"} {
		t.Run("passthrough "+passthrough, func(t *testing.T) {
			t.Parallel()
			s := smallDisk(t, "INBOXFS_INBOX_PASSTHROUGH="+passthrough, "INBOXFS_INBOX_RESERVE=2MiB")
			s.sh("echo pause > $MNT/control; head -c 12M /dev/urandom > big.mov; mkdir tree; for i in 1 2 3; " +
				"do head -c 4M /dev/urandom > tree/$i.mov; done")
			s.fill(16 << 10)
			s.sh("cp -r tree $MNT/inbox/ && until test $(grep -c ready $MNT/list) = 3; do sleep 0.02; done")
			if out := s.fails("cp big.mov $MNT/inbox/"); !strings.Contains(out, "No space left on device") {
				t.Errorf("cp says %s", out)
			}
			s.until("what is short is held", func() bool { return s.state("big.mov") == "held" })
			s.sh("echo resume > $MNT/control; echo wait > $MNT/control || true; " +
				"until test $(grep -c success $MNT/list) = 3; do sleep 0.02; done")
			for _, name := range []string{"1.mov", "2.mov", "3.mov"} {
				s.arrived("tree/"+name, filepath.Join(s.dir, "tree", name))
			}
			if s.state("big.mov") != "held" {
				t.Errorf("what is short became %s", s.state("big.mov"))
			}
			s.sh("until test $(($(stat -f -c '%a*%S' $MNT))) -gt 8000000; do sleep 0.02; done; " +
				"cp big.mov $MNT/inbox/ && echo wait big.mov > $MNT/control")
			s.arrived("big.mov", filepath.Join(s.dir, "big.mov"))
			if s.count("OnUploadSucceed") != 4 {
				t.Errorf("%d uploads for 4 files", s.count("OnUploadSucceed"))
			}
			s.seen()
		})
	}
}

// TestNothingFree takes the last block of the disk. What was dropped before must still go, and make room.
func TestNothingFree(t *testing.T) {
	t.Parallel()
	s := smallDisk(t)
	s.sh("echo pause > $MNT/control; mkdir tree; for i in 1 2 3 4; do head -c 1M /dev/urandom > tree/$i.mov; done; " +
		"cp tree/* $MNT/inbox/; until test $(grep -c ready $MNT/list) = 4; do sleep 0.02; done")
	s.fill(0)
	if free := s.sh("df --output=avail $MNT $DISK | tail -n +2 | tr -d ' '"); free != "0\n0" {
		t.Errorf("free in the mount and on the disk: %s", free)
	}
	// Each of these is a row of the journal, which has grown for none.
	s.try("for i in $(seq 1000); do touch $MNT/inbox/empty$i || break; done")
	s.sh("echo cancel 4.mov > $MNT/control")
	s.kill()
	s.mount()
	s.sh("echo start > $MNT/control; until test $(grep -c 'success.*mov' $MNT/list) = 3; do sleep 0.02; done")
	s.sh("echo delete 4.mov > $MNT/control; echo wait > $MNT/control")
	for _, name := range []string{"1.mov", "2.mov", "3.mov"} {
		s.arrived(name, filepath.Join(s.dir, "tree", name))
	}
	s.sh("cp tree/4.mov $MNT/inbox/ && echo wait 4.mov > $MNT/control")
	s.arrived("4.mov", filepath.Join(s.dir, "tree/4.mov"))
	if strings.Contains(s.log.String(), "the journal cannot be written") {
		t.Error("the journal had no room of its own")
	}
	// Of the events nothing is lost: those that found no room came when there was some.
	s.stop()
	s.mount()
	files, told := s.sh("grep -vc '^#' $MNT/list"), s.count("OnUploadSucceed")
	if objects := s.sh("find objects/" + bucket + " -type f | grep -v /[.] | wc -l"); objects != files {
		t.Errorf("%s objects of %s files", objects, files)
	}
	if s.sh("printf %d "+files) != s.sh("grep -c success $MNT/list") || told < 4 || s.count("OnUploadCanceled") != 1 ||
		s.count("OnFileDeleted") != 1 {
		t.Errorf("%s files, %d OnUploadSucceed, %d OnUploadCanceled, %d OnFileDeleted", files, told,
			s.count("OnUploadCanceled"), s.count("OnFileDeleted"))
	}
	s.seen()
}

// TestSpaceBackBeforeClose has a program meet the full disk in a write that goes past us, and close its file only when
// there is space again.
func TestSpaceBackBeforeClose(t *testing.T) {
	t.Parallel()
	s := smallDisk(t, "INBOXFS_INBOX_RESERVE=2MiB")
	s.fill(6 << 10)
	s.sh(`cat > hold.py <<'END'
import errno, os, time
mnt, disk = os.environ["MNT"], os.environ["DISK"]
fd = os.open(mnt + "/inbox/a.mov", os.O_CREAT | os.O_WRONLY)
try:
    while True:
        os.write(fd, b"x" * 65536)
except OSError as e:
    assert e.errno == errno.ENOSPC, e
time.sleep(0.5)
os.remove(disk + "/ballast")
time.sleep(0.5)
os.close(fd)
END
python3 hold.py`)
	s.until("it is held", func() bool { return s.state("a.mov") == "held" })
	if s.count("OnFileAdded") != 0 {
		t.Error("it went on")
	}
}
