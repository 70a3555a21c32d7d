package writer

import (
	"bytes"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	lastDescriptors = 64 // with more of them a program is not looked through
	lastProcesses   = 8  // nor are more processes than that
	lastThreads     = 64
)

var self = uint32(os.Getpid())

// Descriptors returns the numbers of the descriptors that the process has to which a thread belongs; none when it ends,
// or closes the only one. ok is false when that cannot be seen.
func Descriptors(tid uint32) (numbers []string, ok bool) {
	return listProc("/proc/"+strconv.FormatUint(uint64(tid), 10)+"/fd", lastDescriptors)
}

// listProc returns the names in a folder of /proc; ok is false when it cannot be read or has more than most.
func listProc(path string, most int) (names []string, ok bool) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, false
	}
	defer unix.Close(fd)
	var buf [4096]byte
	for {
		n, err := unix.ReadDirent(fd, buf[:])
		if err != nil {
			return nil, false
		}
		if n <= 0 {
			return names, true
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names)
		if len(names) > most {
			return nil, false
		}
	}
}

// LastToClose reports whether nobody has the file with the inode number ino open to write it any more but the thread
// tid, which is about to close one of its descriptors, the others of its process being these: no other of them leads to
// the file, and no process has one that came of this one since. Who cannot be looked at, or took the descriptor
// elsewhere, may have it; and a process whose parent has ended is not found.
func LastToClose(tid uint32, others []string, ino uint64) bool {
	return LastOfFamily(tid, others, tid, ino)
}

// LastOfFamily is lastToClose where the thread that closes belongs to a process that came of another, of which the
// descriptors are given. Where it did not, the descriptor went another way.
func LastOfFamily(tid uint32, others []string, closer uint32, ino uint64) bool {
	if anyLeads(tid, others, ino) {
		return false
	}
	families := []uint32{tid}
	seen := tid == closer
	for i := 0; i < len(families); i++ {
		children, ok := childrenOf(families[i])
		if !ok || len(families)+len(children) > lastProcesses {
			return false
		}
		for _, child := range children {
			if child == self { // it may have started us; what we have open is the file in the spool
				continue
			}
			if numbers, ok := Descriptors(child); !ok || anyLeads(child, numbers, ino) {
				return false
			}
			seen = seen || OfProcess(closer, child)
		}
		families = append(families, children...)
	}
	return seen
}

// anyLeads reports whether one of a process's descriptors may lead to the file and write it.
func anyLeads(pid uint32, numbers []string, ino uint64) bool {
	process := "/proc/" + strconv.FormatUint(uint64(pid), 10)
	var buf [512]byte
	for _, number := range numbers {
		n, err := unix.Readlink(process+"/fd/"+number, buf[:])
		if err == unix.ENOENT { // closed since
			continue
		}
		if err != nil {
			return true
		}
		link := string(buf[:n])
		if !strings.HasPrefix(link, "/") || link == "/dev/null" || strings.HasPrefix(link, "/dev/pts/") {
			continue
		}
		info, ok := readFile(process+"/fdinfo/"+number, buf[:])
		if !ok || leads(info, ino) {
			return true
		}
	}
	return false
}

// leads reports whether a descriptor of which /proc says this may lead to the file and write it.
func leads(info []byte, ino uint64) bool {
	for line := range bytes.Lines(info) {
		key, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(":"))
		text := string(bytes.TrimSpace(value))
		switch string(key) {
		case "flags":
			flags, err := strconv.ParseUint(text, 8, 64)
			if err == nil && flags&unix.O_ACCMODE == unix.O_RDONLY {
				return false
			}
		case "ino": // behind the flags
			n, err := strconv.ParseUint(text, 10, 64)
			return err != nil || n == ino
		}
	}
	return true // an older kernel does not say
}

// childrenOf returns the processes that came of the one to which a thread belongs and have not ended.
func childrenOf(tid uint32) (children []uint32, ok bool) {
	number := strconv.FormatUint(uint64(tid), 10)
	tasks, threads := "/proc/"+number+"/task", []string{number}
	var st unix.Stat_t
	if err := unix.Stat(tasks, &st); err != nil {
		return nil, false
	}
	if st.Nlink != 3 { // more than this thread's folder
		if threads, ok = listProc(tasks, lastThreads); !ok {
			return nil, false
		}
	}
	var buf [1024]byte
	for _, thread := range threads {
		list, ok := readFile(tasks+"/"+thread+"/children", buf[:])
		if !ok || len(list) == len(buf) {
			return nil, false
		}
		for _, word := range strings.Fields(string(list)) {
			pid, err := strconv.ParseUint(word, 10, 32)
			if err != nil {
				return nil, false
			}
			children = append(children, uint32(pid))
		}
	}
	return children, true
}

// OfProcess reports whether two threads are of one process.
func OfProcess(tid, other uint32) bool {
	if tid == other {
		return true
	}
	task := "/proc/" + strconv.FormatUint(uint64(tid), 10) + "/task/" + strconv.FormatUint(uint64(other), 10)
	var st unix.Stat_t
	return unix.Stat(task, &st) == nil
}
