package virtual

import (
	"bytes"
	"os"
	"strconv"
	"strings"

	"inboxfs/fs/writer"
)

// holderMost is at how many descriptors of a process we look.
const holderMost = 1024

// holdsControl reports whether a process has a descriptor of a control, as far as that can be told: by the name, and by
// the number of the inode (Linux 5.14), which the kernel gives as 0 as long as it has not asked for it.
func holdsControl(pid uint32) bool {
	if pid == 0 {
		return false
	}
	dir := "/proc/" + strconv.FormatUint(uint64(pid), 10) + "/fd"
	d, err := os.Open(dir)
	if err != nil {
		return false
	}
	defer d.Close()
	fds, _ := d.Readdirnames(holderMost) // as many as there are
	var buf [256]byte
	for _, fd := range fds {
		if leads, err := os.Readlink(dir + "/" + fd); err != nil || !strings.HasSuffix(leads, "/control") {
			continue
		}
		info, _ := writer.ReadProc(pid, "fdinfo/"+fd, buf[:]) // it may be closed meanwhile
		for _, number := range []string{"0", strconv.Itoa(ControlIno)} {
			if bytes.Contains(info, []byte("\nino:\t"+number+"\n")) {
				return true
			}
		}
	}
	return false
}
