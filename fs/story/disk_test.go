package story

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// smallDisk mounts inboxfs over a spool on a filesystem of its own, $DISK, of 48 MiB.
func smallDisk(t *testing.T, env ...string) *story {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("THIS STORY IS NOT TOLD: a small disk is a loop device, which only root can mount")
	}
	needFUSE(t)
	needPrograms(t, "mkfs.ext4")
	dir := t.TempDir()
	disk := filepath.Join(dir, "disk")
	c := exec.Command("sh", "-c",
		"mkdir disk && truncate -s 48M image && mkfs.ext4 -q -F -m 0 image && "+
			"mount -o loop,errors=remount-ro image disk")
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Skipf("THIS STORY IS NOT TOLD: no loop device can be mounted here: %v\n%s", err, out)
	}
	t.Cleanup(func() { // with its last mount the device goes, too
		if out, err := exec.Command("umount", disk).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
			if out, err := exec.Command("umount", "-l", disk).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		}
	})
	s := begin(t, append([]string{"INBOXFS_SPOOL=" + filepath.Join(disk, "spool"), "DISK=" + disk}, env...)...)
	s.sh("ln -s $DISK/spool spool") // where the rig looks
	return s
}

// fill leaves that many KiB of the disk free; with 0 not a block.
func (s *story) fill(kib int) {
	s.t.Helper()
	if kib == 0 {
		s.sh("sync -f $DISK; for bs in 64k 4k 1k; do ! dd if=/dev/zero bs=$bs of=$DISK/ballast$bs 2>/dev/null || " +
			"exit 1; done; sync -f $DISK")
		return
	}
	s.sh(fmt.Sprintf("sync -f $DISK; fallocate -l $(($(stat -f -c '%%a*%%S/1024' $DISK) - %d))K $DISK/ballast", kib))
}

// empty takes back what fill did.
func (s *story) empty() {
	s.t.Helper()
	s.sh("rm -f $DISK/ballast*; sync -f $DISK")
}

// state is what status says of a file, or "" where it says nothing.
func (s *story) state(name string) string {
	s.t.Helper()
	return s.sh("sed -n 's/^state //p' $MNT/status/" + name + " 2>/dev/null || true")
}

// mendDisk has it checked and mounted again. Nothing may be open there.
func (s *story) mendDisk() {
	s.t.Helper()
	s.sh("umount $DISK; e2fsck -p $DISK/../image > fsck.txt || test $? = 1; " +
		"mount -o loop,errors=remount-ro $DISK/../image $DISK")
}
