package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"inboxfs/queue/journal"
)

// sealer takes settled drops to stable storage: the file, the folders that lead to it, then the journal. Small files
// go in batches in the order in which they settled, so that one disk wait serves many; a large one is synced beside
// them, so that nobody waits for its gigabytes.
type sealer struct {
	mu     sync.Mutex // guards due; taken after Queue.mu
	due    []*entry
	wake   chan struct{}
	synced map[string]struct{} // folders whose own name is on stable storage; guarded by Queue.mu
}

const (
	sealBatchMax    = 256      // drops in one batch
	sealAtOnce      = 16       // fsyncs at once: the disk's journal joins them
	sealLarge       = 64 << 20 // bytes; from here on a file is synced by itself
	sealLargeAtOnce = 4
)

func (s *sealer) add(e *entry) {
	s.mu.Lock()
	s.due = append(s.due, e)
	s.mu.Unlock()
	poke(s.wake)
}

// sealing is one drop on its way to stable storage.
type sealing struct {
	e    *entry
	gen  uint32
	size int64 // as of the last close
	path string
	info fs.FileInfo
	err  error
}

func (q *Queue) runSealer(stop <-chan struct{}) {
	var large sync.WaitGroup
	defer large.Wait()
	slots := make(chan struct{}, sealLargeAtOnce)
	for {
		select {
		case <-q.sealer.wake:
		case <-stop:
			return
		}
		for batch := q.sealBatch(); len(batch) > 0; batch = q.sealBatch() {
			var small []*sealing
			for _, s := range batch {
				if s.size < sealLarge {
					small = append(small, s)
					continue
				}
				large.Go(func() {
					slots <- struct{}{}
					q.seal([]*sealing{s})
					<-slots
				})
			}
			q.seal(small)
		}
	}
}

func (q *Queue) sealBatch() []*sealing {
	q.sealer.mu.Lock()
	n := min(sealBatchMax, len(q.sealer.due))
	due := q.sealer.due[:n:n]
	q.sealer.due = q.sealer.due[n:]
	q.sealer.mu.Unlock()
	q.mu.Lock()
	defer q.mu.Unlock()
	batch := make([]*sealing, 0, n)
	for _, e := range due {
		if e.gone || !e.sealing || e.state != Receiving {
			continue
		}
		batch = append(batch, &sealing{e: e, gen: e.gen, size: e.size, path: q.pathLocked(e)})
	}
	return batch
}

// pathLocked is where the entry's bytes are.
func (q *Queue) pathLocked(e *entry) string {
	if e.source != "" {
		return e.source
	}
	return filepath.Join(q.o.Inbox, filepath.FromSlash(e.name()))
}

// seal syncs a batch and stages what became of each drop.
func (q *Queue) seal(batch []*sealing) {
	var files sync.WaitGroup
	slots := make(chan struct{}, sealAtOnce)
	for _, s := range batch {
		slots <- struct{}{}
		files.Go(func() {
			s.info, s.err = syncFile(s.path)
			<-slots
		})
	}
	files.Wait()
	folders := make(map[string]error)
	for _, s := range batch {
		if s.err == nil && s.e.source == "" {
			s.err = q.syncFolders(filepath.Dir(s.path), folders)
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, s := range batch {
		q.sealedLocked(s)
	}
}

// syncFile brings a file's content and attributes to stable storage and says what it is.
func syncFile(path string) (fs.FileInfo, error) {
	before, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = f.Sync()
	}
	return info, errors.Join(err, f.Close())
}

// syncFolders brings the names that lead to a folder's files to stable storage: the folder itself each time, those
// above it once. done holds what this batch has synced already.
func (q *Queue) syncFolders(folder string, done map[string]error) error {
	for first := true; ; first = false {
		if err, ok := done[folder]; ok {
			return err
		}
		q.mu.Lock()
		_, known := q.sealer.synced[folder]
		q.mu.Unlock()
		if known && !first {
			return nil
		}
		err := syncFolder(folder)
		done[folder] = err
		if err != nil {
			return err
		}
		q.mu.Lock()
		if len(q.sealer.synced) > 10000 {
			clear(q.sealer.synced)
		}
		q.sealer.synced[folder] = struct{}{}
		q.mu.Unlock()
		if folder == q.o.Inbox || folder == filepath.Dir(folder) {
			return nil
		}
		folder = filepath.Dir(folder)
	}
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// unsyncedLocked forgets which folders are on stable storage, because names changed.
func (q *Queue) unsyncedLocked() { clear(q.sealer.synced) }

// sealedLocked takes a synced drop to ready, by way of the journal.
func (q *Queue) sealedLocked(s *sealing) {
	e := s.e
	if e.gone || e.state != Receiving || !e.sealing || e.gen != s.gen || e.writers > 0 {
		return // touched meanwhile: it settles again
	}
	switch {
	case errors.Is(s.err, fs.ErrNotExist):
		e.sealing = false
		if e.source == "" {
			q.dropLocked(e) // removed below us, in the spool
			return
		}
		q.failLocked(e, &Error{Code: "FileNotExist", Message: s.err.Error(), Err: s.err})
		return
	case s.err != nil:
		q.holdLocked(e, "SyncFailed", "the file could not be brought to stable storage: "+s.err.Error())
		return
	}
	q.resizeLocked(e, s.info.Size())
	e.modTime = s.info.ModTime().UnixNano()
	if _, err := q.o.Uploader.Key(e.name(), e.id); err != nil {
		q.failLocked(e, &Error{Code: "InvalidObjectName", Message: err.Error(), Hint: "rename the file", Err: err})
		return
	}
	q.rankLocked(e)
	rec := e.record()
	rec.State = Ready.String()
	q.stageLocked(change{put: []journal.Record{rec}, event: q.event("OnFileAdded", e, attrSize(e)), apply: func() bool {
		if e.gone || e.state != Receiving || e.gen != s.gen || e.writers > 0 || !e.sealing {
			return false
		}
		e.sealed, e.dirty = true, false
		q.setLocked(e, Ready)
		return true
	}})
}
