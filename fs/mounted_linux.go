package fs

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"inboxfs/queue/mounttable"
)

// abandoned is what a mount answers whose daemon died.
const abandoned = syscall.ENOTCONN

// mounted is one mount as the kernel lists it; the zero value is none.
type mounted struct {
	device string // major:minor; of a FUSE mount, the number of its connection
	kind   string // fuse.inboxfs, ext4, ...
}

// mountedAt returns the topmost mount on dir, without touching dir.
func mountedAt(dir string) (top mounted, err error) {
	err = eachMount(func(at string, m mounted, _ string) {
		if at == dir {
			top = m // later lines are mounted over earlier ones
		}
	})
	return top, err
}

// Mounts lists where this user has mounted an inboxfs, without touching any of them: one may be dead.
func Mounts() (dirs []string, err error) {
	mine := "user_id=" + strconv.Itoa(os.Geteuid())
	err = eachMount(func(at string, m mounted, options string) {
		if m.kind == "fuse."+fsType && slices.Contains(strings.Split(options, ","), mine) && !slices.Contains(dirs, at) {
			dirs = append(dirs, at)
		}
	})
	return dirs, err
}

// eachMount tells the mounts that this process sees, in the order of mounting.
func eachMount(tell func(at string, m mounted, options string)) error {
	table, err := mounttable.Read()
	if err != nil {
		return err
	}
	for _, m := range table {
		tell(m.Mountpoint, mounted{device: fmt.Sprintf("%d:%d", m.Major, m.Minor), kind: m.FSType}, m.VFSOptions)
	}
	return nil
}
