package fs

import "syscall"

// What a verb that needs credentials is refused with; tools print "Required key not available" and "Key has expired".
const (
	noKey      = syscall.ENOKEY
	keyExpired = syscall.EKEYEXPIRED
)
