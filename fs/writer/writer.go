package writer

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

// Writer is what is known of a process that closed a file. The zero writer is one of which nothing is, because it is in
// another PID namespace, or this is no Linux.
type Writer struct {
	more *Habits  // what is known of programs beside the usual
	Comm string   // its name, at most 15 bytes
	End  Ended    // how it ended, if that is why it closed the file
	At   Stamp    // the file then
	By   *Program // where its end will be known, if it went on; nil: nowhere
}

func (w Writer) Relay() bool {
	if !Known {
		return true
	}
	return w.more.relay(w.Comm)
}

// Killed reports whether a signal ended it.
func (w Writer) Killed() bool { return w.End.Signal != 0 }

// Then is what is known once next closed the file too. Several processes may: a shell keeps open what it gave to a
// command.
func (w Writer) Then(next Writer) Writer {
	if w.End.Badly() && (w.Killed() || !next.End.Badly()) {
		next.End, next.At = w.End, w.At
	}
	if w.Relay() {
		next.Comm = w.Comm
	}
	return next
}

// Stamp is what tells whether the content of a file was changed between two looks at it.
type Stamp struct {
	Size, Mtime uint64
	MtimeNsec   uint32
}

// Unfinished is how the writer of a file that now is like this ended without finishing it; the zero Ended if it did
// not. Where more was written after a command failed, a script knew about it and went on. That one was killed is a
// fault in any case.
func (w Writer) Unfinished(now Stamp) Ended {
	if !w.Killed() && now != w.At {
		return Ended{}
	}
	return w.End
}

// Closing looks at the thread that is in the middle of a close, which goes on when we have answered. One that closes
// the file because it becomes another program (exec) holds a lock meanwhile that whoever reads its stat waits for
// (Linux 6.18): it would wait for us, and we for it. So that is read only of a thread that ends, which has given up its
// memory before, and its descriptors. others are those of its process; seen is false when they cannot be told.
func Closing(tid uint32, more *Habits) (w Writer, others []string, seen bool) {
	w.more = more
	ok := false
	if w.Comm, ok = nameOf(tid); !ok {
		return w, nil, false
	}
	if others, seen = Descriptors(tid); len(others) > 0 {
		return w, others, seen
	}
	var buf [64]byte
	if memory, ok := ReadProc(tid, "statm", buf[:]); !ok || !bytes.HasPrefix(memory, []byte("0 ")) {
		return w, others, seen
	}
	if stat, ok := readStat(tid); ok && stat.exiting {
		w.End = endOf(more, w.Comm, "", stat.code, true)
	}
	return w, others, seen
}

// nameOf is the name of the program to which a thread belongs. Threads have names of their own, such as "StreamTrans
// #1" where Firefox writes, and "tokio-rt-worker" in many a server.
func nameOf(tid uint32) (comm string, ok bool) {
	var st unix.Stat_t
	err := unix.Stat("/proc/"+strconv.FormatUint(uint64(tid), 10)+"/task", &st)
	if err == nil && st.Nlink > 3 { // more than this thread's folder
		if pid := processOf(tid); pid != 0 { // else it ends just now
			tid = pid
		}
	}
	var buf [64]byte
	line, ok := ReadProc(tid, "comm", buf[:])
	return string(bytes.TrimSuffix(line, []byte("\n"))), ok
}

// Name is nameOf, "" if that cannot be told.
func Name(tid uint32) string {
	comm, _ := nameOf(tid)
	return comm
}

// threadStat is what /proc says of a thread.
type threadStat struct {
	comm    string
	exiting bool
	code    uint32 // with which it exits, as wait(2) gives it; 0 also where it is kept from us
}

// readStat is for a thread that ends or has ended: see Closing.
func readStat(tid uint32) (threadStat, bool) {
	var buf [1024]byte
	line, ok := ReadProc(tid, "stat", buf[:])
	if !ok {
		return threadStat{}, false
	}
	return parseStat(line)
}

// ReadProc reads a file that /proc has of a thread.
func ReadProc(tid uint32, name string, buf []byte) ([]byte, bool) {
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

// Opener is the thread that opened a file.
type Opener struct {
	TID    uint32
	Serves bool   // it is a relay by what it was told to do
	exe    string // the name of the file that it ran then, of a script that of its shell; "" if that cannot be told
}

// Opening looks at the thread that is in the middle of an open. In the middle of a close that cannot be asked: see
// Closing.
func Opening(ctx context.Context) Opener {
	caller, ok := fuse.FromContext(ctx)
	if !ok || caller.Pid == 0 {
		return Opener{}
	}
	o := Opener{TID: caller.Pid}
	exe, err := os.Readlink("/proc/" + strconv.FormatUint(uint64(o.TID), 10) + "/exe")
	// which are cp as well as sh
	if name := filepath.Base(exe); err == nil && !slices.Contains([]string{"busybox", "toybox"}, name) {
		o.exe = name
	}
	o.Serves = o.exe == "rclone" && serves(o.TID)
	return o
}

// serves reports whether the thread is of a program that was told to serve, as `rclone serve webdav` is, and not to
// copy.
func serves(tid uint32) bool {
	var buf [4096]byte
	line, _ := ReadProc(tid, "cmdline", buf[:]) // nothing if it cannot be told
	return slices.Contains(strings.Split(string(line), "\x00"), "serve")
}

// runBy is what the thread tid ran, if it is the opener.
func (o Opener) runBy(tid uint32) string {
	if o.TID != tid {
		return ""
	}
	return o.exe
}

// parseStat reads the line of /proc/PID/stat; proc(5) numbers its fields from 1: 2 is the name in parentheses, which
// may hold any, 9 the kernel's flags, 52 and last the exit code.
func parseStat(line []byte) (s threadStat, ok bool) {
	open, end := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return threadStat{}, false
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
