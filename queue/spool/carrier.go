package spool

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// Carrier is the program that brought a folder: that made it, and put a file into it or into a folder that it made
// there. It is in an extended attribute of the folder, so that it goes where the folder goes and outlives us. A folder
// without one was made to be used, or was used since, and stays.
type Carrier struct {
	PID    uint32 // of its process
	Unique uint64 // of its process: no other has this number until the machine is started again
}

// Prefix is how the names of our own extended attributes begin.
const Prefix = "user.inboxfs."

const carrierAttr = Prefix + "carrier"

// ReadCarrier returns the carrier of the folder at path, which is no link. ok: it has one.
func ReadCarrier(path string) (c Carrier, ok bool) {
	var buf [64]byte
	n, err := retry(func() (int, error) { return unix.Lgetxattr(path, carrierAttr, buf[:]) })
	if err != nil {
		return Carrier{}, false
	}
	_, err = fmt.Sscanf(string(buf[:n]), "%d %d", &c.PID, &c.Unique)
	return c, err == nil && c.PID != 0
}

// Write makes c the carrier of the folder at path.
func (c Carrier) Write(path string) error {
	text := fmt.Appendf(nil, "%d %d", c.PID, c.Unique)
	_, err := retry(func() (int, error) { return 0, unix.Lsetxattr(path, carrierAttr, text, 0) })
	return err
}

// RemoveCarrier has the folder at path stay.
func RemoveCarrier(path string) error {
	_, err := retry(func() (int, error) { return 0, unix.Lremovexattr(path, carrierAttr) })
	if err == NoAttribute {
		return nil
	}
	return err
}

// Own reports whether an extended attribute is one of ours, which is nobody else's business.
func Own(attr string) bool { return strings.HasPrefix(attr, Prefix) }
