package reference

import "golang.org/x/sys/unix"

// folderFlags open a folder only to go on from there, which needs no right to read it and asks no filesystem.
const folderFlags = unix.O_PATH

// look says what stands under a name, without following a link there. The name is found in dir, which must not be in
// our mount; of what is found nothing is asked that the kernel does not know, so at the top of our mount nobody is
// asked.
func look(dir int, name string) (node, error) {
	const flags = unix.AT_SYMLINK_NOFOLLOW | unix.AT_STATX_DONT_SYNC
	for {
		var st unix.Statx_t
		err := unix.Statx(dir, name, flags, unix.STATX_TYPE|unix.STATX_INO, &st)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return node{}, err
		}
		return node{dev: unix.Mkdev(st.Dev_major, st.Dev_minor), ino: st.Ino, mode: uint32(st.Mode) & unix.S_IFMT}, nil
	}
}
