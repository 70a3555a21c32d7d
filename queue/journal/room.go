package journal

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// roomAhead is how many bytes of the disk the file keeps for itself beyond what it uses: some ten thousand records. On
// a full disk the commit that lets an uploaded file go must still find room, since it is what makes the disk less full.
const roomAhead = 4 << 20

// roomRetry is how long after the disk had no room it is asked again. To ask costs it a search.
const roomRetry = time.Second

// room is the part of the disk that belongs to the file, used or not. bbolt itself only grows the file by a hole, for
// which the disk may have no blocks when it is written. It belongs to whoever has bbolt's write lock.
type room struct {
	end   int64     // up to here all blocks are the file's
	again time.Time // before then there is no use in asking for more
	never bool      // the filesystem cannot do it
}

// keep makes sure that there is room behind the first used bytes of the file. That there is not is no error: the disk
// is full, and a commit may still find what it needs.
func (r *room) keep(f *os.File, used int64) {
	if r.never || used+roomAhead/2 <= r.end || time.Now().Before(r.again) {
		return
	}
	switch err := allocate(f, used+roomAhead); {
	case err == nil:
		r.end = used + roomAhead
	case errors.Is(err, syscall.EOPNOTSUPP), errors.Is(err, syscall.ENOSYS):
		r.never = true
	default:
		r.again = time.Now().Add(roomRetry)
	}
}
