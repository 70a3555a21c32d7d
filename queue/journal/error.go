package journal

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

var (
	// ErrLocked is what Open answers while another process has the journal open.
	ErrLocked = errors.New("journal is in use by another daemon")
	// ErrDamaged says that the file is not a journal (any more). SetAside makes room for a new one.
	ErrDamaged = errors.New("journal is damaged")
	// ErrNewer says that a later inboxfs wrote the file in a layout that this one does not know.
	ErrNewer = errors.New("journal was written by a newer inboxfs; run that one, or move the file away")
	// ErrBroken says that an earlier Commit failed in a way that leaves open what is on disk.
	ErrBroken = errors.New("journal cannot be written since an earlier disk error; check the disk and start again")
	// ErrClosed is what every method answers after Close.
	ErrClosed = errors.New("journal is closed")
)

// BadRecord is one record that could not be read.
type BadRecord struct {
	ID  uint64
	Err error
}

// BadRecords is the error of a Load that delivered everything except these.
type BadRecords struct {
	Records []BadRecord // in id order, never empty
}

func (e *BadRecords) Error() string {
	first := e.Records[0]
	s := fmt.Sprintf("journal: entry %d cannot be read: %v", first.ID, first.Err)
	if n := len(e.Records) - 1; n > 0 {
		s += fmt.Sprintf(" (and %d more)", n)
	}
	return s
}

// Unwrap gives the cause of every bad record.
func (e *BadRecords) Unwrap() []error {
	errs := make([]error, len(e.Records))
	for i, r := range e.Records {
		errs[i] = r.Err
	}
	return errs
}

// nothingWritten reports whether a failed commit surely left the file as it was, because it ran out of room before the
// meta page. Everything else may have failed in a sync, and a sync that failed cannot be asked again: the kernel has
// dropped the pages' dirty marks with the first answer.
func nothingWritten(err error) bool {
	// bbolt grows the file before it writes anything, and gives that error as text only.
	if strings.HasPrefix(err.Error(), "file resize error") {
		return true
	}
	// A write names its file in a *PathError; a sync answers with the bare errno.
	var path *os.PathError
	if !errors.As(err, &path) {
		return false
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// noteFailure remembers an error after which the journal must not be written any more.
func (j *Journal) noteFailure(err error) {
	var ours refused
	if errors.As(err, &ours) || nothingWritten(err) {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken == nil {
		j.broken = fmt.Errorf("%w: %w", ErrBroken, err)
	}
}
