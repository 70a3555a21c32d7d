package spool

import "golang.org/x/sys/unix"

// NoAttribute says that a file has no such extended attribute.
const NoAttribute = unix.ENODATA

// pin are the flags that open a folder whatever its mode.
const pin = unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC
