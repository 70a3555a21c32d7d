package queue

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"

	"inboxfs/queue/commit"
	"inboxfs/queue/journal"
	"inboxfs/queue/killpoint"
	"inboxfs/queue/list"
	"inboxfs/queue/sameness"
	"inboxfs/queue/seal"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// newSealer brings what has settled to stable storage.
func (q *Queue) newSealer() *seal.Sealer[*sealing] {
	return seal.New(seal.Options[*sealing]{Top: filepath.Dir(q.o.Inbox), Mounted: q.mounted, Visible: &q.mu, Now: q.now,
		Wanted: func(s *sealing) bool { return !q.overtakenLocked(s) }, Begin: q.beginSealLocked,
		Before: q.labelFiles, Guard: q.refusesLocally, Follow: q.look, Ended: q.synced, Go: q.looks.Go,
		Sure: func(s *sealing) { q.Guard(s.name)() }})
}

// sealing is one drop on its way to stable storage. It counts as long as its entry points to it: whatever happens to
// the drop meanwhile takes the entry off the way.
type sealing struct {
	seal.Drop
	e      *entry
	staged bool   // synced, and in the journal's hands; guarded by Queue.mu
	stands bool   // so it is for good, although the entry was canceled meanwhile; guarded by Queue.mu
	name   string // of the entry; guarded by Queue.mu, like Path and link, until the sealing is taken on
	link   string
	check  inspection
}

// newSealing begins an entry's way to ready.
func newSealing(e *entry) *sealing { return &sealing{Drop: seal.Of(e.Size, e.foreign()), e: e} }

// beginSealLocked notes what the drop is called now that it is taken on.
func (q *Queue) beginSealLocked(s *sealing) {
	s.name, s.Path, s.link, s.check = s.e.name(), q.pathLocked(s.e), s.e.link, q.inspectionLocked(s.e)
}

// Look has the content looked at while it is synced.
func (s *sealing) Look(r io.ReaderAt, info fs.FileInfo) { s.check.look(r, info) }

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

// refusesLocally says why a drop is not to be read: it belongs to a spool, or to what a sync program keeps alike
// elsewhere.
func (q *Queue) refusesLocally(s *sealing) error {
	err := q.apart(s.Path)
	if err == nil && q.o.HoldSynced && !q.o.Keep && !s.check.trusted && s.link == "" {
		err = q.keptAlike(s.Path)
	}
	return err
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
	case scarce(s.Err): // it says nothing about the file, and passes
		q.o.Log.Warn("a drop could not be looked at for want of descriptors or memory; trying again", "file", e.name(),
			"error", s.Err)
		q.settleLocked(e)
		return
	case errors.As(s.Err, &problem) && (e.link != "" || problem.Code == codeSpool || problem.Code == codeSynced):
		q.holdForLocked(e, problem)
		return
	case errors.As(s.Err, &problem):
		q.failLocked(e, problem)
		return
	case errors.Is(s.Err, fs.ErrNotExist) && e.inInbox():
		q.dropLocked(e) // removed below us, in the spool
		return
	case errors.Is(s.Err, spool.ErrWritten): // past us, or through a mapping that outlives its handle
		e.problem = &transfer.Error{Message: "a program has it open for writing, or mapped"}
		q.settleLocked(e)
		return
	case errors.Is(s.Err, errNoLink): // replaced below us
		q.soilLocked(e)
		e.source, e.link = "", ""
		q.settleLocked(e)
		return
	case errors.Is(s.Err, fs.ErrPermission) && e.inInbox() && !e.piece: // its own mode, or its folder's
		q.holdForLocked(e, &transfer.Error{Code: codeSync, Message: "the file cannot be read: " + s.Err.Error(),
			Hint: "have its owner let itself read it, and its folder (chmod u+rx), then release it; or delete it"})
		return
	case s.Err != nil:
		q.holdLocked(e, codeSync, "the file could not be brought to stable storage: "+s.Err.Error())
		return
	}
	if e.inInbox() && e.link == "" && q.beingWrittenLocked(s.Info) {
		q.settleLocked(e)
		return
	}
	if e.link != "" {
		e.source, e.link = s.Path, s.link
	}
	looks := sameness.Of(s.Info)
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
