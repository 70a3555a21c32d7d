package fs

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// relays are programs that write for someone on another machine, who may go away in the middle and be closed for in an
// orderly way. The beginning of a name is enough: some add the client's address to their own.
var relays = []string{
	"smbd", "ksmbd", "nfsd", "ganesha.nfsd", "kworker/", // the kernel's nfsd closes files from a worker
	"sftp-server", "sshd", "scp", "dropbear", "vsftpd", "proftpd", "pure-ftpd", "ftpd", "in.ftpd", "afpd",
	"virtiofsd", "diod", "glusterfsd",
}

// writer is what /proc said of a process while it closed a file. The zero writer is one of which nothing is known,
// because it is in another PID namespace, or this is no Linux.
type writer struct {
	comm string // its name, at most 15 bytes
	fate string // why it closed the file unfinished, if it did
	hard bool   // fate is a signal
	at   stamp  // the file then
}

func (w writer) relay() bool {
	for _, r := range relays {
		if strings.HasPrefix(w.comm, r) {
			return true
		}
	}
	return false
}

// then is what is known once next closed the file too. Several processes may: a shell keeps open what it gave to a
// command.
func (w writer) then(next writer) writer {
	if w.fate != "" && (w.hard || next.fate == "") {
		next.fate, next.hard, next.at = w.fate, w.hard, w.at
	}
	if w.relay() {
		next.comm = w.comm
	}
	return next
}

// unfinished says why a file that now is as in st was not written to its end, or "". Where more was written after a
// command failed, a script knew about it and went on. That one was killed is a fault in any case.
func (w writer) unfinished(st *inode) string {
	if w.hard || st == nil {
		return w.fate
	}
	if now := st.stamp(); now.size != w.at.size || now.mtime != w.at.mtime || now.mtimeNsec != w.at.mtimeNsec {
		return ""
	}
	return w.fate
}

// readWriter looks at the process that is in the middle of a close, which goes on when we have answered.
func readWriter(pid uint32) writer {
	if pid == 0 {
		return writer{}
	}
	fd, err := unix.Open("/proc/"+strconv.FormatUint(uint64(pid), 10)+"/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return writer{}
	}
	defer unix.Close(fd)
	var buf [1024]byte
	n, err := unix.Read(fd, buf[:])
	if err != nil {
		return writer{}
	}
	return parseWriter(buf[:n])
}

// parseWriter reads the line of /proc/PID/stat; proc(5) numbers its fields from 1: 2 is the name in parentheses, which
// may hold any, 9 the kernel's flags, 52 and last the exit code as wait(2) gives it.
func parseWriter(line []byte) writer {
	open, end := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return writer{}
	}
	w := writer{comm: string(line[open+1 : end])}
	const (
		flagsField = 9 - 3 // the first after the name is the third
		codeField  = 52 - 3
		exiting    = 4 // PF_EXITING
	)
	fields := bytes.Fields(line[end+1:])
	if len(fields) <= codeField {
		return w
	}
	flags, err := strconv.ParseUint(string(fields[flagsField]), 10, 64)
	if err != nil || flags&exiting == 0 {
		return w
	}
	code, err := strconv.ParseUint(string(fields[codeField]), 10, 32)
	if err != nil {
		return w
	}
	if sig := syscall.Signal(code & 0x7f); sig != 0 {
		w.fate, w.hard = fmt.Sprintf("its writer %q was killed (%v)", w.comm, sig), true
	} else if status := code >> 8; status != 0 {
		w.fate = fmt.Sprintf("its writer %q ended with status %d while it had the file open", w.comm, status)
	}
	return w
}
