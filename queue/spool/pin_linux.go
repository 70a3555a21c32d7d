package spool

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// NoAttribute says that a file has no such extended attribute.
const NoAttribute = unix.ENODATA

// pin are the flags that open a folder whatever its mode, and pinFile those for a file, or a link itself.
const (
	pin     = unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC
	pinFile = unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC
)

// at is a path that leads to what is open as fd, whatever that is called.
func at(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

func getAttr(fd int, attr string, dest []byte) (int, error) {
	return retry(func() (int, error) { return unix.Getxattr(at(fd), attr, dest) })
}

func setAttr(fd int, attr string, value []byte) error {
	_, err := retry(func() (int, error) { return 0, unix.Setxattr(at(fd), attr, value, 0) })
	return err
}

func removeAttr(fd int, attr string) error {
	_, err := retry(func() (int, error) { return 0, unix.Removexattr(at(fd), attr) })
	return err
}

func chmod(fd int, mode uint32) error { return unix.Chmod(at(fd), mode) }
