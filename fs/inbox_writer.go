package fs

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// relays are programs that write for someone on another machine, who may go away in the middle and be closed for in an
// orderly way. The beginning of a name is enough: some add the client's address to their own.
var relays = []string{
	"smbd", "ksmbd", "nfsd", "ganesha.nfsd", "kworker/", // the kernel's nfsd closes files from a worker
	"sftp-server", "sshd", "scp", "dropbear", "vsftpd", "proftpd", "pure-ftpd", "ftpd", "in.ftpd", "afpd",
	"virtiofsd", "diod", "glusterfsd",
	"nginx", "apache2", "httpd", "caddy", "lighttpd", "php-fpm", "uwsgi", "gunicorn", // WebDAV, and forms with files
	"sftpgo", "dufs", "tusd", "filebrowser", "copyparty", "miniserve",
}

// writer is what is known of a process that closed a file. The zero writer is one of which nothing is, because it is in
// another PID namespace, or this is no Linux.
type writer struct {
	more *habits  // what is known of programs beside the usual
	comm string   // its name, at most 15 bytes
	end  ended    // how it ended, if that is why it closed the file
	at   stamp    // the file then
	by   *program // where its end will be known, if it went on; nil: nowhere
}

func (w writer) relay() bool {
	if !writersKnown {
		return true
	}
	return w.more.relay(w.comm)
}

// killed says whether a signal ended it.
func (w writer) killed() bool { return w.end.signal != 0 }

// then is what is known once next closed the file too. Several processes may: a shell keeps open what it gave to a
// command.
func (w writer) then(next writer) writer {
	if w.end.badly() && (w.killed() || !next.end.badly()) {
		next.end, next.at = w.end, w.at
	}
	if w.relay() {
		next.comm = w.comm
	}
	return next
}

// unfinished is how the writer of a file that now is as in st ended without finishing it; the zero ended if it did not.
// Where more was written after a command failed, a script knew about it and went on. That one was killed is a fault in
// any case.
func (w writer) unfinished(st *inode) ended {
	if w.killed() || st == nil {
		return w.end
	}
	if now := st.stamp(); now.size != w.at.size || now.mtime != w.at.mtime || now.mtimeNsec != w.at.mtimeNsec {
		return ended{}
	}
	return w.end
}

// readWriter looks at the thread that is in the middle of a close, which goes on when we have answered. One that closes
// the file because it becomes another program (exec) holds a lock meanwhile that whoever reads its stat waits for
// (Linux 6.18): it would wait for us, and we for it. So that is read only of a thread that ends, which has given up its
// memory before, and its descriptors. others are those of its process; seen is false when they cannot be told.
func readWriter(tid uint32, more *habits) (w writer, others []string, seen bool) {
	w.more = more
	var buf [64]byte
	comm, ok := readProc(tid, "comm", buf[:])
	if !ok {
		return w, nil, false
	}
	w.comm = string(bytes.TrimSuffix(comm, []byte("\n")))
	if others, seen = descriptors(tid); len(others) > 0 {
		return w, others, seen
	}
	if memory, ok := readProc(tid, "statm", buf[:]); !ok || !bytes.HasPrefix(memory, []byte("0 ")) {
		return w, others, seen
	}
	if stat, ok := readStat(tid); ok && stat.exiting {
		w.end = endOf(more, stat.comm, "", stat.code, true)
	}
	return w, others, seen
}

// stat is what /proc says of a thread.
type stat struct {
	comm    string
	exiting bool
	code    uint32 // with which it exits, as wait(2) gives it; 0 also where it is kept from us
}

// readStat is for a thread that ends or has ended: see readWriter.
func readStat(tid uint32) (stat, bool) {
	var buf [1024]byte
	line, ok := readProc(tid, "stat", buf[:])
	if !ok {
		return stat{}, false
	}
	return parseStat(line)
}

// readProc reads a file that /proc has of a thread.
func readProc(tid uint32, name string, buf []byte) ([]byte, bool) {
	if tid == 0 {
		return nil, false
	}
	return readFile("/proc/"+strconv.FormatUint(uint64(tid), 10)+"/"+name, buf)
}

func readFile(path string, buf []byte) ([]byte, bool) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, false
	}
	defer unix.Close(fd)
	n, err := unix.Read(fd, buf)
	return buf[:max(n, 0)], err == nil
}

// opener is the thread that opened a file.
type opener struct {
	tid    uint32
	serves bool   // it is a relay by what it was told to do
	exe    string // the name of the file that it ran then, of a script that of its shell; "" if that cannot be told
}

// readOpener looks at the thread that is in the middle of an open. In the middle of a close that cannot be asked: see
// readWriter.
func readOpener(ctx context.Context) opener {
	caller, ok := fuse.FromContext(ctx)
	if !ok || caller.Pid == 0 {
		return opener{}
	}
	o := opener{tid: caller.Pid}
	exe, err := os.Readlink("/proc/" + strconv.FormatUint(uint64(o.tid), 10) + "/exe")
	if name := filepath.Base(exe); err == nil && !slices.Contains([]string{"busybox", "toybox"}, name) { // which are cp as well as sh
		o.exe = name
	}
	o.serves = o.exe == "rclone" && serves(o.tid)
	return o
}

// serves reports whether the thread is of a program that was told to serve, as `rclone serve webdav` is, and not to copy.
func serves(tid uint32) bool {
	var buf [4096]byte
	line, _ := readProc(tid, "cmdline", buf[:]) // nothing if it cannot be told
	return slices.Contains(strings.Split(string(line), "\x00"), "serve")
}

// runBy is what the thread tid ran, if it is the opener.
func (o opener) runBy(tid uint32) string {
	if o.tid != tid {
		return ""
	}
	return o.exe
}

// parseStat reads the line of /proc/PID/stat; proc(5) numbers its fields from 1: 2 is the name in parentheses, which may
// hold any, 9 the kernel's flags, 52 and last the exit code.
func parseStat(line []byte) (s stat, ok bool) {
	open, end := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return stat{}, false
	}
	s.comm = string(line[open+1 : end])
	const (
		flagsField = 9 - 3 // the first after the name is the third
		codeField  = 52 - 3
		exiting    = 4 // PF_EXITING
	)
	fields := bytes.Fields(line[end+1:])
	if len(fields) <= codeField {
		return s, true
	}
	flags, err := strconv.ParseUint(string(fields[flagsField]), 10, 64)
	if err != nil || flags&exiting == 0 {
		return s, true
	}
	if code, err := strconv.ParseUint(string(fields[codeField]), 10, 32); err == nil {
		s.exiting, s.code = true, uint32(code)
	}
	return s, true
}
