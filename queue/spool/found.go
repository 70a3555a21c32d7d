package spool

import (
	"io/fs"

	"golang.org/x/sys/unix"

	"inboxfs/queue/sameness"
)

// Found is what has a name.
type Found struct {
	Looks sameness.Print
	Link  string // the text of a link; "" of anything else
	Other bool   // it is neither a file nor a link
	Fd    int    // leads to the file, only to be read; -1 if that is not allowed
}

// find looks at what is called base in a folder. fd was opened by that name, or is -1.
func find(dir int, base string, fd int) (f Found, there bool, err error) {
	var st unix.Stat_t
	look := func() (int, error) { return 0, unix.Fstatat(dir, base, &st, unix.AT_SYMLINK_NOFOLLOW) }
	if fd >= 0 {
		look = func() (int, error) { return 0, unix.Fstat(fd, &st) }
	}
	if _, err = retry(look); err != nil {
		if gone(err) {
			err = nil
		}
		return f, false, wrap("stat", base, err)
	}
	kind := st.Mode & unix.S_IFMT
	f = Found{Looks: sameness.OfStat(&st), Fd: fd, Other: kind != unix.S_IFREG && kind != unix.S_IFLNK}
	if kind != unix.S_IFLNK {
		return f, true, nil
	}
	buf := make([]byte, unix.PathMax)
	n, err := retry(func() (int, error) { return unix.Readlinkat(dir, base, buf) })
	f.Link = string(buf[:max(n, 0)])
	return f, err == nil, wrap("readlink", base, err)
}

func wrap(call, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: call, Path: name, Err: err}
}
