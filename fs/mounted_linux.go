package fs

import (
	"os"
	"strconv"
	"strings"
)

// mounted is one mount as the kernel lists it; the zero value is none.
type mounted struct {
	device string // major:minor; of a FUSE mount, the number of its connection
	kind   string // fuse.inboxfs, ext4, ...
}

// mountedAt returns the topmost mount on dir, without touching dir. A line of mountinfo is
//
//	36 35 0:52 / /home/ann/mnt rw,nosuid - fuse.inboxfs inboxfs rw,user_id=1000
//
// with any number of fields before the dash, and octal escapes for blanks and backslashes.
func mountedAt(dir string) (mounted, error) {
	info, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return mounted{}, err
	}
	var top mounted
	for line := range strings.Lines(string(info)) {
		left, right, ok := strings.Cut(line, " - ")
		fields := strings.Fields(left)
		if !ok || len(fields) < 5 || unescape(fields[4]) != dir {
			continue
		}
		kind, _, _ := strings.Cut(right, " ")
		top = mounted{device: fields[2], kind: kind} // later lines are mounted over earlier ones
	}
	return top, nil
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
