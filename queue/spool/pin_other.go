//go:build !linux

package spool

import "golang.org/x/sys/unix"

// NoAttribute says that a file has no such extended attribute.
const NoAttribute = unix.ENOATTR

// pin are the flags that open a folder; they need the right to read it.
const pin = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC
