package spool

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// bootID is where Linux tells one boot of the machine from the next.
const bootID = "/proc/sys/kernel/random/boot_id"

// thisBoot names the boot that the machine is in; "" where it cannot be told.
func thisBoot() string {
	id, err := os.ReadFile(bootID)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}

// thisMount names the mount of the file system in which dir lies, and the appearance of its disk; "" where neither can
// be told. The kernel makes a folder for each in sysfs, and never gives two of these the same inode number while it
// runs. (A mount's own id will not do: a service in a sandbox gets another one whenever it is started.)
func thisMount(dir string) string {
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return ""
	}
	disk := fmt.Sprintf("/sys/dev/block/%d:%d", unix.Major(st.Dev), unix.Minor(st.Dev))
	name := ""
	for _, folder := range []string{sysfsOf(dir, disk), disk} {
		if err := unix.Stat(folder, &st); err == nil {
			name += fmt.Sprintf("/%d", st.Ino)
		}
	}
	return name
}

// sysfsOf is the folder in sysfs of the file system in which dir lies, if it has one; disk is that of its device.
func sysfsOf(dir, disk string) string {
	f, err := OpenFolder(dir)
	if err != nil {
		return ""
	}
	defer f.Close() // opened to be asked
	var path struct {
		len  uint8
		name [128]byte
	}
	const getSysfsPath = 0x80811501 // FS_IOC_GETFSSYSFSPATH, since Linux 6.10
	if _, _, no := unix.Syscall(unix.SYS_IOCTL, f.Fd(), getSysfsPath, uintptr(unsafe.Pointer(&path))); no == 0 {
		return "/sys/fs/" + string(path.name[:min(int(path.len), len(path.name))])
	}
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &st); err != nil {
		return ""
	}
	switch uint32(st.Type) {
	case unix.EXT4_SUPER_MAGIC:
		return "/sys/fs/ext4/" + blockName(disk)
	case unix.XFS_SUPER_MAGIC:
		return "/sys/fs/xfs/" + blockName(disk)
	case unix.F2FS_SUPER_MAGIC:
		return "/sys/fs/f2fs/" + blockName(disk)
	case unix.BTRFS_SUPER_MAGIC:
		return btrfsFolder(f)
	}
	return ""
}

// blockName is what the kernel calls a device.
func blockName(disk string) string {
	link, err := os.Readlink(disk)
	if err != nil {
		return "?" // nothing is called so
	}
	return filepath.Base(link)
}

// btrfsFolder is the folder in sysfs of the Btrfs in which f lies, which is not of one device and has its own id.
func btrfsFolder(f *os.File) string {
	var info struct {
		maxID, devices uint64
		id             [16]byte
		rest           [1024 - 32]byte
	}
	const fsInfo = 0x8400941f // BTRFS_IOC_FS_INFO
	if _, _, no := unix.Syscall(unix.SYS_IOCTL, f.Fd(), fsInfo, uintptr(unsafe.Pointer(&info))); no != 0 {
		return ""
	}
	id := info.id
	return fmt.Sprintf("/sys/fs/btrfs/%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
