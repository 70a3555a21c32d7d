package story

import (
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// lose takes from the disk what was not synced yet, as a cable does that is pulled, and plugs it in again. Nothing may
// run there.
func (s *story) lose() {
	s.t.Helper()
	s.sh("umount -l $MNT || true")
	f, err := os.Open(filepath.Join(s.dir, "spool"))
	if err != nil {
		s.t.Fatal(err)
	}
	const shutdown = 0x8004587d // EXT4_IOC_SHUTDOWN
	how := uint32(2)            // without a last write of its journal
	_, _, no := unix.Syscall(unix.SYS_IOCTL, f.Fd(), shutdown, uintptr(unsafe.Pointer(&how)))
	if err := f.Close(); no != 0 || err != nil {
		s.t.Skipf("THIS STORY IS NOT TOLD: this kernel cannot shut a file system down: %v, %v", no, err)
	}
	s.sh("for i in $(seq 500); do umount $DISK 2> why && break; sleep 0.02; done; ! mountpoint -q $DISK || " +
		"{ cat why; exit 1; }")
	s.sh("mount -o loop,errors=remount-ro $DISK/../image $DISK")
}

// TestReplugged loses what was not synced on a disk while the machine stays up: the boot is the same, and so are the
// kernel's promises to a daemon that was only killed, but of what was received nothing is sure.
func TestReplugged(t *testing.T) {
	t.Parallel()
	s := smallDisk(t, "INBOXFS_INBOX_SETTLE=1m")
	s.sh("for i in $(seq 10); do head -c 100K /dev/urandom > f$i; done; cp f? f10 $MNT/inbox/")
	// which leaves its size and times
	s.sh("truncate -s 100K $MNT/inbox/sized && dd if=f1 of=$MNT/inbox/sized conv=notrunc status=none")
	s.sh("cp f1 $MNT/inbox/synced && sync $DISK/spool/inbox/synced")
	s.sh("cp f1 $MNT/inbox/ready && echo flush ready > $MNT/control && echo wait ready > $MNT/control")
	// long after the others the journal has their rows
	s.sh("sleep 3; touch $MNT/inbox/last; echo cancel last > $MNT/control")
	s.sh("touch $DISK/other; sync $DISK/other") // and the disk has the time of the journal
	s.kill()
	s.lose()
	for i, v := range s.env {
		if v == "INBOXFS_INBOX_SETTLE=1m" {
			s.env[i] = "INBOXFS_INBOX_SETTLE=100ms"
		}
	}
	s.mount()
	s.sh("echo wait > $MNT/control || true")
	for _, name := range []string{"f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "sized"} {
		if state := s.state(name); state != "held" {
			t.Errorf("%s is %s: %s", name, state, s.field(name, "message"))
		}
		if _, _, ok := s.server.Object(bucket, name); ok {
			t.Errorf("%s became an object, of %s bytes", name, s.field(name, "size"))
		}
	}
	s.arrived("ready", filepath.Join(s.dir, "f1"))
}
