package inbox

import (
	"sync/atomic"
	"syscall"
)

const (
	// that are for other things than files opened by programs: uploads, syncs, the journal; half of them if there are
	// few
	descriptorsOurs      = 256
	descriptorsPerHandle = 2 // the file's own, and the one by which the kernel knows it
)

// handles counts the open files. When there are as many as the process can have, who opens one more is told so: with
// descriptors short everywhere, a file would be held because it could not be synced, or a killed writer not be noticed.
type handles struct {
	most int64
	open atomic.Int64
}

func newHandles() *handles {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		limit.Cur = 1024 // what systems give at least
	}
	most := int64(min(limit.Cur, 1<<30)) // unlimited is a large number
	return &handles{most: (most - min(descriptorsOurs, most/2)) / descriptorsPerHandle}
}

// full reports whether no further file should be opened. Some that ask at the same moment may be let through.
func (h *handles) full() bool { return h.open.Load() >= h.most }
