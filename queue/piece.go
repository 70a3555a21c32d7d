package queue

import (
	"time"

	"inboxfs/queue/list"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// A file that is written in pieces, with more than the settle time between them, is uploaded and its copy removed after
// the first. Whoever goes on with it then makes it anew without its beginning, and as an object that would replace what
// is there. The filesystem knows how a file was made and what was written first; it marks such a file (spool.Piece),
// and the sealing holds what is marked.

// pieceSoon is how long after an upload a file of the same name can be a piece of it: long enough for what a job adds
// to once a day.
const pieceSoon = 48 * time.Hour

const (
	codePiece = "OnlyAPiece" // the code of a file that is held for that
	onlyPiece = "this is only what was written since the file was uploaded and its copy here removed: " +
		"who made it anew opened it to go on, and its beginning is in the bucket"
	pieceToo = "this is only what was written since the file was uploaded and its copy here removed: " +
		"release would put it in place of " +
		"the whole object; drop the whole file, or delete it" // the hint, where it is held for another reason
	pieceHint = "drop the whole file, or release it to upload this piece in its place; " +
		"files that are written in pieces need " +
		"after_upload = \"keep\" or a settle time longer than the pauses between them"
)

// Taken reports whether the file that Open was told is made has the name of one that was uploaded not long ago and
// removed by us, whatever had that name in between (taken.go). An empty one does not count: nothing of it is missing.
func (q *Queue) Taken(id transfer.ID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.list.Get(id)
	if e == nil {
		return false
	}
	if prev := e.prev; prev != nil {
		return prev.taken && prev.Size > 0 && q.now().Sub(unixMilli(prev.finished)) < pieceSoon
	}
	r, known := q.taken.get(nameSum(e.name()))
	return known && !r.empty && q.soon(r.at)
}

// foundPieceLocked has the hint of a file that is held at the start say that it is a piece, if it is marked as one: it
// may have been closed, and was to be held as that, when we were killed.
func (q *Queue) foundPieceLocked(e *entry, s spooled) {
	if e.State != list.Held || s.link != "" || e.problem == nil || e.problem.Hint != holdHint ||
		!spool.IsPiece(q.spoolPath(s.name)) {
		return
	}
	problem := *e.problem
	problem.Hint = pieceToo
	e.piece, e.problem = true, &problem
	q.stageRowLocked(e)
}
