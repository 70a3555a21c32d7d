package sameness

import "os"

// on asks something about a file that is open; about one that is closed it asks nothing.
func on(f *os.File, ask func(fd int)) {
	if conn, err := f.SyscallConn(); err == nil {
		_ = conn.Control(func(fd uintptr) { ask(int(fd)) }) // fails only when it is closed
	}
}

// IsWritten reports whether anybody is known to have a file open for writing, or mapped to be written; see Written.
func IsWritten(f *os.File) bool {
	written, known := Written(f)
	return written && known
}
