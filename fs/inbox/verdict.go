package inbox

import (
	"fmt"
	"strings"
	"syscall"

	"github.com/dustin/go-humanize"

	"inboxfs/fs/writer"
)

// verdict says why what the handle wrote cannot be trusted, or "". st or the error stat came from the last look at the
// file, no from its close.
func (h *inboxFile) verdict(changed bool, st *inode, stat error, no syscall.Errno) (fault string, relay bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch relay = h.writer.Relay() || h.by.Serves; {
	case h.fault != "":
		return h.fault, relay
	case no != 0:
		return "close answered " + no.Error(), relay
	case stat != nil:
		return fmt.Sprintf("the file could not be looked at when it was closed: %v", stat), relay
	case !changed:
		return "", relay
	case unfinished(h.writer, st).Badly():
		return h.cutShort(unfinished(h.writer, st), st), relay
	case h.passed && !h.served.Load() && h.writable && h.node.in.space.wasLow(h.opened):
		return "the spool ran low while this file was written (free space below the reserve), " +
			"so a hidden write error cannot be ruled out", relay
	}
	return "", relay
}

// unfinished is how the writer of a file that now is as in st ended without finishing it. nil: nobody knows how it is.
func unfinished(w writer.Writer, st *inode) writer.Ended {
	if st == nil {
		return w.End
	}
	return w.Unfinished(st.stamp().content())
}

// cutShort says how the writer ended and how far it had come, as far as that is known: nobody tells where writes are
// that go past us, but a file that began empty and was never made longer ends there.
func (h *inboxFile) cutShort(e writer.Ended, st *inode) string {
	words := e.String()
	if e.Signal == 0 {
		words += " with the file open"
	}
	if st == nil {
		return words
	}
	switch end := h.end.Load(); {
	case h.passed && !h.served.Load() && h.sized.Load():
		return words
	case !h.sized.Load() || end >= int64(st.Size):
		return words + " after " + humanize.IBytes(st.Size)
	case end == 0:
		return words
	default:
		return words + " at " + share(uint64(end), st.Size)
	}
}

// share says how much of a whole: "1.5 of 3.0 MiB".
func share(part, whole uint64) string {
	p, w := humanize.IBytes(part), humanize.IBytes(whole)
	if n, unit, ok := strings.Cut(p, " "); ok && strings.HasSuffix(w, " "+unit) {
		p = n
	}
	return p + " of " + w
}

// closedBy is the program that closed h last, in good order; nil if it is not known.
func (h *inboxFile) closedBy() *writer.Program {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.writer.By
}

// worksAt notes that by, who opened h, is at work in a folder.
func (h *inboxFile) worksAt(by writer.Opener, folder *inboxNode) {
	h.worksIn = folder.StableAttr()
	h.works = h.node.in.programs.Opened(by, h.worksIn)
}

// busy is who closed h, as one who may need it again.
func (h *inboxFile) busy(by *writer.Program) writer.Busy {
	h.mu.Lock()
	defer h.mu.Unlock()
	return writer.Busy{By: by, Folder: h.worksIn, Closed: h.closed}
}
