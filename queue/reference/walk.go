package reference

import (
	"os"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// linksMost is how many symbolic links one path may lead through; the kernel's own bound.
const linksMost = 40

// node is what stands under a name, as far as it can be told without asking the filesystem that has it.
type node struct {
	dev, ino uint64
	mode     uint32 // S_IFMT bits
}

// walker stands in a folder and knows how it came there.
type walker struct {
	r    *Resolver
	dir  int      // descriptor of the folder
	done []string // names from the root to it
}

// walk goes along an absolute path and opens the regular file at its end.
func (r *Resolver) walk(path string, follow bool) (*os.File, string, error) {
	w := &walker{r: r, dir: -1}
	defer w.leave()
	if err := w.root(); err != nil {
		return nil, "", refused(path, err)
	}
	links := 0
	for todo := strings.Split(path, "/"); len(todo) > 0; {
		name := todo[0]
		todo = todo[1:]
		if name == "" || name == "." {
			continue
		}
		n, err := look(w.dir, name)
		if err != nil {
			return nil, "", refused(path, err)
		}
		switch {
		case r.mount != "" && n.dev == r.own:
			return nil, "", &Refused{Path: path, Is: InMount}
		case n == r.spool:
			return nil, "", &Refused{Path: path, Is: InSpool}
		case n.mode == syscall.S_IFDIR:
			if err := w.enter(name); err != nil {
				return nil, "", refused(path, err)
			}
		case n.mode == syscall.S_IFLNK && !follow:
			return nil, "", &Refused{Path: path, Is: Moved}
		case n.mode == syscall.S_IFLNK:
			text, err := readLink(w.dir, name)
			if links++; err == nil && links > linksMost {
				err = unix.ELOOP
			}
			if err == nil && strings.HasPrefix(text, "/") {
				err = w.root()
			}
			if err != nil {
				return nil, "", refused(path, err)
			}
			todo = append(strings.Split(text, "/"), todo...)
		case len(todo) > 0: // what should be a folder is none
			return nil, "", &Refused{Path: path, Is: Nothing}
		case n.mode != syscall.S_IFREG:
			return nil, "", &Refused{Path: path, Is: Special}
		default:
			return w.open(path, name, n)
		}
	}
	return nil, "", &Refused{Path: path, Is: Folder}
}

// root goes to the top.
func (w *walker) root() error {
	w.done = w.done[:0]
	return w.step(unix.AT_FDCWD, "/")
}

// enter goes to the folder name, which may be the one above.
func (w *walker) enter(name string) error {
	if err := w.step(w.dir, name); err != nil {
		return err
	}
	switch {
	case name != "..":
		w.done = append(w.done, name)
	case len(w.done) > 0:
		w.done = w.done[:len(w.done)-1]
	}
	return nil
}

func (w *walker) step(from int, name string) error {
	dir, err := openAt(from, name, folderFlags|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	w.leave()
	w.dir = dir
	return nil
}

func (w *walker) leave() {
	if w.dir >= 0 {
		_ = unix.Close(w.dir) // it only leads somewhere
	}
	w.dir = -1
}

// open opens the file name, which was n when it was looked at.
func (w *walker) open(path, name string, n node) (*os.File, string, error) {
	if made, err := madeUp(w.dir); err != nil { // to open one can do something already
		return nil, "", refused(path, err)
	} else if made {
		return nil, "", &Refused{Path: path, Is: MadeUp}
	}
	// O_NONBLOCK: should it have become a fifo, opening it must not wait for a writer.
	fd, err := openAt(w.dir, name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY)
	if err != nil {
		if err == unix.ELOOP { // a link took its place just now
			return nil, "", &Refused{Path: path, Is: Moved}
		}
		return nil, "", refused(path, err)
	}
	real := "/" + strings.Join(append(slices.Clone(w.done), name), "/")
	f := os.NewFile(uintptr(fd), real)
	info, err := f.Stat()
	st, ok := infoOf(info)
	in, made := false, false
	if err == nil && ok && st == n {
		if made, err = madeUp(fd); err == nil && !made { // one file of them can be mounted anywhere
			in, err = w.r.spooled(fd, real)
		}
		if err == nil && !made && !in {
			return f, real, nil
		}
	}
	_ = f.Close() // opened for reading
	switch {
	case err != nil:
		return nil, "", refused(path, err)
	case made:
		return nil, "", &Refused{Path: path, Is: MadeUp}
	case in:
		return nil, "", &Refused{Path: path, Is: InSpool}
	}
	return nil, "", &Refused{Path: path, Is: Moved}
}

func infoOf(info os.FileInfo) (node, bool) {
	if info == nil {
		return node{}, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return node{}, false
	}
	return node{dev: uint64(st.Dev), ino: st.Ino, mode: uint32(st.Mode) & syscall.S_IFMT}, true
}

// openAt is openat(2) that follows no link and is not interrupted.
func openAt(dir int, name string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

func readLink(dir int, name string) (string, error) {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(dir, name, buf)
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}
