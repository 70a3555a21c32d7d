package sameness

import "golang.org/x/sys/unix"

// timesTell is TimesTellFd for a file of the file system st.
func timesTell(fd int, st *unix.Statfs_t, p Print) bool {
	switch uint32(st.Type) {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC,
		unix.OVERLAYFS_SUPER_MAGIC, unix.NFS_SUPER_MAGIC, zfs, bcachefs, unix.SQUASHFS_MAGIC, unix.ISOFS_SUPER_MAGIC,
		unix.EROFS_SUPER_MAGIC_V1:
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
