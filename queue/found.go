package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"inboxfs/queue/journal"
	"inboxfs/queue/list"
	"inboxfs/queue/names"
	"inboxfs/queue/opened"
	"inboxfs/queue/sameness"
	"inboxfs/queue/spool"
	"inboxfs/queue/transfer"
)

// holdHint is what a user can do with a held drop.
const holdHint = "release it to upload it all the same, or delete it"

// killedAround is how far before the last sign of life of a killed daemon a file must have changed last to be taken
// as finished: longer than the journal stays behind, and than the clocks of files may differ.
const killedAround = 2 * time.Second

// lostAround is the same for a loss of power: longer than a slow disk may have kept the row of a new file from the
// journal, while its times got there.
const lostAround = time.Minute

const (
	// lostPower is why a drop is held that was not on stable storage yet.
	lostPower = "the machine or its disk went down before this file was on stable storage, so it may be incomplete"

	// lostSize is why a drop is held that nobody changed and that is not as it was.
	lostSize = "the disk does not have all of this file: nobody has changed it since it was %d bytes long"
)

// spooled is a regular file or a symbolic link below a folder of the spool.
type spooled struct {
	name string // below inbox
	info fs.FileInfo
	link string // text of the link, "" of a file

	labels []spool.Label // of a file, found by scan
}

// spooledAt says what is at a path in the spool; other: something that can be no drop.
func (q *Queue) spooledAt(path string, info fs.FileInfo) (s spooled, other bool, err error) {
	s = spooled{name: q.nameOf(path), info: info}
	switch {
	case info.Mode().IsRegular():
		return s, false, nil
	case info.Mode().Type() != fs.ModeSymlink:
		return spooled{}, true, nil
	}
	if s.link, err = os.Readlink(path); err != nil {
		return spooled{}, true, err
	}
	return s, false, nil
}

// becomeLocked says that the entry's name has this file or link now.
func (q *Queue) becomeLocked(e *entry, s spooled) {
	if e.link != s.link {
		e.maker = Unknown
	}
	e.source, e.link = "", s.link
	if s.link != "" { // what it leads to is not known yet
		q.resizeLocked(e, 0)
		e.modTime = 0
		return
	}
	q.resizeLocked(e, s.info.Size())
	e.modTime = s.info.ModTime().UnixNano()
}

// scan lists the files and links below a folder of the spool. blind are the folders, as names with a slash behind, that
// cannot be read: what is in them is neither known nor gone.
// empty are those of which nothing is in it, as paths.
func (q *Queue) scan(folder string) (found []spooled, blind, empty []string, err error) {
	var folders emptyFolders
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		folders.visit(path, d != nil && d.IsDir() && err == nil)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil && path == folder:
			return fmt.Errorf("reading the spool: %w", err)
		case err != nil:
			q.o.Log.Error("a folder in the spool cannot be read; its files are left alone", "folder", path, "error",
				err)
			blind = append(blind, q.nameOf(path)+"/")
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the spool: %w", err)
		}
		s, other, err := q.spooledAt(path, info)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return fmt.Errorf("reading the spool: %w", err)
		case !other:
			q.readLabels(&s, path)
			found = append(found, s)
		}
		return nil
	})
	return found, blind, folders.end(), err
}

// foundLocked says what a file in the spool is at the start, and returns its entry; nil when it is never uploaded. A
// link is the same as long as it says the same: what it leads to is looked at when that is uploaded. A file that was
// ready and has its size and time is so still: the run that sends it sees whether it was changed all the same, and
// compares what was sent before. What is not to be uploaded is remembered, whatever its name is by now: the lists of
// names may be others next time.
func (q *Queue) foundLocked(s spooled, r *Recovered) *entry {
	class := q.o.Names.Class(s.name)
	e := q.fileLocked(s.name)
	if class == names.Ignored && (e == nil || e.State == list.Success || !e.State.Ended() &&
		(e.looksLike(s) || !r.cutShort(s))) {
		if e != nil && e.State != list.Success {
			q.o.Log.Warn("a file has a name that is never uploaded by now", "file", s.name, "state", e.State)
			q.dropLocked(e)
		}
		return nil
	}
	if e != nil && e.State == list.Success && r.moved[e.ID] != "" {
		e.bare = !e.looksLike(s)
		q.stayBehindLocked(e, r.moved[e.ID], false)
		e = q.fileLocked(s.name)
	}
	if e != nil && s.link == "" && e.sealTime == s.info.ModTime().UnixNano() {
		e.modTime = e.sealTime // times that were set since are lost with the power, and nothing else
	}
	now := sameness.Of(s.info)
	same := e != nil && e.looksLike(s)
	if e != nil && e.goes && q.o.Keep {
		e.goes = false
		q.stageRowLocked(e)
	}
	left := r.left(s)
	if l := labelOf(e, s, r); l.State != "" && left != opened.Whole {
		if done := q.foundLabeledLocked(e, s, l, r); done != nil {
			return done
		}
	}
	if e != nil {
		if e.labeled = e.hasLabel(s); e.labeled {
			q.labelLaterLocked(e) // it may have to go
		}
		if rec, ok := r.writing[e.ID]; ok {
			delete(r.writing, e.ID)
			q.foundOpenLocked(e, s, r, rec, same)
			return e
		}
	}
	switch {
	case e == nil, e.State == list.Success && !same:
		e = q.newLocked(s.name)
		if e.labeled = len(s.labels) > 0; e.labeled {
			q.labelLaterLocked(e)
		}
		q.arrivedUnseenLocked(e, s, r)
	case e.State == list.Success && !e.goes && s.link == "" && e.mark != 0 && e.mark != now.Mark():
		q.compareLocked(e)
	case e.State == list.Success:
		q.letGoLocked(e)
	case s.link == "" && e.State == list.Receiving && q.o.Names.Class(s.name) != names.Waiting && r.powerless():
		q.soilLocked(e)
		q.becomeLocked(e, s)
		q.holdLocked(e, codeInterrupted, lostPower)
	case left == opened.Doubtful && e.State != list.Held:
		e.wrote(doubtful, nil)
		if e.State == list.Ready || e.State == list.Receiving {
			q.soilLocked(e)
			q.arrivedUnseenLocked(e, s, r)
		}
	case (left == opened.Whole || s.link != "" && e.link == "") && (e.State == list.Held || e.State == list.Failure) &&
		class != names.Ignored: // a link is made at one stroke
		e.wrote("", nil)
		q.soilLocked(e)
		q.arrivedUnseenLocked(e, s, r)
	case same && e.State == list.Canceled && e.changed != 0 && !e.labeled: // its label went, of which nobody was told
		e.mark = now.Mark()
	case same && s.link != "" && r.stale() && !e.State.Barred():
		q.soilLocked(e)
		q.arrivedUnseenLocked(e, s, r)
	case same && e.State == list.Ready && class == names.Waiting: // by now
		q.unsettleLocked(e)
	case same:
	case r.shrunk(e, s):
		was := e.Size
		q.soilLocked(e)
		q.becomeLocked(e, s)
		q.holdLocked(e, codeInterrupted, fmt.Sprintf(lostSize, was))
	case e.State == list.Ready, e.State == list.Receiving, r.cutShort(s):
		q.o.Log.Warn("a file in the spool is not what it was when inboxfs ended", "file", s.name)
		q.soilLocked(e)
		q.arrivedUnseenLocked(e, s, r)
	default: // ended
		q.changedEndedLocked(e, s)
	}
	return e
}

// changedEndedLocked notes that the file of an entry that has ended is not what it was: it is looked at when it is
// tried again.
func (q *Queue) changedEndedLocked(e *entry, s spooled) {
	q.becomeLocked(e, s)
	e.trusted, e.told = false, false
}

// looksLike reports whether a file or a link in the spool is what the entry says.
func (e *entry) looksLike(s spooled) bool {
	now := sameness.Of(s.info)
	return e.link == s.link && (s.link != "" || e.Size == now.Size && e.modTime == now.ModTime)
}

// arrivedUnseenLocked decides about content that the journal does not know: put into the spool while inboxfs was away,
// or received just before it was killed. The latter may be half a file.
func (q *Queue) arrivedUnseenLocked(e *entry, s spooled, r *Recovered) {
	q.becomeLocked(e, s)
	switch {
	case r.left(s) == opened.Doubtful:
		q.holdLocked(e, codeFault, doubtful)
	case r.cutShort(s):
		q.holdLocked(e, codeInterrupted, r.whyCut())
	case r.unknown(s):
		q.holdLocked(e, codeHistory, noHistory)
	default:
		q.settleLocked(e)
	}
}

// whyCut is why a file is held that is cut short.
func (r *Recovered) whyCut() string {
	switch {
	case r.powerless():
		return lostPower
	case r.past != nil:
		return interrupted
	}
	return "inboxfs was killed about when this file was received, so it may be incomplete"
}

// changed is when a file's content or attributes changed last.
func changed(info fs.FileInfo) time.Time { return sameness.Of(info).Changed() }

// foundOpenLocked decides about a file that was open at some time before the end, of which the journal has the row rec.
// same: it is as that says.
func (q *Queue) foundOpenLocked(e *entry, s spooled, r *Recovered, rec journal.Record, same bool) {
	before, _ := list.ParseState(rec.Before)
	switch {
	case e.State == list.Canceled && !same && r.cutShort(s):
		q.soilLocked(e)
		q.arrivedUnseenLocked(e, s, r)
	case e.State == list.Canceled:
		if !e.replaced() {
			e.problem = nil
		}
		switch r.left(s) {
		case opened.Writing: // it has the fault, should it be resumed
		case opened.Doubtful:
			e.wrote(doubtful, nil)
		default: // it was closed since
			e.wrote("", nil)
		}
		q.becomeLocked(e, s)
		q.stageRowLocked(e)
	// though the row has its size already
	case (before == list.Held || before == list.Failure) && r.left(s) == opened.Whole:
		e.wrote("", nil)
		q.soilLocked(e)
		q.arrivedUnseenLocked(e, s, r)
	case same && before != 0 && before != list.Ready && before != list.Canceled && r.left(s) == opened.Doubtful:
		q.holdLocked(e, codeFault, doubtful)
	case same && before != 0 && before != list.Ready: // nothing was written
		if r.left(s) == opened.Doubtful {
			e.wrote(doubtful, nil)
		}
		// that may have been under the hands of another writer
		if before == list.Canceled && r.left(s) == opened.Writing {
			e.wrote(interrupted, nil)
		}
		q.setLocked(e, before)
		q.stageRowLocked(e)
	// by nobody of whom we were told
	case before.Barred() && r.left(s) == opened.Closed && (e.labeled || !r.known.Labeled):
		q.setLocked(e, before)
		q.changedEndedLocked(e, s)
		q.stageRowLocked(e)
	case same && before == list.Ready:
		q.settleLocked(e)
	case before != 0:
		e.wrote("", nil)
		q.soilLocked(e)
		q.arrivedUnseenLocked(e, s, r)
	default:
		e.problem = nil
		q.arrivedUnseenLocked(e, s, r)
	}
}

// left is how the end of the last daemon left a file: opened.Closed also where that is not known.
func (r *Recovered) left(s spooled) opened.State {
	st, ok := s.info.Sys().(*syscall.Stat_t)
	if r.past == nil || s.link != "" || !ok {
		return opened.Closed
	}
	return r.past.Of(s.name, uint64(st.Dev), st.Ino, s.info.Size(), s.info.ModTime())
}

// cutShort reports whether the writer of a file may not have finished when we were killed: it had it open then or,
// where that is not known, the file changed about then. Links are made at one stroke.
func (r *Recovered) cutShort(s spooled) bool {
	if r.past != nil {
		return r.left(s) == opened.Writing || r.stray(s)
	}
	around := killedAround
	if r.powerless() {
		around = lostAround
	}
	return s.link == "" && !r.meta.Clean && !r.last.IsZero() && changed(s.info).After(r.last.Add(-around))
}

// openStillLocked is where those files are that were open, as far as the journal knows their names. Another one may
// have the inode of one that is gone.
func (q *Queue) openStillLocked(found []spooled, r *Recovered) iter.Seq[opened.Place] {
	names := make(map[string]bool)
	for _, id := range r.wasOpen {
		names[q.list.Get(id).name()] = true
	}
	return func(yield func(opened.Place) bool) {
		for _, s := range found {
			st, ok := s.info.Sys().(*syscall.Stat_t)
			if ok && names[s.name] && !yield(opened.Place{Path: s.name, Dev: uint64(st.Dev), Ino: st.Ino}) {
				return
			}
		}
	}
}

// stray reports whether a file may be a copy of one that was not to be trusted at the end. What is barred says so
// itself.
func (r *Recovered) stray(s spooled) bool {
	st, ok := s.info.Sys().(*syscall.Stat_t)
	return r.past != nil && s.link == "" && ok && len(s.labels) == 0 && r.past.Stray(uint64(st.Dev), st.Ino,
		changed(s.info))
}

// shrunk reports whether a file has another size than its entry says, and nobody has changed it since: then the disk
// has lost something of it.
func (r *Recovered) shrunk(e *entry, s spooled) bool {
	return s.link == "" && e.link == "" && e.Size != s.info.Size() && !r.last.IsZero() &&
		!changed(s.info).After(r.last.Add(-killedAround))
}

// missingLocked drops the entries whose files are gone from the spool. seen are those whose files were found; of what
// is in blind folders nothing is known.
func (q *Queue) missingLocked(seen map[transfer.ID]bool, blind []string) {
	var gone []*entry
	for e := range q.list.All() {
		hidden := false
		for _, folder := range blind {
			hidden = hidden || strings.HasPrefix(e.name(), folder)
		}
		switch {
		case !e.inInbox() || seen[e.ID] || hidden:
		case e.State == list.Success:
			e.bare, e.taken = true, true
		default:
			gone = append(gone, e)
		}
	}
	for _, e := range gone {
		q.o.Log.Warn("the file of an entry is gone from the spool", "file", e.name(), "state", e.State)
		q.dropLocked(e)
	}
}
