package queue

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/reference"
	"inboxfs/queue/transfer"
)

// Add adds a local file by reference (addFile): nothing is copied and the file is never touched. Its name in the list
// is the last part of its path.
func (q *Queue) Add(ctx context.Context, path string) (transfer.ID, error) {
	if !filepath.IsAbs(path) {
		return 0, refuse(transfer.ErrInvalid, "addFile %q: the path must be absolute", path)
	}
	type found struct {
		real string
		info fs.FileInfo
	}
	is := make(chan found, 1)
	err := q.aside(ctx, func() error {
		f, real, err := q.finder.Find(path)
		if err != nil {
			return err
		}
		info, err := f.Stat()
		is <- found{real, info}
		return errors.Join(err, f.Close())
	})
	var refused *reference.Refused
	switch {
	case errors.As(err, &refused) && refused.Is == reference.Nothing:
		return 0, refuse(transfer.ErrNoEntry, "addFile %q: there is no such file", path)
	case errors.As(err, &refused) && refused.Err != nil:
		return 0, refuse(transfer.ErrInvalid, "addFile %q: %v", path, refused.Err)
	case errors.As(err, &refused):
		return 0, refuse(transfer.ErrInvalid, "addFile %q: it is %v; only regular files elsewhere can be added", path,
			refused.Is)
	case err != nil:
		return 0, err
	}
	name := filepath.Base(path)
	if _, _, err := q.o.Uploader.Key(name, 0); err != nil {
		return 0, err
	}
	file := <-is
	id, wait, err := q.refer(name, file.real, file.info)
	if err != nil {
		return 0, err
	}
	return id, wait(ctx)
}

// refer makes the entry of a referenced file. It may not take its name from anything in the inbox.
func (q *Queue) refer(name, path string, info fs.FileInfo) (transfer.ID, func(context.Context) error, error) {
	defer q.Guard(name)()
	if _, err := os.Lstat(q.spoolPath(name)); err == nil {
		return 0, nil, refuse(transfer.ErrBusy, "addFile %q: there is a file called %q in the inbox", path, name)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.openLocked(); err != nil {
		return 0, nil, err
	}
	if old := q.tree.get(name); old != nil && !old.standing().Ended() {
		return 0, nil, refuse(transfer.ErrBusy, "addFile %q: %q is in the list already", path, name)
	}
	if old := q.tree.get(name); old != nil && old.source != "" && old.source != path && !old.replaced() {
		return 0, nil, refuse(transfer.ErrBusy,
			"addFile %q: the list has %q, of another folder, under the same name and key; "+
				"take that off the list (deleteFile, or clear finished), or add this by a link with another name", path,
			name)
	}
	e := q.newLocked(name)
	e.source = path
	q.resizeLocked(e, info.Size())
	e.modTime = info.ModTime().UnixNano()
	wait := q.commitLocked(commit.Change{Batch: journal.Batch{Put: []journal.Record{e.record()}}})
	q.wakeAtLocked(e, q.now())
	return e.ID, wait, nil
}
