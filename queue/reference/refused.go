package reference

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Kind is what stands in the way of a file that is to be uploaded where it lies.
type Kind uint8

const (
	Nothing    Kind = iota + 1 // there is no such file
	Folder                     // a folder
	Special                    // a device, a pipe or a socket
	InMount                    // in the mount itself
	InSpool                    // in the spool
	Loop                       // links that lead to each other
	Unreadable                 // it, or a folder on the way, cannot be read
	Moved                      // another file or a link stands there now
	MadeUp                     // in a file system that the kernel makes up, such as procfs
)

var kindNames = [...]string{Nothing: "nothing", Folder: "a folder", Special: "something that is no regular file",
	InMount: "something in this mount", InSpool: "something in the spool", Loop: "a loop of links",
	Unreadable: "a file that cannot be read", Moved: "another file than before",
	MadeUp: "something that the kernel makes up when it is read, as all in /proc and /sys, and no file on a disk"}

// String is what is there, in words that complete "it is" and "the link points to".
func (k Kind) String() string {
	if int(k) < len(kindNames) && k != 0 {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Refused is why a path leads to no file that can be uploaded.
type Refused struct {
	Path string // that was asked for
	Is   Kind
	Err  error // why it is Unreadable; else nil
}

func (r *Refused) Error() string {
	if r.Err != nil {
		return fmt.Sprintf("%s: %v", r.Path, r.Err)
	}
	return fmt.Sprintf("%s: it is %v", r.Path, r.Is)
}

func (r *Refused) Unwrap() error { return r.Err }

// refused is what a failed system call on the way says of the path.
func refused(path string, err error) *Refused {
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ENAMETOOLONG):
		return &Refused{Path: path, Is: Nothing}
	case errors.Is(err, unix.ELOOP):
		return &Refused{Path: path, Is: Loop}
	}
	return &Refused{Path: path, Is: Unreadable, Err: err}
}
