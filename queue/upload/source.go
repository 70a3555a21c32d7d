package upload

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"inboxfs/queue/transfer"
	"inboxfs/queue/upload/ecma"
)

// source is the local file of a run. Its bytes leave through bodies only.
type source struct {
	// ctx is what Upload was given. Whoever ended it may open the file for writing right away, so each body looks
	// here, and not only at its own request's context, which may learn of it a moment later.
	ctx   context.Context
	f     *os.File
	path  string
	open  func(context.Context) (*os.File, error)    // nil: by its path
	look  func(context.Context) (fs.FileInfo, error) // nil: it is opened
	size  int64                                      // bytes
	ahead bool                                       // it may have more, and be written
	looks *looks
	limit *limiter

	progress *transfer.Progress // nil: nobody asks
}

// openSource opens the job's file and checks that it is what the job was made for.
func openSource(ctx context.Context, job transfer.Job, limit *limiter) (*source, error) {
	s := &source{ctx: ctx, path: job.Path, open: job.Open, look: job.Named, size: job.Size,
		ahead: job.Ahead, limit: limit, progress: job.Progress}
	var err error
	if s.f, err = s.find(); err != nil {
		return nil, err
	}
	if s.looks, err = s.first(job); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *source) close() {
	_ = s.f.Close() // opened for reading: there is nothing that closing could lose
}

// find opens the file as it is called.
func (s *source) find() (*os.File, error) {
	open := s.open
	if open == nil {
		open = func(context.Context) (*os.File, error) {
			return os.OpenFile(s.path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		}
	}
	f, err := open(s.ctx)
	return f, s.local(err)
}

// local is an error of looking for the file.
func (s *source) local(err error) error {
	if err == nil || code(err) != "" || s.ctx.Err() != nil {
		return err
	}
	return localError(err)
}

// named says what has the file's name now; nil: nothing.
func (s *source) named() (info fs.FileInfo, err error) {
	if s.look != nil {
		info, err = s.look(s.ctx)
		err = s.local(err)
	} else {
		info, err = s.opened()
	}
	if code(err) == "FileNotExist" {
		return nil, nil
	}
	return info, err
}

// opened looks at what can be opened by the file's name.
func (s *source) opened() (fs.FileInfo, error) {
	f, err := s.find()
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	_ = f.Close() // opened to see what it is
	return info, s.local(err)
}

func (s *source) changed(when string) error {
	return &transfer.Error{Kind: transfer.Final, Code: "FileChanged", Message: "the file changed " + when,
		Hint: "upload it again once nothing writes to it"}
}

// matches reads size bytes from off and reports whether they are what a part with this ETag holds, and their CRC64.
func (s *source) matches(ctx context.Context, off, size int64, etag string) (bool, uint64, error) {
	sum := md5.New()
	crc, err := s.checksum(ctx, off, size, sum)
	if err != nil {
		return false, 0, err
	}
	return sameETag(fmt.Sprintf("%X", sum.Sum(nil)), etag), crc, nil
}

// checksum reads size bytes from off, writes them to w unless it is nil, and returns their CRC64.
func (s *source) checksum(ctx context.Context, off, size int64, w io.Writer) (uint64, error) {
	buf := make([]byte, min(256<<10, max(size, 1)))
	var crc uint64
	for end := off + size; off < end; {
		n, err := s.readAt(ctx, buf[:min(int64(len(buf)), end-off)], off)
		if err != nil {
			return 0, err
		}
		crc = ecma.Update(crc, buf[:n])
		if w != nil {
			if _, err := w.Write(buf[:n]); err != nil {
				return 0, fmt.Errorf("computing a checksum: %w", err)
			}
		}
		off += int64(n)
	}
	return crc, nil
}

// readAt reads at least one byte into p. The contexts are asked after the read, because the file may change from the
// moment on at which the run's context ended.
func (s *source) readAt(ctx context.Context, p []byte, off int64) (int, error) {
	n, err := s.f.ReadAt(p, off)
	if s.ctx.Err() != nil {
		return 0, s.ctx.Err()
	}
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if n > 0 {
		return n, nil // an error behind these bytes comes again with the next read
	}
	if err == nil || errors.Is(err, io.EOF) {
		return 0, s.changed("during the upload: it is shorter now")
	}
	return 0, localError(err)
}

// localError is what a failed system call on the file means for its upload.
func localError(err error) error {
	e := &transfer.Error{Kind: transfer.Final, Code: "LocalReadError", Message: err.Error(), Err: err,
		Hint: "check the disk, then retry"}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Code, e.Hint = "FileNotExist", "put the file back and retry, or delete the entry"
	case errors.Is(err, syscall.ELOOP):
		e.Code, e.Message, e.Hint = "FileChanged", "a symbolic link took the file's place", ""
	case errors.Is(err, fs.ErrPermission):
		e.Code, e.Hint = "PermissionDenied", "make the file readable, then retry"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ENOMEM),
		errors.Is(err, syscall.EINTR):
		e.Kind, e.Hint = transfer.Resumable, ""
	}
	return e
}
