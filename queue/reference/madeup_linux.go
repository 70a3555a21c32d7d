package reference

import (
	"slices"

	"golang.org/x/sys/unix"
)

// fsConfig is CONFIGFS_MAGIC, which the unix package does not have.
const fsConfig = 0x62656570

// madeUp reports whether what is open lies in a file system that the kernel makes up when it is read.
func madeUp(fd int) (bool, error) {
	kinds := []uint32{unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.DEBUGFS_MAGIC, unix.TRACEFS_MAGIC,
		unix.SECURITYFS_MAGIC,
		unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC, unix.BPF_FS_MAGIC, unix.BINFMTFS_MAGIC,
		unix.RDTGROUP_SUPER_MAGIC,
		unix.SELINUX_MAGIC, unix.SMACK_MAGIC, fsConfig}
	for {
		var st unix.Statfs_t
		err := unix.Fstatfs(fd, &st)
		if err != unix.EINTR {
			return err == nil && slices.Contains(kinds, uint32(st.Type)), err
		}
	}
}
