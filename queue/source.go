package queue

import (
	"io/fs"
	"os"

	"inboxfs/queue/spool"
)

// openDrop opens a drop to be sent.
func (q *Queue) openDrop(name string) (*os.File, error) {
	if err := q.apart(q.spoolPath(name)); err != nil {
		return nil, err
	}
	return spool.OpenFile(q.o.Inbox, name)
}

// namedDrop is Job.Named for a drop that was opened.
func (q *Queue) namedDrop(name string) (fs.FileInfo, error) { return spool.LookAt(q.o.Inbox, name) }
