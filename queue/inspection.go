package queue

import (
	"io"
	"io/fs"

	"inboxfs/queue/playlist"
	"inboxfs/queue/sameness"
	"inboxfs/queue/spool"
)

// inspection is the look at a drop's content while it is brought to stable storage. It belongs to the sealing's
// goroutine until the sealing ends.
type inspection struct {
	q    *Queue
	name string
	// What the entry was when it was released. A drop that changed since has another generation; nobody tells of
	// changes of a referenced file.
	trusted, referenced bool
	size, modTime       int64
	mark                sameness.Mark

	done bool   // it was looked at
	cut  string // why it is not whole

	list    playlist.List // of one that is a playlist
	badList error

	piece bool // it is marked as one of an uploaded file
}

func (q *Queue) inspectionLocked(e *entry) inspection {
	return inspection{q: q, name: e.name(), trusted: e.trusted, referenced: e.foreign(), size: e.Size,
		modTime: e.modTime,
		mark:    e.mark}
}

// look has the content checked, unless a user has said that it is to be uploaded as it is. What cannot be read is left
// to the upload, which meets the same error and has a name for it.
func (i *inspection) look(r io.ReaderAt, info fs.FileInfo) {
	now := sameness.Of(info)
	changed := i.referenced && (now.Size != i.size || now.ModTime != i.modTime || now.Mark() != i.mark)
	if i.q.o.HLS && !i.referenced && playlist.Name(i.name) {
		i.list, i.badList = playlist.Parse(io.NewSectionReader(r, 0, info.Size()))
	}
	if i.trusted && !changed {
		return
	}
	i.piece = !i.referenced && spool.IsPiece(i.q.spoolPath(i.name))
	if i.q.o.Check == nil {
		return
	}
	i.done = true
	var err error
	if i.cut, err = i.q.o.Check(r, info.Size()); err != nil {
		i.q.o.Log.Warn("a file could not be checked, and is taken as whole", "file", i.name, "error", err)
	}
}
