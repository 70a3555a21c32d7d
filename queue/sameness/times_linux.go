package sameness

import (
	"os"

	"golang.org/x/sys/unix"
)

// TimesTell reports whether a change of a file that looks like p must show in its change time.
func TimesTell(f *os.File, p Print) (tell bool) {
	on(f, func(fd int) { tell = TimesTellFd(fd, p) })
	return tell
}

// TimesTellFd is TimesTell for a descriptor.
func TimesTellFd(fd int, p Print) bool {
	var st unix.Statfs_t
	if err := unix.Fstatfs(fd, &st); err != nil {
		return false
	}
	switch uint32(st.Type) {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC,
		unix.OVERLAYFS_SUPER_MAGIC, unix.NFS_SUPER_MAGIC, zfs, bcachefs, unix.SQUASHFS_MAGIC, unix.ISOFS_SUPER_MAGIC, unix.EROFS_SUPER_MAGIC_V1:
		return true
	case unix.TMPFS_MAGIC, unix.RAMFS_MAGIC: // what is written through a mapping does not move it
		written, known := WrittenFd(fd)
		return known && !written
	case unix.MSDOS_SUPER_MAGIC, unix.EXFAT_SUPER_MAGIC: // they have none, and show the modification time in its place
		return false
	}
	return p.ChangeTime != p.ModTime // else this may be one of those
}

const (
	zfs      = 0x2fc12fc1
	bcachefs = 0xca451a4e
)
