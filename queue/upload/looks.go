package upload

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"inboxfs/queue/sameness"
	"inboxfs/queue/transfer"
)

// looks is how a run knows its file again. As long as the file looks as it did, its content is what it was. Where it
// does not, or where looks tell nothing, the content is read once more and compared with what was sent.
type looks struct {
	like  func(now fs.FileInfo) transfer.Likeness
	took  func(now fs.FileInfo)
	ours  bool
	first fs.FileInfo
	print sameness.Print // of first
	tell  bool           // a change must show
	taken bool           // what was sent before may be of another content
}

// grain is how far apart two changes of a file must be to leave it with different times: the coarsest clock that
// kernels stamp files with ticks every 10 ms.
const grain = 20 * time.Millisecond

// first looks at the file before its first byte is read.
func (s *source) first(job transfer.Job) (*looks, error) {
	l := &looks{like: job.Like, took: job.Took, ours: job.Ours}
	if err := l.look(s.f); err != nil {
		return nil, err
	}
	if l.like == nil {
		l.like = func(now fs.FileInfo) transfer.Likeness { return since(l.print, sameness.Of(now)) }
	}
	if l.took == nil {
		l.took = func(fs.FileInfo) {}
	}
	if s.ahead && l.first.Mode().IsRegular() && l.print.Size >= s.size {
		return l, nil
	}
	if !l.first.Mode().IsRegular() || l.print.Size != s.size {
		return nil, s.changed("before the upload began")
	}
	switch l.like(l.first) {
	case transfer.Same:
		l.taken = !l.tell
		return l, nil
	case transfer.Alike:
		return l, l.take(s)
	}
	return nil, s.changed("before the upload began")
}

// look notes how the file looks at first.
func (l *looks) look(f *os.File) (err error) {
	if l.first, err = f.Stat(); err != nil {
		return localError(err)
	}
	l.print = sameness.Of(l.first)
	l.tell = sameness.TimesTell(f, l.print)
	return nil
}

// since compares a file with how it looked at first.
func since(first, now sameness.Print) transfer.Likeness {
	switch {
	case now == first:
		return transfer.Same
	case now.Size == first.Size && now.ModTime == first.ModTime:
		return transfer.Alike
	}
	return transfer.Other
}

// take takes the file as it is, and sees to it that its looks tell of any change from now on: what was written to it
// through a mapping, and is not on the disk yet, could be written again without moving its time.
func (l *looks) take(s *source) error {
	if l.ours && sameness.IsWritten(s.f) {
		return busy()
	}
	if err := s.f.Sync(); err != nil && !unsyncable(err) {
		return localError(err)
	}
	if err := l.look(s.f); err != nil {
		return err
	}
	if age := time.Since(l.print.Changed()); age >= 0 && age < grain {
		time.Sleep(grain - age)
		if err := l.look(s.f); err != nil {
			return err
		}
	}
	if l.print.Size != s.size {
		return s.changed("before the upload began")
	}
	l.taken = true
	l.took(l.first)
	return nil
}

// unsyncable reports whether an error of a sync means that nothing can be lost, because nothing can be written there.
func unsyncable(err error) bool {
	return errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOTSUP)
}

// unchanged fails unless the file is still called the same, and is still what was sent of it, whose CRC64 is crc.
func (s *source) unchanged(crc uint64) error {
	now, err := s.again()
	if err != nil {
		return err
	}
	if s.looks.ours && sameness.IsWritten(s.f) {
		return busy()
	}
	switch like := s.looks.like(now); {
	case like == transfer.Other:
		return s.changed("during the upload")
	case s.looks.tell && (like == transfer.Same || sameness.Of(now) == s.looks.print):
		return nil
	}
	sum, err := s.checksum(s.ctx, 0, s.size, nil)
	if err != nil {
		return err
	}
	later, err := s.again()
	if err != nil {
		return err
	}
	if sum != crc || sameness.Of(later) != sameness.Of(now) {
		return s.changed("during the upload")
	}
	s.looks.took(now)
	return nil
}

// stillThere fails if the file changed, or another took its name, while the server answered: what is stored is what the
// file was. A file that was removed meanwhile is uploaded.
func (s *source) stillThere() error {
	named, err := s.named()
	if err != nil || named == nil {
		return nil // it was read to its end, and nobody can say that it has changed
	}
	if os.SameFile(s.looks.first, named) && s.looks.like(named) != transfer.Other {
		return nil
	}
	return &transfer.Error{Kind: transfer.Final, Code: "FileChanged",
		Message: "the file changed while the server stored it: the object has what it was before",
		Hint:    "retry uploads it as it is now"}
}

// again looks at the file once more, and at what has its name.
func (s *source) again() (fs.FileInfo, error) {
	now, err := s.f.Stat()
	if err != nil {
		return nil, localError(err)
	}
	named, err := s.named()
	if err != nil {
		return nil, err
	}
	if named == nil || !os.SameFile(s.looks.first, named) || now.Size() != s.size {
		return nil, s.changed("during the upload")
	}
	return now, s.ends()
}

// ends fails if the file goes on where its size says that it ends: that of what is made up while it is read is often 0.
func (s *source) ends() error {
	switch n, err := s.f.ReadAt(make([]byte, 1), s.size); {
	case n > 0:
		return s.changed(fmt.Sprintf("during the upload, or has another size than it says: it goes on after %d bytes",
			s.size))
	case err != nil && !errors.Is(err, io.EOF):
		return localError(err)
	}
	return nil
}

func busy() error {
	return &transfer.Error{Kind: transfer.Final, Code: transfer.CodeBusy,
		Message: "somebody has the file open for writing, or mapped"}
}
