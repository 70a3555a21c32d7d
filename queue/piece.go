package queue

import "time"

// A file that is written in pieces, with more than the settle time between them, is uploaded and its copy removed after the
// first. Whoever goes on with it then makes it anew without its beginning, and as an object that would replace what is
// there. The filesystem knows how a file was made and what was written first; it marks such a file (spool.Piece), and the
// sealing holds what is marked.

// pieceSoon is how long after an upload a file of the same name can be a piece of it: long enough for what a job adds to
// once a day.
const pieceSoon = 48 * time.Hour

const (
	codePiece = "OnlyAPiece" // the code of a file that is held for that
	onlyPiece = "this is only what was written since the file was uploaded and its copy here removed: " +
		"who made it anew opened it to go on, and its beginning is in the bucket"
	pieceHint = "drop the whole file, or write release to upload this piece in its place; files that are written in pieces need " +
		"after_upload = \"keep\" or a settle time longer than the pauses between them"
)

// Taken reports whether the file that Open was told is made has the name of one that was uploaded not long ago and removed by us.
// An empty one does not count: nothing of it is missing.
func (q *Queue) Taken(id ID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.byID[id]
	if e == nil || e.prev == nil {
		return false
	}
	prev := e.prev
	return prev.taken && prev.size > 0 && q.now().Sub(unixMilli(prev.finished)) < pieceSoon
}
