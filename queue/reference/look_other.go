//go:build !linux

package reference

import "golang.org/x/sys/unix"

// folderFlags open a folder only to go on from there; here that needs the right to read it.
const folderFlags = unix.O_RDONLY

// look says what stands under a name, without following a link there.
func look(dir int, name string) (node, error) {
	for {
		var st unix.Stat_t
		err := unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return node{}, err
		}
		return node{dev: uint64(st.Dev), ino: st.Ino, mode: uint32(st.Mode) & unix.S_IFMT}, nil
	}
}
