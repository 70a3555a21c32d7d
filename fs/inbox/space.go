package inbox

import (
	"os"
	"sync"
	"syscall"
	"time"
)

// spaceAge is how long a look at the free space of the spool holds when a file is opened, and how often it is looked at
// while the kernel writes without us.
const spaceAge = 100 * time.Millisecond

// reserveLeast is the smallest reserve, in bytes, whatever is configured. File systems refuse writes a little before
// nothing is free.
const reserveLeast = 1 << 20

// space watches the free space of the spool. Of a write that the kernel passes through and the disk refuses we hear
// nothing; but then there was too little space at that moment, and that does not go by in less than spaceAge: all of
// the reserve would have to be written and freed again.
type space struct {
	dir     *os.File
	reserve int64 // bytes

	mu      sync.Mutex // guards the rest
	at      time.Time  // of the last look
	low     bool       // less than the reserve was free then, or it could not be told
	was     time.Time  // when it last was low
	unseen  int        // handles through which the kernel may write without us
	looking *time.Timer
}

func newSpace(dir *os.File, reserve int64) *space {
	return &space{dir: dir, reserve: max(reserve, reserveLeast)}
}

// isLow reports whether less than the reserve is free.
func (s *space) isLow() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.at) >= spaceAge {
		s.lookLocked()
	}
	return s.low
}

// wasLow reports whether less than the reserve is free, or was at a look since then.
func (s *space) wasLow(then time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookLocked()
	return s.was.After(then)
}

// watch begins to look at the space again and again, until unwatch was called as often.
func (s *space) watch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unseen++; s.unseen > 1 {
		return
	}
	if s.looking == nil {
		s.looking = time.AfterFunc(spaceAge, s.look)
		return
	}
	s.looking.Reset(spaceAge)
}

func (s *space) unwatch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unseen--; s.unseen == 0 {
		s.looking.Stop()
	}
}

func (s *space) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unseen > 0 { // else it was stopped when it had begun
		s.lookLocked()
		s.looking.Reset(spaceAge)
	}
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
