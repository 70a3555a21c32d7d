package fs

import (
	"os"
	"sync"
	"syscall"
	"time"
)

// spaceAge is how long a look at the free space of the spool holds when a file is opened.
const spaceAge = 100 * time.Millisecond

// space watches the free space of the spool.
type space struct {
	dir     *os.File
	reserve int64 // bytes

	mu  sync.Mutex // guards the rest
	at  time.Time  // of the last look
	low bool       // less than the reserve was free then, or it could not be told
	was time.Time  // when it last was low
}

// isLow says whether less than the reserve is free.
func (s *space) isLow() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.at) >= spaceAge {
		s.lookLocked()
	}
	return s.low
}

// wasLow says whether less than the reserve is free, or was at a look since then.
func (s *space) wasLow(then time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookLocked()
	return s.was.After(then)
}

// lookLocked looks. It does not wait for the disk.
func (s *space) lookLocked() {
	s.at = time.Now()
	var st syscall.Statfs_t
	err := fstatfs(s.dir, &st)
	s.low = err != nil || int64(uint64(st.Bavail)*uint64(st.Bsize)) < s.reserve
	if s.low {
		s.was = s.at
	}
}

func fstatfs(dir *os.File, st *syscall.Statfs_t) error {
	for {
		if err := syscall.Fstatfs(int(dir.Fd()), st); err != syscall.EINTR {
			return err
		}
	}
}
