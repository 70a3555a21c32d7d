package fs

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// holderMost is at how many descriptors of a process we look.
const holderMost = 1024

// family is the process of a thread and that one's parent, as /proc has them; 0 where it cannot be told.
func family(tid uint32) (pid, parent uint32) {
	var buf [4096]byte
	status, _ := readProc(tid, "status", buf[:]) // "" if it cannot be told
	for line := range strings.Lines(string(status)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 32)
		switch {
		case err != nil:
		case key == "Tgid":
			pid = uint32(n)
		case key == "PPid":
			parent = uint32(n)
		}
	}
	return pid, parent
}

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
		info, _ := readProc(pid, "fdinfo/"+fd, buf[:]) // it may be closed meanwhile
		for _, number := range []string{"0", strconv.Itoa(controlIno)} {
			if bytes.Contains(info, []byte("\nino:\t"+number+"\n")) {
				return true
			}
		}
	}
	return false
}
