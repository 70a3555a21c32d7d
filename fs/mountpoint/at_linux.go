package mountpoint

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

// Mounted is one mount as the kernel lists it; the zero value is none.
type Mounted struct {
	device string // major:minor; of a FUSE mount, the number of its connection
	Kind   string // fuse.inboxfs, ext4, ...
}

// At returns the topmost mount on dir, without touching dir.
func At(dir string) (top Mounted, err error) {
	err = eachMount(func(at string, m Mounted, _ string) {
		if at == dir {
			top = m // later lines are mounted over earlier ones
		}
	})
	return top, err
}

// Mounts lists where this user has mounted an inboxfs, without touching any of them: one may be dead.
func Mounts() (dirs []string, err error) {
	mine := "user_id=" + strconv.Itoa(os.Geteuid())
	err = eachMount(func(at string, m Mounted, options string) {
		if m.Kind == "fuse."+Type && slices.Contains(strings.Split(options, ","), mine) && !slices.Contains(dirs, at) {
			dirs = append(dirs, at)
		}
	})
	return dirs, err
}

// eachMount tells the mounts that this process sees, in the order of mounting.
func eachMount(tell func(at string, m Mounted, options string)) error {
	table, err := mounttable.Read()
	if err != nil {
		return err
	}
	for _, m := range table {
		tell(m.Mountpoint, Mounted{device: fmt.Sprintf("%d:%d", m.Major, m.Minor), Kind: m.FSType}, m.VFSOptions)
	}
	return nil
}
