package fs

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
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

// eachMount tells the mounts that this process sees, in the order of mounting. A line of mountinfo is
//
//	36 35 0:52 / /home/ann/mnt rw,nosuid - fuse.inboxfs inboxfs rw,user_id=1000
//
// with any number of fields before the dash, and octal escapes for blanks and backslashes.
func eachMount(tell func(at string, m mounted, options string)) error {
	info, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(info)) {
		left, right, ok := strings.Cut(line, " - ")
		fields, kind := strings.Fields(left), strings.Fields(right)
		if !ok || len(fields) < 5 || len(kind) < 3 {
			continue
		}
		tell(unescape(fields[4]), mounted{device: fields[2], kind: kind[0]}, kind[2])
	}
	return nil
}

func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
