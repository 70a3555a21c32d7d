//go:build !linux

package errno

import "syscall"

// What a verb that needs credentials is refused with. BSDs have no ENOKEY and EKEYEXPIRED; these are nearest in words:
// "Need authenticator" and "Authentication error".
const (
	NoKey      = syscall.ENEEDAUTH
	KeyExpired = syscall.EAUTH
)
