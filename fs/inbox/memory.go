package inbox

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"inboxfs/queue/opened"
)

// memory is what is remembered of a handle over a kill of this process: that it is open to write, or closed.
//
// A program has closed its file once Flush was answered; that no other descriptor leads to the handle, the kernel tells
// later, with Release. A kill in between must not make a copy that was complete look like half a one. So at each close
// we look whether the program has another, or may have given it away, and if not, we believe that this was the last. If
// no Release follows, it was not.
type memory struct {
	mark   opened.Mark
	opener uint32 // the thread that opened it
	only   bool   // it only writes, so no mapping outlives its descriptors

	believed atomic.Bool // it was said to be closed

	mu    sync.Mutex  // guards the rest
	ended bool        // the mark is the queue's now
	last  bool        // nobody has the handle any more
	again *time.Timer // takes it back; nil: it was never said
}

// believedFor is how long a handle is believed to be closed without a Release.
const believedFor = time.Second

func (m *memory) begin(mark opened.Mark, opener uint32, flags int) {
	m.mark, m.opener, m.only = mark, opener, flags&unix.O_ACCMODE == unix.O_WRONLY
}

// closed notes that the file is closed, and is like this.
func (m *memory) closed(st *inode) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return
	}
	m.mark.Flushed(int64(st.Size), st.ModTime())
	m.believed.Store(true)
	if m.last {
		return
	}
	if m.again == nil {
		m.again = time.AfterFunc(believedFor, m.reopened)
	} else {
		m.again.Reset(believedFor)
	}
}

// released is closed for who has seen Release, after which there is no other descriptor, however long the rest takes.
func (m *memory) released(st *inode) {
	m.mu.Lock()
	m.last = true
	m.mu.Unlock()
	m.closed(st)
}

// written is for who is about to write.
func (m *memory) written() {
	if m.believed.Load() {
		m.reopened()
	}
}

// reopened takes closed back.
func (m *memory) reopened() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.believed.Load() && !m.ended && !m.last {
		m.mark.Opened()
		m.believed.Store(false)
	}
}

// end returns the mark to whoever knows what becomes of the file.
func (m *memory) end() opened.Mark {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = true
	if m.again != nil {
		m.again.Stop()
	}
	return m.mark
}
