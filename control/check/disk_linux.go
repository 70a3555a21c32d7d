package check

import "golang.org/x/sys/unix"

const (
	overNetwork = "when the network is away, programs that copy into the inbox wait, and locks may not hold"
	inMemory    = "what waits to be uploaded is lost when the machine restarts"
)

// kindOf names a file system on which a spool should not be, and says why; "" for all others.
func kindOf(st unix.Statfs_t) (kind, bad string) {
	switch uint32(st.Type) {
	case unix.TMPFS_MAGIC, unix.RAMFS_MAGIC:
		return "a disk in memory", inMemory
	case unix.NFS_SUPER_MAGIC:
		return "a network disk (NFS)", overNetwork
	case unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC:
		return "a network disk (SMB)", overNetwork
	case unix.FUSE_SUPER_MAGIC:
		return "another FUSE mount", overNetwork
	}
	return "", ""
}
