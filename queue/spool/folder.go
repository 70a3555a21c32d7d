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
	fd, err = retry(func() (int, error) { return unix.Open(inbox, pin, 0) })
	for rest := name; rest != "" && err == nil; {
		var next string
		next, rest, _ = strings.Cut(rest, "/")
		up := fd
		fd, err = retry(func() (int, error) { return unix.Openat(up, next, pin|unix.O_NOFOLLOW, 0) })
		_ = unix.Close(up) // it was opened to go on from
	}
	return fd, err
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
