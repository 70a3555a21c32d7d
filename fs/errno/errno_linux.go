package errno

import "syscall"

// What a verb that needs credentials is refused with; tools print "Required key not available" and "Key has expired".
const (
	NoKey      = syscall.ENOKEY
	KeyExpired = syscall.EKEYEXPIRED
)
