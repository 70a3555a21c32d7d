package queue

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/spool"
)

// syncReceived brings what is received to stable storage, now that nobody writes any more: the journal is about to say
// that all was in order at the end, and the power may go after that. What could not be synced in time is held.
func (q *Queue) syncReceived(ctx context.Context) {
	q.mu.Lock()
	paths := make(map[*entry]string)
	for e := range q.list.All() {
		if e.State == list.Receiving && e.inInbox() && e.link == "" && q.o.Names.Class(e.name()) == names.Final {
			paths[e] = q.spoolPath(e.name())
		}
	}
	q.mu.Unlock()
	for _, path := range paths {
		spool.StartSync(path)
	}
	folders := make(spool.FolderSync)
	for e, path := range paths {
		err := ctx.Err()
		if err == nil {
			_, err = spool.Sync(path, nil)
		}
		if err == nil {
			err = folders.To(filepath.Dir(path), filepath.Dir(q.o.Inbox))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			q.mu.Lock()
			q.holdLocked(e, codeSync, "the file could not be brought to stable storage: "+err.Error())
			q.mu.Unlock()
		}
	}
}
