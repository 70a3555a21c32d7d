package story

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// powercut is a disk that is recorded while inboxfs has its spool on it, and loses its power again and again later.
type powercut struct {
	dir     string
	program string
	witness *witness
	tape    *tape
	first   map[string]string // objects that arrived while it was recorded
}

// needLoop is what a test of power cuts needs.
func needLoop(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("THIS STORY IS NOT TOLD: the power is cut of a loop device, which only root can mount")
	}
	needFUSE(t)
	needPrograms(t, "mkfs.ext4 python3 rsync")
	if out, err := exec.Command("losetup", "-f").CombinedOutput(); err != nil {
		t.Skipf("THIS STORY IS NOT TOLD: there is no loop device: %v: %s", err, out)
	}
}

// newPowercut makes a disk with an empty ext4, and begins to record it.
func newPowercut(t *testing.T) *powercut {
	t.Helper()
	needLoop(t)
	p := &powercut{dir: t.TempDir()}
	var err error
	if p.program, err = powercutProgram(); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("sh", "-c", `mkdir disk && truncate -s 96M image &&
		mkfs.ext4 -q -F -b 4096 -E lazy_itable_init=0,lazy_journal_init=0 image && cp --sparse=always image base`)
	c.Dir = p.dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	startRecorder(t, p.dir)
	return p
}

// mountDisk mounts an image through a loop device without a cache of its own, and returns what unmounts it. The device
// goes with its mount.
func (p *powercut) mountDisk(t *testing.T, image, options string) (unmount func()) {
	t.Helper()
	disk := filepath.Join(p.dir, "disk")
	c := exec.Command("sh", "-c", `L=$(losetup --direct-io=on --show -f "$0") || exit
		mount -o "$2" $L "$1"; S=$?; losetup -d $L; exit $S`, image, disk, options)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("mounting %s: %v: %s", image, err, out)
	}
	done := false
	unmount = func() {
		if done {
			return
		}
		done = true
		if out, err := exec.Command("umount", disk).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
			if out, err := exec.Command("umount", "-l", disk).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		}
	}
	t.Cleanup(unmount)
	return unmount
}

// begin mounts inboxfs with its spool on the disk.
func (p *powercut) begin(t *testing.T, env ...string) *story {
	t.Helper()
	disk := filepath.Join(p.dir, "disk")
	s := begin(t, append([]string{"PROGRAM=" + p.program, "POWERCUT_BOOT=" + filepath.Join(p.dir, "boot"), "DISK=" +
		disk,
		"TAPE=" + filepath.Join(p.dir, "tape"), "SRC=" + filepath.Join(p.dir, "src"), "INBOXFS_SPOOL=" +
			filepath.Join(disk, "spool"),
		"INBOXFS_INBOX_RESERVE=1MiB", "INBOXFS_UPLOAD_PART_SIZE=100KiB", "INBOXFS_EVENTS_MAX_SIZE=64KiB"}, env...)...)
	s.sh("ln -s $DISK/spool spool") // where the rig looks
	return s
}

// record has something happen on the disk, which is mounted with these options, and remembers what was promised
// meanwhile.
func (p *powercut) record(t *testing.T, options string, happens func(*witness), env ...string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "boot"), []byte("recorded"), 0o600); err != nil {
		t.Fatal(err)
	}
	unmount := p.mountDisk(t, filepath.Join(p.dir, "raw", "image"), options)
	s := p.begin(t, append([]string{"INBOXFS_START=false"}, env...)...)
	p.witness = watch(s, p.dir)
	happens(p.witness)
	p.first = p.objects(t, s)
	p.witness.stop()
	s.stop()
	unmount()
	var err error
	if err := os.WriteFile(filepath.Join(p.dir, "boot"), []byte("after the cut"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p.tape, err = readTape(p.dir, filepath.Join(p.dir, "base")); err != nil {
		t.Fatal(err)
	}
}

// objects copies what the endpoint has by now, and says where.
func (p *powercut) objects(t *testing.T, s *story) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for key := range p.witness.versions {
		if file, _, ok := s.server.Object(bucket, key); ok {
			to := filepath.Join(p.dir, "objects", key)
			s.sh("mkdir -p " + filepath.Dir(to) + " && cp " + file + " " + to)
			all[key] = to
		}
	}
	return all
}
