//go:build !linux

package spool

import "golang.org/x/sys/unix"

// NoAttribute says that a file has no such extended attribute.
const NoAttribute = unix.ENOATTR

// pin are the flags that open a folder, and pinFile those for a file; they need the right to read it.
const (
	pin     = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC
	pinFile = quietly
)

func getAttr(fd int, attr string, dest []byte) (int, error) {
	return retry(func() (int, error) { return unix.Fgetxattr(fd, attr, dest) })
}

func setAttr(fd int, attr string, value []byte) error {
	_, err := retry(func() (int, error) { return 0, unix.Fsetxattr(fd, attr, value, 0) })
	return err
}

func removeAttr(fd int, attr string) error {
	_, err := retry(func() (int, error) { return 0, unix.Fremovexattr(fd, attr) })
	return err
}

func chmod(fd int, mode uint32) error { return unix.Fchmod(fd, mode) }
