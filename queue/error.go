package queue

import (
	"errors"
	"fmt"
	"syscall"
)

// codeAuthExpired is the SDK's code for an UploadAuth whose time is over: one file's credentials, not the queue's.
const codeAuthExpired = "UploadTokenExpired"

// scarce reports whether a system call failed because this process, or the system, was short of something at that
// moment.
func scarce(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM)
}

// refuse wraps one of the refusals of package transfer with words that name the thing and say what to do.
func refuse(sentinel error, format string, args ...any) error {
	return fmt.Errorf("%w: %s", sentinel, fmt.Sprintf(format, args...))
}
