package spool

import (
	"errors"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// Open opens the folder called name below inbox, "" for inbox itself, only to say which one is meant. It follows no
// link below inbox. The caller closes it.
func Open(inbox, name string) (fd int, err error) {
	top, err := retry(func() (int, error) { return unix.Open(inbox, pin, 0) })
	if name == "" || err != nil {
		return top, err
	}
	defer unix.Close(top) // it was opened to go on from
	return beneath(top, name, pin|unix.O_NOFOLLOW)
}

// walk opens what is called name below a folder, one folder after another, and follows no link.
func walk(top int, name string, flags int) (fd int, err error) {
	at := top
	for rest := name; ; {
		var next string
		next, rest, _ = strings.Cut(rest, "/")
		how := pin | unix.O_NOFOLLOW
		if rest == "" {
			how = flags
		}
		up := at
		at, err = retry(func() (int, error) { return unix.Openat(up, next, how, 0) })
		if up != top {
			_ = unix.Close(up) // likewise
		}
		if err != nil || rest == "" {
			return at, err
		}
	}
}

// retry runs a system call again that a signal interrupted.
func retry(call func() (int, error)) (n int, err error) {
	for err = unix.EINTR; err == unix.EINTR; {
		n, err = call()
	}
	return n, err
}

// split takes a name apart into its folder and the rest.
func split(name string) (folder, base string) {
	folder, base = path.Split(name)
	return strings.TrimSuffix(folder, "/"), base
}

// gone reports whether err says that there is no such name, or that a folder on the way to it is none any more.
func gone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP)
}
