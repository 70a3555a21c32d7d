package mountpoint

import (
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// abandoned is what a mount answers whose daemon died.
const abandoned = syscall.ENXIO

// Mounted is one mount as the kernel lists it; the zero value is none.
type Mounted struct {
	id   unix.Fsid
	Kind string // fuse.inboxfs, apfs, ...
}

// At returns the topmost mount on dir, without touching dir.
func At(dir string) (top Mounted, err error) {
	err = eachMount(func(at string, m Mounted, _ uint32) {
		if at == dir {
			top = m // later ones are mounted over earlier ones
		}
	})
	return top, err
}

// Mounts lists where this user has mounted an inboxfs, without touching any of them: one may be dead.
func Mounts() (dirs []string, err error) {
	err = eachMount(func(at string, m Mounted, owner uint32) {
		if m.Kind == "fuse."+Type && int(owner) == os.Geteuid() {
			dirs = append(dirs, at)
		}
	})
	return dirs, err
}

// eachMount tells all mounts. macFUSE has one kind for all filesystems, so ours are known by their device, which is our
// name.
func eachMount(tell func(at string, m Mounted, owner uint32)) error {
	n, err := unix.Getfsstat(nil, unix.MNT_NOWAIT)
	if err != nil {
		return err
	}
	all := make([]unix.Statfs_t, n+8) // some may come meanwhile
	if n, err = unix.Getfsstat(all, unix.MNT_NOWAIT); err != nil {
		return err
	}
	for _, st := range all[:n] {
		m := Mounted{st.Fsid, unix.ByteSliceToString(st.Fstypename[:])}
		if strings.HasSuffix(m.Kind, "fuse") && unix.ByteSliceToString(st.Mntfromname[:]) == Type {
			m.Kind = "fuse." + Type
		}
		tell(unix.ByteSliceToString(st.Mntonname[:]), m, st.Owner)
	}
	return nil
}
