package story

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDiskTurnsReadOnly has the spool's filesystem become read-only while files wait, are sent and are written.
func TestDiskTurnsReadOnly(t *testing.T) {
	t.Parallel()
	for _, passthrough := range []string{"false", "true"} {
		t.Run("passthrough "+passthrough, func(t *testing.T) {
			t.Parallel()
			s := smallDisk(t, "INBOXFS_INBOX_PASSTHROUGH="+passthrough, "INBOXFS_INBOX_RESERVE=1MiB",
				"INBOXFS_UPLOAD_PART_SIZE=1MiB",
				"INBOXFS_UPLOAD_LIMIT=2MiB/s", "INBOXFS_UPLOAD_FILES=1")
			s.sh("head -c 4M /dev/urandom > sent.mov; head -c 1M /dev/urandom > waits.mov; " +
				"cp sent.mov waits.mov $MNT/inbox/; " +
				"until grep -q 'ready.*waits.mov' $MNT/list && grep -q 'uploading.*sent.mov' $MNT/list; " +
				"do sleep 0.02; done")
			// A program that goes on writing: what comes after the error must not count.
			s.sh(`cat > half.py <<'END'
import errno, os, sys
fd = os.open(os.environ["MNT"] + "/inbox/half.mov", os.O_CREAT | os.O_WRONLY)
os.write(fd, b"x" * 100000)
print("half", flush=True)
sys.stdin.readline()
try:
    os.write(fd, b"x" * 100000)
    print("written")
except OSError as e:
    print(errno.errorcode[e.errno])
END
mkfifo go; (python3 half.py < go > half.txt 2>&1; echo done >> half.txt) & exec 3> go; until grep -q half half.txt; do sleep 0.02; done; sync -f $DISK
echo broken > /sys/fs/ext4/$(basename $(findmnt -no SOURCE $DISK))/trigger_fs_error; echo >&3; until grep -q done half.txt; do sleep 0.02; done`)
			if said := s.sh("cat half.txt"); said != "half\nEROFS\ndone" && said != "half\nENOTCONN\ndone" &&
				said != "half\nECONNABORTED\ndone" {
				t.Errorf("who writes is told %q", said)
			}
			s.endsBy("start inboxfs again")
			if out := s.fails(program + " mount $MNT"); !strings.Contains(out, "read-only file system") {
				t.Errorf("on the broken disk a start says %s", out)
			}
			s.mendDisk()
			s.mount()
			s.sh("echo limit off > $MNT/control; echo wait waits.mov > $MNT/control; echo wait sent.mov > $MNT/control")
			s.arrived("sent.mov", filepath.Join(s.dir, "sent.mov"))
			s.arrived("waits.mov", filepath.Join(s.dir, "waits.mov"))
			if s.state("half.mov") != "held" {
				t.Errorf("what was being written is %q", s.state("half.mov"))
			}
			s.seen()
		})
	}
}

// TestStartOnAFullDisk begins with a spool on a disk without a free block, and with none.
func TestStartOnAFullDisk(t *testing.T) {
	t.Parallel()
	s := smallDisk(t)
	s.sh("head -c 1M /dev/urandom > a.mov; echo stop > $MNT/control; cp a.mov $MNT/inbox/; " +
		"until grep -q ready $MNT/list; do sleep 0.02; done")
	s.stop()
	s.fill(0)
	s.mount()
	s.sh("echo wait a.mov > $MNT/control")
	s.arrived("a.mov", filepath.Join(s.dir, "a.mov"))
	s.stop()
	s.fill(0)
	// A spool that is yet to be made finds no room. That is said, and the next start, with room, has what it needs.
	s.env = append(s.env, "INBOXFS_SPOOL="+s.sh("echo $DISK/new"))
	out := s.fails(program + " mount $MNT")
	if !strings.Contains(out, "no space left on device") {
		t.Errorf("without room for a spool the start says %s", out)
	}
	s.empty()
	s.sh("rm spool; ln -s $DISK/new spool")
	s.mount()
	s.sh("cp a.mov $MNT/inbox/b.mov; echo wait b.mov > $MNT/control")
	s.arrived("b.mov", filepath.Join(s.dir, "a.mov"))
	if mode, err := os.Stat(filepath.Join(s.dir, "spool")); err != nil || mode.Mode().Perm() != 0o700 {
		t.Errorf("the spool has mode %v (%v)", mode.Mode(), err)
	}
}
