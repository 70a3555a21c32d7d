package writer

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Ended is how a program ended. The zero value is that of one that ended well, of one whose failure says nothing about
// the file it wrote last, and of one of which nothing is known.
type Ended struct {
	comm   string         // the program's name
	Signal syscall.Signal // that killed it; 0: none did
	status int            // with which it ended
}

// excuse is programs, and the statuses with which they end although the file they wrote last is whole.
type excuse struct {
	comms    string // names, separated by blanks
	statuses []int  // none: any
	open     bool   // also where the file was still open at the end
}

// excuses holds programs whose failing says nothing about the file they wrote last. cp, mv, install and tar x are not
// among them, although they go on after an error: when a card is pulled out, or a disk cannot be read, the file at
// which that happened is short, was closed in good order, and is the last one that could be written.
var excuses = []excuse{
	{"grep egrep fgrep zgrep diff cmp sdiff diff3", []int{1}, true}, // an answer: no match, a difference
	// nothing to do; a file could not be read and was left out
	{"zip", []int{12, 18}, true},
	{"sh bash dash zsh ksh mksh fish ash busybox csh tcsh", nil, false}, // the status is that of some later command
	{"ninja xargs parallel", nil, false},                                // likewise
	// likewise, and what they say to a file is all they had to say
	{"make gmake find", nil, true},
	// likewise: the status is that of the command it runs
	{"strace", nil, true},
	// an answer: a difference; something that was not found
	{"git lsof", []int{1}, true},
	// stopped by its user: it wrote the end of the recording before
	{"ffmpeg", []int{255}, false},
	// some other file was not sent: it gives no name to one that was cut
	{"rsync", []int{23, 24, 25}, false},
	// an address was answered with an error, of which nothing is kept
	{"wget", []int{8}, false},
	{"curl", []int{22}, false},                           // likewise, with --fail
	{"unzip 7z 7za 7zz 7zr", []int{1}, false},            // a warning
	{"mkvmerge mkvextract mkvpropedit", []int{1}, false}, // likewise; mkvmerge(1): an error ends with 2
	// a file changed while it was read; GNU tar: an error ends with 2
	{"tar", []int{1}, false},
	// a warning; gzip(1), xz(1): an error ends with 1
	{"gzip xz", []int{2}, false},
	{"qpdf", []int{3}, false}, // warnings; qpdf(1): an error ends with 2
	// warnings: EXIT_WARNING of libjpeg; an error ends with 1
	{"cjpeg djpeg jpegtran", []int{2}, false},
	{"tidy", []int{1}, false}, // warnings; tidy(1): an error ends with 2
	// an address was answered with an error, or its file is there
	{"aria2c", []int{3, 4, 13, 22, 24}, false},
	// some file was not copied: it removes what it has of one
	{"rclone", []int{1, 3, 4, 5, 6, 7, 8, 9}, false},
	// the number of films that was asked for is reached
	{"yt-dlp", []int{101}, false},
}

// endOf is what the exit code, as wait(2) gives it, says of a program called comm that runs the file exe, a name
// without folders. open: it had the file open when it ended.
func endOf(h *Habits, comm, exe string, code uint32, open bool) Ended {
	if signal := syscall.Signal(code & 0x7f); signal != 0 {
		return Ended{comm: comm, Signal: signal}
	}
	status := int(code >> 8 & 0xff)
	if status == 0 {
		return Ended{}
	}
	if h.excused(comm, exe, status, open) {
		return Ended{}
	}
	return Ended{comm: comm, status: status}
}

// Badly reports whether it did not end well.
func (e Ended) Badly() bool { return e != Ended{} }

// String says it in words: "cp was killed by SIGINT", "curl ended with status 18".
func (e Ended) String() string {
	if !e.Badly() {
		return ""
	}
	name := e.comm
	if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == '"' || !strconv.IsPrint(r) }) ||
		name == "" {
		name = strconv.Quote(name)
	}
	if e.Signal == 0 {
		return fmt.Sprintf("%s ended with status %d", name, e.status)
	}
	signal := unix.SignalName(e.Signal)
	if signal == "" { // a real-time one
		signal = fmt.Sprintf("signal %d", int(e.Signal))
	}
	return name + " was killed by " + signal
}
