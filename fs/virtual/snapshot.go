package virtual

import (
	"context"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"inboxfs/fs/errno"
)

// snapshot is one rendered content. It does not change, and all who opened it share it.
type snapshot struct {
	data []byte

	file   *os.File // that has it instead, if not nil
	size   int64    // of file
	closed atomic.Bool

	handles int // guarded by held.mu
	held    *held

	moving sync.Mutex // held while it is written to a file
	moved  *snapshot  // the same in a file; guarded by moving
}

var (
	_ = (fusefs.FileReader)((*snapshot)(nil))
	_ = (fusefs.FileReleaser)((*snapshot)(nil))
)

// Read makes a snapshot a file handle.
func (s *snapshot) Read(_ context.Context, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	if s.file != nil {
		n, err := s.file.ReadAt(dest, off)
		if err != nil && err != io.EOF {
			return nil, errno.Of(err)
		}
		return fuse.ReadResultData(dest[:n]), 0
	}
	if off < 0 || off >= int64(len(s.data)) {
		return fuse.ReadResultData(nil), 0
	}
	return fuse.ReadResultData(s.data[off:min(int64(len(s.data)), off+int64(len(dest)))]), 0
}

func (s *snapshot) length() int64 {
	if s.file != nil {
		return s.size
	}
	return int64(len(s.data))
}

// Release ends one handle.
func (s *snapshot) Release(context.Context) syscall.Errno {
	if s.held != nil {
		s.held.leave(s)
	}
	return 0
}

// held counts what the handles of a mount hold of rendered contents. However many there are, and however long they stay
// open, memory has no more of it than heldMost: what comes on top of that lies in files without a name.
type held struct {
	dir string // on whose disk these files are

	mu    sync.Mutex // guards the rest, and the handles of snapshots
	bytes int64      // in memory
}

const (
	heldMuch = 16 << 20 // from here on renderings are shared that are not quite new
	heldMost = 48 << 20
	small    = 64 << 10 // what is no longer than that is always made anew
)

// much reports whether so much is held already that another rendering of that size had better be shared.
func (h *held) much(size int64) bool {
	if h == nil || size <= small {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.bytes >= heldMuch
}

// take makes a handle of the content of r: of what is in memory while there is room, or of the same in a file.
func (h *held) take(r *rendering) (*snapshot, error) {
	for {
		s, err := r.fresh()
		if err != nil || h.join(s) {
			return s, err
		}
		if s.file == nil {
			return h.move(r, s)
		} // else it was closed just now
	}
}

// join counts one more handle of s, if it may: memory must have room for the first handle of what is there.
func (h *held) join(s *snapshot) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case s.handles > 0:
	case s.file != nil, h.bytes+s.length() > heldMost && s.length() > small:
		return false
	default:
		h.bytes += s.length()
	}
	s.held = h
	s.handles++
	return true
}

// move makes a handle of the same content in a file, which serves the others from then on.
func (h *held) move(r *rendering, s *snapshot) (*snapshot, error) {
	s.moving.Lock()
	defer s.moving.Unlock()
	if s.moved != nil && h.join(s.moved) {
		return s.moved, nil
	}
	d, err := h.toDisk(s.data)
	if err != nil {
		return nil, err
	}
	s.moved = d
	r.instead(s, d)
	return d, nil
}

func (h *held) leave(s *snapshot) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.handles--; s.handles > 0 {
		return
	}
	if s.file != nil {
		s.closed.Store(true)
		_ = s.file.Close() // nothing was written that anybody misses
		return
	}
	h.bytes -= s.length()
}

// toDisk writes a content to a file that has no name, and makes the first handle of that.
func (h *held) toDisk(data []byte) (*snapshot, error) {
	f, err := os.CreateTemp(h.dir, ".shown-*")
	if err != nil {
		return nil, err
	}
	err = os.Remove(f.Name())
	if err == nil {
		_, err = f.Write(data)
	}
	if err != nil {
		_ = f.Close() // err says what matters
		return nil, err
	}
	return &snapshot{file: f, size: int64(len(data)), handles: 1, held: h}, nil
}
