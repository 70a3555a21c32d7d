//go:build !linux

package attribute

import (
	"errors"
	"syscall"
)

// gone says that an attribute is not there any more.
func gone(err error) bool { return errors.Is(err, syscall.ENOATTR) }
