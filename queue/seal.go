package queue

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/list"
	"inboxfs/queue/sameness"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
	"inboxfs/queue/wake"
)

// sealer takes settled drops to stable storage: the file, the folders that lead to it, then the journal. Small files
// go in batches in the order in which they settled, so that one disk wait serves many; a large one is synced beside
// them, and so is what lies outside the spool, whose disk may not even answer. All are added in the order in which they
// settled: see turns.
type sealer struct {
	mu      sync.Mutex // guards the lists; taken after Queue.mu
	due     []*sealing
	large   []*sealing
	foreign []*sealing
	wake    wake.Bell
	sync    func(path string, look func(io.ReaderAt, fs.FileInfo)) (fs.FileInfo, error) // spool.Sync
}

const (
	sealGather      = 50 * time.Millisecond
	sealBatchMax    = 256      // drops in one batch
	sealAtOnce      = 16       // fsyncs at once: the disk's journal joins them
	sealLarge       = 64 << 20 // bytes; from here on a file is synced by itself
	sealLargeAtOnce = 4

	sealForeignAtOnce = 16
)

// sealing is one drop on its way to stable storage. It counts as long as its entry points to it: whatever happens to
// the drop meanwhile takes the entry off the way.
type sealing struct {
	e      *entry
	joined time.Time // when it settled; guarded by Queue.mu, like the next three
	began  time.Time // when its sync did; zero: not yet
	synced bool      // its sync or look is over
	passed bool      // it keeps nobody waiting: it took too long, or has its place already
	staged bool      // synced, and in the journal's hands; guarded by Queue.mu
	stands bool      // so it is for good, although the entry was canceled meanwhile; guarded by Queue.mu
	name   string    // of the entry; guarded by Queue.mu, like path and link, until the sealing is taken on
	path   string    // where the bytes are; of a link, what is found at its end
	link   string
	info   fs.FileInfo
	err    error
	check  inspection
}

func (s *sealer) add(one *sealing) {
	s.mu.Lock()
	s.due = append(s.due, one)
	s.mu.Unlock()
	s.wake.Ring()
}

// take returns the next batch; empty when nothing is due.
func (s *sealer) take() []*sealing {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(sealBatchMax, len(s.due))
	batch := slices.Clone(s.due[:n])
	clear(s.due[:n])
	if s.due = s.due[n:]; len(s.due) == 0 {
		s.due = nil
	}
	return batch
}

// waiting returns how many foreign and large files nobody looks at yet.
func (s *sealer) waiting() (foreign, large int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.foreign), len(s.large)
}

// takeOne takes the first of a list, or nil.
func (s *sealer) takeOne(listed *[]*sealing) *sealing {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(*listed) == 0 {
		return nil
	}
	one := (*listed)[0]
	*listed = (*listed)[1:]
	return one
}

// runSealer seals what is due until stop is closed. What is left settles anew at the next start.
func (q *Queue) runSealer(stop <-chan struct{}) {
	slots, foreign := make(chan struct{}, sealLargeAtOnce), make(chan struct{}, sealForeignAtOnce)
	for {
		select {
		case <-q.sealer.wake:
		case <-stop:
			return
		}
		select { // for more to come: one disk wait serves them all
		case <-time.After(sealGather):
		case <-stop:
			return
		}
		for more := true; more && !wake.Closed(stop); {
			batch := q.sealer.take()
			q.labelFiles() // they look as they do from now on
			more = len(batch) > 0
			small := q.smallOf(batch)
			far, large := q.sealer.waiting()
			for range far { // one each: any of them may hang
				q.sealBeside(foreign, func() { q.sealForeign(stop) })
			}
			for range large {
				q.sealBeside(slots, func() { q.sealLarge(stop) })
			}
			q.seal(small, stop)
		}
	}
}

// sealBeside starts one more of those who do the work, unless as many as may are at it already: who ends looks whether
// something came in that moment.
func (q *Queue) sealBeside(slots chan struct{}, work func()) {
	select {
	case slots <- struct{}{}:
		q.looks.Go(func() {
			work()
			<-slots
			q.sealer.wake.Ring()
		})
	default:
	}
}

// sealLarge seals the large files that wait, one after another.
func (q *Queue) sealLarge(stop <-chan struct{}) {
	next := func() *sealing { return q.sealer.takeOne(&q.sealer.large) }
	for one := next(); one != nil && !wake.Closed(stop); one = next() {
		q.mu.Lock()
		overtaken := q.overtakenLocked(one)
		one.began = q.now()
		q.mu.Unlock()
		if overtaken {
			continue
		}
		q.labelFiles()
		if q.syncDrop(one); one.err == nil {
			one.err = make(spool.FolderSync).To(filepath.Dir(one.path), filepath.Dir(q.o.Inbox))
		}
		q.synced(stop, one)
	}
}

// smallOf sets the large and the foreign files of a batch aside and returns the others.
func (q *Queue) smallOf(batch []*sealing) (small []*sealing) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sealer.mu.Lock()
	defer q.sealer.mu.Unlock()
	for _, s := range batch {
		switch {
		case q.overtakenLocked(s):
			continue
		case s.e.foreign():
			q.sealer.foreign = append(q.sealer.foreign, s)
		case s.e.Size < sealLarge:
			s.began = q.now()
			small = append(small, s)
		default:
			q.sealer.large = append(q.sealer.large, s)
		}
		s.name, s.path, s.link, s.check = s.e.name(), q.pathLocked(s.e), s.e.link, q.inspectionLocked(s.e)
	}
	return small
}

// overtakenLocked reports whether something happened to the drop since: then it settles again, or is something else
// now.
func (q *Queue) overtakenLocked(s *sealing) bool {
	if s.e.seal == s && !s.staged && q.unmovedLocked(s.e) {
		s.e.seal = nil // its path is not what it was; it settles anew when it follows its folder
	}
	return s.e.seal != s
}

// addedAlready notes that an entry on whose way to ready something else comes is added all the same, if it is in the
// journal's hands.
func (e *entry) addedAlready() {
	if s := e.seal; s != nil && s.staged {
		s.stands, e.sealed, e.told, e.dirty = true, true, true, false
	}
}

// pathLocked is where the entry's bytes are.
func (q *Queue) pathLocked(e *entry) string {
	if e.source != "" {
		return e.source
	}
	return q.spoolPath(e.name())
}

// spoolPath is where a name below inbox is on the disk.
func (q *Queue) spoolPath(name string) string {
	return filepath.Join(q.o.Inbox, filepath.FromSlash(name))
}

// seal syncs a batch and hands over what became of each drop. Files whose disk does not answer keep the others no
// longer than turnSync.
func (q *Queue) seal(batch []*sealing, stop <-chan struct{}) {
	if len(batch) == 0 {
		return
	}
	if len(batch) > 1 {
		for _, s := range batch {
			spool.StartSync(s.path)
		}
	}
	ended := make(chan *sealing, len(batch))
	slots := make(chan struct{}, sealAtOnce)
	for _, s := range batch {
		q.looks.Go(func() {
			slots <- struct{}{}
			q.syncDrop(s)
			<-slots
			ended <- s
		})
	}
	var files []*sealing
	for patience := time.After(turnSync); len(files) < len(batch) && patience != nil; {
		select {
		case s := <-ended:
			files = append(files, s)
		case <-patience:
			patience = nil
		}
	}
	killpoint.At("seal: files synced")
	q.sealNames(files, stop)
	if late := len(batch) - len(files); late > 0 {
		q.looks.Go(func() {
			for range late {
				q.sealNames([]*sealing{<-ended}, stop)
			}
		})
	}
}

// syncDrop brings a drop's content to stable storage, unless it belongs to a spool.
func (q *Queue) syncDrop(s *sealing) {
	s.err = q.apart(s.path)
	if s.err == nil && q.o.HoldSynced && !q.o.Keep && !s.check.trusted && s.link == "" {
		s.err = q.keptAlike(s.path)
	}
	if s.err == nil {
		s.info, s.err = q.sealer.sync(s.path, s.check.look)
	}
}

// sealNames syncs the folders that lead to files which are synced, and hands these over.
func (q *Queue) sealNames(files []*sealing, stop <-chan struct{}) {
	folders := make(spool.FolderSync)
	for _, s := range files {
		if s.err == nil {
			s.err = folders.To(filepath.Dir(s.path), filepath.Dir(q.o.Inbox))
		}
		q.sure(s)
	}
	q.synced(stop, files...)
}

// sure waits for a rename that was made and has not been told yet: a file that is gone may only have another name.
func (q *Queue) sure(s *sealing) {
	if errors.Is(s.err, fs.ErrNotExist) {
		q.Guard(s.name)()
	}
}

// sealedLocked takes a synced drop to ready, by way of the journal.
func (q *Queue) sealedLocked(s *sealing) {
	e := s.e
	var problem *transfer.Error
	switch {
	case e.replaced():
		q.supersedeLocked(e)
		q.stageRowLocked(e)
		return
	case scarce(s.err): // it says nothing about the file, and passes
		q.o.Log.Warn("a drop could not be looked at for want of descriptors or memory; trying again", "file", e.name(),
			"error", s.err)
		q.settleLocked(e)
		return
	case errors.As(s.err, &problem) && (e.link != "" || problem.Code == codeSpool || problem.Code == codeSynced):
		q.holdForLocked(e, problem)
		return
	case errors.As(s.err, &problem):
		q.failLocked(e, problem)
		return
	case errors.Is(s.err, fs.ErrNotExist) && e.inInbox():
		q.dropLocked(e) // removed below us, in the spool
		return
	case errors.Is(s.err, spool.ErrWritten): // past us, or through a mapping that outlives its handle
		e.problem = &transfer.Error{Message: "a program has it open for writing, or mapped"}
		q.settleLocked(e)
		return
	case errors.Is(s.err, errNoLink): // replaced below us
		q.soilLocked(e)
		e.source, e.link = "", ""
		q.settleLocked(e)
		return
	case errors.Is(s.err, fs.ErrPermission) && e.inInbox() && !e.piece: // its own mode, or its folder's
		q.holdForLocked(e, &transfer.Error{Code: codeSync, Message: "the file cannot be read: " + s.err.Error(),
			Hint: "have its owner let itself read it, and its folder (chmod u+rx), then write release; or deleteFile"})
		return
	case s.err != nil:
		q.holdLocked(e, codeSync, "the file could not be brought to stable storage: "+s.err.Error())
		return
	}
	if e.inInbox() && e.link == "" && q.beingWrittenLocked(s.info) {
		q.settleLocked(e)
		return
	}
	if e.link != "" {
		e.source, e.link = s.path, s.link
	}
	looks := sameness.Of(s.info)
	if e.told && !e.foreign() && (looks.Size != e.Size || looks.ModTime != e.modTime) {
		q.renewLocked(e) // it was ready, and somebody changed it past us
	}
	e.doubtPartsLocked()
	q.resizeLocked(e, looks.Size)
	if !e.looksLocked(looks) { // the same size and times say little
		q.otherwiseLocked(e, e.place)
	}
	e.sawLocked(looks)
	e.sealTime = e.modTime
	if err := q.foreseeLocked(e); err != nil {
		q.failLocked(e, &transfer.Error{Code: "InvalidObjectName", Message: err.Error(), Hint: "rename the file",
			Err: err})
		return
	}
	if s.check.piece {
		q.holdForLocked(e, &transfer.Error{Code: codePiece, Message: onlyPiece, Hint: pieceHint})
		return
	}
	if s.check.cut != "" {
		q.holdLocked(e, codeMedia, s.check.cut)
		return
	}
	if problem := q.readLocked(e, s.check); problem != nil {
		q.holdForLocked(e, problem)
		return
	}
	e.trusted = e.trusted && !s.check.done
	ch := commit.Change{}
	if !e.told { // else it is tried again: it was added long ago, and keeps its place
		q.list.Rank(e)
		ch.Event = q.event("OnFileAdded", e, attrSize(e))
	}
	s.staged, e.noted = true, true
	ch.Put = []journal.Record{e.record()}
	ch.Apply = func() bool {
		if q.overtakenLocked(s) {
			return s.stands
		}
		killpoint.At("ready: journaled")
		e.sealed, e.told, e.dirty = true, true, false
		q.setLocked(e, list.Ready)
		return true
	}
	q.stageLocked(ch)
	killpoint.At("ready: staged")
}
