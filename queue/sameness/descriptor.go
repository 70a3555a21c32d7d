package sameness

import "os"

// on asks something about a file that is open; about one that is closed it asks nothing.
func on(f *os.File, ask func(fd int)) {
	if conn, err := f.SyscallConn(); err == nil {
		_ = conn.Control(func(fd uintptr) { ask(int(fd)) }) // fails only when it is closed
	}
}
